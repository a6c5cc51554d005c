"""Personal information in text: where it is, of which kind, and what is done with it."""

from rag.personal.detect import find, masked
from rag.personal.kinds import KIND_NAMES, Finding, PersonalKind

__all__ = ["KIND_NAMES", "Finding", "PersonalKind", "find", "masked"]
