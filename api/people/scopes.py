"""The assistant as each group of people has it: it knows no other documents than theirs."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from api.people.caller import Caller
from api.people.permissions import is_officer, may_read, may_see
from api.suggestions import SuggestionCache
from rag.assistant import Assistant
from rag.index import Index
from rag.readable import MayRead
from rag.searching import SearchableIndex

MAX_SCOPES = 64  # each keeps the words of its documents in memory


@dataclass(frozen=True, slots=True)
class Scope:
    """What people with the same readable documents share."""

    assistant: Assistant
    suggestions: SuggestionCache = field(default_factory=SuggestionCache)


class Scopes:
    """One `Scope` for each set of groups that makes a difference. Thread-safe."""

    def __init__(self, whole: Assistant, index: Index) -> None:
        self._whole = Scope(whole)
        self._index = index
        self._lock = threading.Lock()
        self._open: OrderedDict[frozenset[str], Scope] = OrderedDict()
        self._labels: tuple[str, frozenset[str]] = ("", frozenset())

    def of(self, caller: Caller) -> Scope:
        """The scope of a caller with the rights it was let in with."""
        if caller.single_user:
            return self._whole
        groups = caller.groups & self._labels_in_use()
        whole = self._whole.assistant
        with self._lock:
            scope = self._open.get(groups)
            # Another model came with a new generation of the index: its judgement comes along.
            if scope is None or scope.assistant.calibration is not whole.calibration:
                scope = Scope(whole.within(self._index.readable(_reader(groups))))
                self._open[groups] = scope
            self._open.move_to_end(groups)
            while len(self._open) > MAX_SCOPES:
                self._open.popitem(last=False)
        return scope

    def shelf_of(self, caller: Caller) -> SearchableIndex:
        """The documents that a caller may look at, among them those to be looked after."""
        if caller.single_user:
            return self._index
        if not is_officer(caller):
            return self.of(caller).assistant.index
        return self._index.readable(lambda document: may_see(caller, document))

    def _labels_in_use(self) -> frozenset[str]:
        version, labels = self._labels
        if version != self._index.version:
            version = self._index.version
            labels = frozenset(
                group for document in self._index.documents() for group in document.groups
            )
            self._labels = (version, labels)
        return labels


def _reader(groups: frozenset[str]) -> MayRead:
    anybody = Caller(id="", name="", groups=groups)
    return lambda document: may_read(anybody, document)
