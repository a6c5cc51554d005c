"""One sheet in, one draft out: the only entry that command line, server and evaluation use."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag.drafting.citations import CitationList, DraftCitation
from rag.drafting.compose import compose
from rag.drafting.directions import DirectionSet, directions_of
from rag.drafting.figures import Figures, compute
from rag.drafting.flags import Flag
from rag.drafting.grounding import check_sentence
from rag.drafting.limits import Limits, default_limits
from rag.drafting.numbers import write_number
from rag.drafting.parts import Parts, Sentence
from rag.drafting.proposal import Proposal, propose
from rag.drafting.records import Sheet
from rag.drafting.rules import find_flags
from rag.drafting.sources import NoSources, Reference, SourceFinder
from rag.drafting.style import HouseStyle
from rag.drafting.wording import Wording, load_wording

RULES_VERSION = "drafting/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftSentence:
    """A sentence of the draft with the numbers of its citations."""

    text: str
    markers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftWarning:
    code: str  # "not_in_source", "forbidden_word", "length"
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftVersions:
    rules: str
    wording: str
    index: str  # "" when no documents were consulted


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A proposal for the second evaluation (二次評価の案), with all it rests on."""

    sheet: Sheet
    figures: Figures
    flags: tuple[Flag, ...]
    titles: tuple[str, ...]  # of `flags`, in order: 「計画を下回る」
    messages: tuple[str, ...]  # of `flags`, in order
    proposal: Proposal
    sentences: tuple[DraftSentence, ...]
    citations: tuple[DraftCitation, ...]
    related: tuple[Reference, ...]  # found in plans and audits, but not used in the text
    warnings: tuple[DraftWarning, ...]
    versions: DraftVersions

    @property
    def text(self) -> str:
        return "".join(sentence.text for sentence in self.sentences)


class Reworder(Protocol):
    """Puts the finished sentences in other words that say the same (a language model)."""

    @property
    def version(self) -> str: ...

    def reword(self, sentences: Sequence[str]) -> list[str]:
        """As many as given, in their order; a sentence that cannot be reworded as it is."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Drafter:
    """Drafts sheets with one set of settings. Holds no state between sheets.

    Figures, flags, proposal and sources are the same with and without a `reworder`.
    """

    reworder: Reworder | None = None
    sources: SourceFinder = field(default_factory=NoSources)
    style: HouseStyle = field(default_factory=HouseStyle)
    limits: Limits = field(default_factory=default_limits)

    @property
    def wording(self) -> Wording:
        return load_wording(self.style.ending)

    def versions(self) -> DraftVersions:
        reworded = f" {self.reworder.version}" if self.reworder else ""
        return DraftVersions(
            rules=f"{RULES_VERSION}{reworded}",
            wording=self.wording.version,
            index=self.sources.version,
        )

    def draft(self, sheet: Sheet, directions: DirectionSet | None = None) -> Draft:
        """The draft for `sheet`. Every sentence kept has its numbers and quotes in its citations."""
        wording = self.wording
        figures = compute(sheet)
        flags = find_flags(sheet, figures, self.limits)
        chosen = directions or directions_of(sheet.fiscal_year)
        proposal = propose(sheet, figures, flags, chosen, wording)
        references = tuple(self.sources.find(sheet))
        composed = compose(
            Parts(
                sheet=sheet,
                figures=figures,
                flags=flags,
                proposal=proposal,
                references=references,
                wording=wording,
                style=self.style,
            )
        )
        citations = CitationList(sheet)
        warnings: list[DraftWarning] = []
        names = (*chosen.names, sheet.first.direction.text)
        sentences = [
            kept
            for sentence in composed
            if (kept := self._settle(sentence, citations, names, warnings)) is not None
        ]
        sentences = self._reworded(sentences, citations.all, names, warnings)
        length = sum(len(sentence.text) for sentence in sentences)
        if not self.style.min_characters <= length <= self.style.max_characters:
            warnings.append(
                DraftWarning(
                    code="length",
                    message=f"案は{length}字で、設定の{self.style.min_characters}～"
                    f"{self.style.max_characters}字から外れています。",
                )
            )
        return Draft(
            sheet=sheet,
            figures=figures,
            flags=flags,
            titles=tuple(wording.say(f"flags.{flag.code.value}.title") for flag in flags),
            messages=tuple(wording.message(flag) for flag in flags),
            proposal=proposal,
            sentences=tuple(sentences),
            citations=citations.all,
            related=tuple(r for r in references if not citations.has(r)),
            warnings=tuple(warnings),
            versions=self.versions(),
        )

    def _reworded(
        self,
        sentences: list[DraftSentence],
        citations: Sequence[DraftCitation],
        names: Sequence[str],
        warnings: list[DraftWarning],
    ) -> list[DraftSentence]:
        """The sentences in other words where these pass what the sentences passed themselves."""
        if self.reworder is None or not sentences:
            return sentences
        out = []
        for sentence, text in zip(
            sentences, self.reworder.reword([each.text for each in sentences]), strict=True
        ):
            cited = [c for c in citations if c.marker in sentence.markers]
            sound = check_sentence(text, cited, names).passed
            worded = self._in_style(text, warnings) if sound else ""
            out.append(replace(sentence, text=worded or sentence.text))
        return out

    def _settle(
        self,
        sentence: Sentence,
        citations: CitationList,
        names: Sequence[str],
        warnings: list[DraftWarning],
    ) -> DraftSentence | None:
        """The sentence with its markers, or None (with a warning) where it is not grounded."""
        cited: list[DraftCitation] = [
            citations.cell(value) for value in sentence.values if value.text
        ]
        cited += [citations.document(reference) for reference in sentence.references]
        check = check_sentence(sentence.text, cited, names)
        if not check.passed:
            what = [write_number(number) for number in check.numbers]
            what += [f"{year}年" for year in check.years] + [f"「{q}」" for q in check.quotes]
            warnings.append(
                DraftWarning(
                    code="not_in_source",
                    message=f"出典で確かめられない記載（{'、'.join(what)}）を含む文を除きました。",
                )
            )
            return None
        text = self._in_style(sentence.text, warnings)
        if not text:
            return None
        markers = tuple(sorted({citation.marker for citation in cited}))
        return DraftSentence(text=text, markers=markers)

    def _in_style(self, text: str, warnings: list[DraftWarning]) -> str:
        """`text` without forbidden words; quotations of others are left as they are."""
        for word, instead in self.style.forbidden.items():
            outside = _outside_quotes(text, word)
            if not outside:
                continue
            if not instead:
                warnings.append(
                    DraftWarning(
                        code="forbidden_word",
                        message=f"使わない言葉「{word}」を含む文を除きました。",
                    )
                )
                return ""
            for start in reversed(outside):
                text = f"{text[:start]}{instead}{text[start + len(word) :]}"
        return text


def _outside_quotes(text: str, word: str) -> list[int]:
    """Where `word` stands in `text` outside 「…」."""
    found: list[int] = []
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "「") - (character == "」")
        if depth == 0 and text.startswith(word, at):
            found.append(at)
    return found
