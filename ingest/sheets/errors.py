"""Errors of reading sheets. Messages are Japanese sentences that say what to do.

IngestError
└── SheetFileError           the file cannot be read as sheets
    ├── UnknownColumnsError  it has columns, but not those of the template; a mapping helps
    └── MappingFileError     the mapping file cannot be used
"""

from rag.errors import IngestError


class SheetFileError(IngestError):
    code = "sheet_file"


class UnknownColumnsError(SheetFileError):
    code = "unknown_columns"


class MappingFileError(SheetFileError):
    code = "mapping_file"
