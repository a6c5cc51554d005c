"""The one truth: documents, pages, chunks, vectors, turns, journal and manifest in SQLite.

The functions of this package take a connection of `Database`, so that a caller decides what
belongs into one transaction.
"""

from rag.registry.database import Database
from rag.registry.turns import TurnLog

__all__ = ["Database", "TurnLog"]
