"""The sample corpus carries the facts of the originals, and none of their sentences.

The originals and the questions about them are not part of the repository; these checks run
where they lie beside the checkout.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from corpus_pages import CORPUS, page_texts

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
QUESTIONS = SHARED / "questions" / "dev.jsonl"
ORIGINALS = sorted((SHARED / "originals").glob("*.txt"))

# Which sample documents restate which original (the beginning of its file name).
RESTATED_IN = {
    "000": ("dx-plan-2022-2025.pdf",),
    "001": (
        "dx-plan-2026-2029.pdf",
        "online-procedures-2025.md",
        "net-monitor-survey-2021-2025.txt",
    ),
    "002": ("dx-headquarters-meeting-2021-08.pdf", "digital-city-hall-plan-2018-2021.pdf"),
    "003": ("five-less-report-2025.pdf",),
    "004": ("audit-report-2022-03.pdf", "net-monitor-survey-2021-2025.txt"),
}
MIN_QUESTIONS_CARRIED = 50
# About as much as one passage of an answer may hold.
MAX_SPREAD_CHARS = 1200

# A run this long, of letters and digits alone, with this much hiragana, is copied prose.
# Enumerations of names and titles of projects have hardly any hiragana; they are facts.
MAX_COMMON_CHARS = 30
MIN_HIRAGANA = 8
MIN_HIRAGANA_SHARE = 0.2
HIRAGANA = re.compile(r"[\u3041-\u3096]")
# Names stay as they are: titles, laws, slogans, offices and the options of a questionnaire.
FIXED_NAMES = (
    "みんなの想いや願いを結び、未来（あす）へとつながるまち 郡山",
    "誰もがデジタルの恩恵を受ける「こおりやま」の実現",
    "てのひらの上のデジタル市役所",
    "福島県デジタル変革（DX）推進基本方針",
    "ふくしまICTデータ利活用社会推進プラン",
    "ICTとデータで真の豊かさを享受する社会“ふくしまSociety5.0”",
    "公的給付の支給等の迅速かつ確実な実施のための預貯金口座の登録等に関する法律",
    "預貯金者の意思に基づく個人番号の利用による預貯金口座の管理等に関する法律",
    "パソコンやスマートフォンを利用できる人とできない人の格差が拡大",
    "真偽不明の情報が氾濫し、情報の信頼性が失われる",
)

needs_questions = pytest.mark.skipif(
    not QUESTIONS.is_file(), reason="the originals' questions are not beside the checkout"
)
needs_originals = pytest.mark.skipif(
    not ORIGINALS, reason="the originals are not beside the checkout"
)


def normalised(text: str) -> str:
    """As answers are judged: NFKC, lower case, no blanks, commas, marks or tags."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"<[^>]+>|\*\*", "", text)
    return re.sub(r"[\s,，、]", "", text).lower()


def letters_and_digits(text: str) -> str:
    """What is left for comparing wording: no blanks, no punctuation, no tags."""
    text = unicodedata.normalize("NFKC", re.sub(r"<[^>]+>", "", text))
    return "".join(char for char in text if char.isalnum())


@cache
def document_text(name: str) -> str:
    path = CORPUS / name
    if path.suffix != ".pdf":
        return normalised(path.read_text(encoding="utf-8"))
    return normalised("".join(page_texts(path)))


def stand_together(text: str, groups: list[list[str]]) -> bool:
    """Whether one stretch of `MAX_SPREAD_CHARS` of the text serves every group of strings."""
    found = sorted(
        (match.start(), index)
        for index, group in enumerate(groups)
        for wanted in group
        for match in re.finditer(re.escape(normalised(wanted)), text)
    )
    last: dict[int, int] = {}
    for position, index in found:
        last[index] = position
        if len(last) == len(groups) and position - min(last.values()) <= MAX_SPREAD_CHARS:
            return True
    return False


def carried(question: dict[str, Any]) -> bool:
    """Whether the documents that restate the evidence hold what an answer must include.

    Facts of one original stand near each other in one document; facts of several originals
    may be spread over the documents that restate them.
    """
    originals = sorted({piece["doc"][:3] for piece in question["evidence"]})
    documents = sorted({name for original in originals for name in RESTATED_IN[original]})
    texts = [document_text(name) for name in documents]
    groups = question["must_include"]
    if len(originals) == 1:
        return any(stand_together(text, groups) for text in texts)
    return all(any(normalised(wanted) in text for text in texts for wanted in g) for g in groups)


@needs_questions
def test_the_corpus_carries_at_least_50_of_the_questions_about_the_originals() -> None:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [question for line in lines if (question := json.loads(line))["evidence"]]
    missing = [question["id"] for question in questions if not carried(question)]
    assert len(questions) - len(missing) >= MIN_QUESTIONS_CARRIED, f"not carried: {missing}"


@cache
def original_runs() -> tuple[str, frozenset[str]]:
    """All originals in one string, and every run of `MAX_COMMON_CHARS` in it."""
    whole = "\n".join(letters_and_digits(path.read_text(encoding="utf-8")) for path in ORIGINALS)
    starts = range(len(whole) - MAX_COMMON_CHARS + 1)
    return whole, frozenset(whole[start : start + MAX_COMMON_CHARS] for start in starts)


def phrases(source: Path) -> list[str]:
    """The source cut at sentence ends, cells, tabs and lines, without the fixed names."""
    text = source.read_text(encoding="utf-8")
    for name in FIXED_NAMES:
        text = text.replace(name, "\n")
    return [letters_and_digits(piece) for piece in re.split(r"[。\[\]|\t\n\"]", text)]


def is_prose(run: str) -> bool:
    return len(HIRAGANA.findall(run)) >= max(MIN_HIRAGANA, MIN_HIRAGANA_SHARE * len(run))


def copied_runs(phrase: str) -> list[str]:
    """The longest runs of a phrase that an original has too, `MAX_COMMON_CHARS` or longer."""
    whole, runs = original_runs()
    found, start = [], 0
    while start + MAX_COMMON_CHARS <= len(phrase):
        end = start + MAX_COMMON_CHARS
        if phrase[start:end] not in runs:
            start += 1
            continue
        while end < len(phrase) and phrase[start : end + 1] in whole:
            end += 1
        found.append(phrase[start:end])
        start = end
    return [run for run in found if is_prose(run)]


def wording_sources() -> list[Path]:
    written = [*(CORPUS / "sources").glob("*"), *CORPUS.glob("*.md"), *CORPUS.glob("*.txt")]
    return sorted(path for path in written if path.is_file())


@needs_originals
@pytest.mark.parametrize("source", wording_sources(), ids=lambda source: source.name)
def test_no_sentence_of_an_original_stands_in_a_source(source: Path) -> None:
    copied = [run for phrase in phrases(source) for run in copied_runs(phrase)]
    assert copied == []


@needs_originals
def test_a_copied_sentence_would_be_found() -> None:
    longest = max(re.split(r"[。\n]", ORIGINALS[0].read_text(encoding="utf-8")), key=len)
    assert copied_runs(letters_and_digits(f"前の語{longest}後の語"))
