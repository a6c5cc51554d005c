"""Errors of reading one file. One clear Japanese sentence or two: what is wrong, what to do."""

from rag.errors import IngestError


class UnreadableFileError(IngestError):
    """The file cannot be read at all; the message names it and says what to do."""

    code = "unreadable_file"


class UnsupportedFormatError(IngestError):
    """No loader for this kind of file."""

    code = "unsupported_format"


class FileLimitError(IngestError):
    """Reading the file takes more time, memory or text than one file may."""

    code = "file_limit"


class ReaderCrashedError(IngestError):
    """The process that read the file broke down over it."""

    code = "reader_crashed"
