"""Errors of reading one file. One clear Japanese sentence or two: what is wrong, what to do."""

from rag.errors import IngestError


class UnreadableFileError(IngestError):
    """The file cannot be read at all; the message names it and says what to do."""

    code = "unreadable_file"


class UnsupportedFormatError(IngestError):
    """No loader for this kind of file."""

    code = "unsupported_format"
