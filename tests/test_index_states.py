"""Any sequence of operations leaves what a plain dictionary says it should leave."""

import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from crash_support import check_agreement_of
from fakes import NgramEmbeddings, make_document
from fuzz_support import quick
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ingest.replacement import old_version_source
from ingest.review import exclude_pages
from rag.adoption import Adoption, announce
from rag.backup import back_up
from rag.generation import build_next
from rag.index import Index
from rag.restoring import restore
from rag.types import Document

NAMES = st.sampled_from(["要綱.txt", "計画.txt", "監査.txt"])
PAGES = st.integers(1, 3)
CHOICE = st.integers(0, 99)


@dataclass
class Expected:
    texts: list[str]
    excluded: set[int] = field(default_factory=set)
    is_old: bool = False


def identifier(source: str) -> str:
    return make_document(source, [""])[0].id


def never_cut(*_: object):
    raise AssertionError("the chunker has not changed")


class Operations(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="shiori-states-"))
        self.folder = self.place / "var0"
        self.model: dict[str, Expected] = {}
        self.backed_up: dict[str, Expected] | None = None
        self.written = self.moved = 0
        self.index = self.opened()

    def opened(self) -> Index:
        return Index.open(self.folder, NgramEmbeddings(), chunker_version="1")

    def new_texts(self, count: int) -> list[str]:
        self.written += 1
        return [
            f"改訂{self.written}の第{n}節では窓口{self.written * 5 + n}番が受け付ける。"
            for n in range(count)
        ]

    def whole(self, source: str, texts: list[str]):
        body = "\n".join(texts).encode()
        return make_document(source, texts, content=body), body

    def some(self, choice: int) -> str:
        return sorted(self.model)[choice % len(self.model)]

    @rule(source=NAMES, pages=PAGES)
    def upload(self, source: str, pages: int) -> None:
        texts = self.new_texts(pages)
        document, body = self.whole(source, texts)
        self.index.add(*document, original=body)
        self.model[source] = Expected(texts)

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, pages=PAGES)
    def replace_and_keep(self, choice: int, pages: int) -> None:
        source = self.some(choice)
        texts, kept = self.new_texts(pages), old_version_source(source, self.model)
        document, body = self.whole(source, texts)
        receipt = self.index.replace(
            *document, original=body, keep_as=(identifier(kept), kept), on=date(2026, 4, 1)
        )
        assert (receipt.kept_as, receipt.left) == (kept, 0)
        self.model[kept] = Expected(self.model[source].texts, self.model[source].excluded, True)
        self.model[source] = Expected(texts)

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE)
    def delete(self, choice: int) -> None:
        source = self.some(choice)
        assert self.index.remove(identifier(source)).left == 0
        del self.model[source]

    @precondition(lambda self: any(len(e.texts) > 1 for e in self.model.values()))
    @rule(choice=CHOICE)
    def exclude_the_first_page(self, choice: int) -> None:
        several = sorted(s for s, expected in self.model.items() if len(expected.texts) > 1)
        source = several[choice % len(several)]
        exclude_pages(self.index, self.index.document(identifier(source)), {1})
        self.model[source].excluded = {1}

    @rule()
    def restart(self) -> None:
        self.index.close()
        self.index = self.opened()
        self.check_everything()

    @rule()
    def be_killed(self) -> None:
        self.move_to(lambda new: shutil.copytree(self.folder, new))

    @rule()
    def back_up(self) -> None:
        back_up(self.folder, self.place / "b.zip", overwrite=True)
        self.backed_up = deepcopy(self.model)

    @precondition(lambda self: self.backed_up is not None)
    @rule(elsewhere=st.booleans())
    def restore(self, elsewhere: bool) -> None:
        if elsewhere:
            self.move_to(lambda new: restore(self.place / "b.zip", new), self.backed_up)
            return
        self.index.close()
        restore(self.place / "b.zip", self.folder, replace_existing=True)
        self.model = deepcopy(self.backed_up or {})
        self.index = self.opened()
        self.check_everything()

    @rule()
    def reindex(self) -> None:
        build_next(
            self.folder, NgramEmbeddings(), chunker_version="1", cut_again=never_cut, batch_size=16
        )
        announce(self.folder, "ngram")
        assert self.index.adopt_next(lambda _: NgramEmbeddings(), "1") is Adoption.DONE
        self.check_everything()

    def move_to(self, make, model: dict[str, Expected] | None = None) -> None:
        """Go on in a folder that `make` makes while this one is still open."""
        self.moved += 1
        new = self.place / f"var{self.moved}"
        make(new)
        self.index.close()
        shutil.rmtree(self.folder)
        self.folder, self.index = new, None
        self.model = deepcopy(self.model if model is None else model)
        self.index = self.opened()
        self.check_everything()

    @invariant()
    def the_documents_are_those_of_the_model(self) -> None:
        found: dict[str, Document] = {d.source: d for d in self.index.documents()}
        assert found.keys() == self.model.keys()
        for source, expected in self.model.items():
            document = found[source]
            assert bool(document.superseded_on) == expected.is_old
            assert set(document.excluded_pages) == expected.excluded
            assert [page.text for page in self.index.pages(document.id)] == expected.texts
            searched = {chunk.page for chunk in self.index.chunks_of(document.id)}
            assert searched == set(range(1, len(expected.texts) + 1)) - expected.excluded
            body = "\n".join(expected.texts).encode()
            assert self.index.original(document.id).read_bytes() == body

    def check_everything(self) -> None:
        check_agreement_of(self.index)
        held = {path.name for path in (self.folder / "blobs").iterdir()}
        assert held == {document.content_hash for document in self.index.documents()}

    def teardown(self) -> None:
        if self.index is not None:
            self.index.close()
        shutil.rmtree(self.place, ignore_errors=True)


TestOperations = Operations.TestCase
TestOperations.settings = settings(quick(3, share=0.1), stateful_step_count=12)
