"""What counts as personal information, and what does not."""

import itertools
import json
import re
from pathlib import Path

import pytest

from eval.personal import (
    LEAST_PRECISION,
    LEAST_RECALL,
    alarm,
    count,
    harmless_numbers,
    load,
    my_numbers,
)
from rag.personal import PersonalKind, find, masked
from rag.personal.my_number import check_digit
from rag.personal.policy import Handling, PersonalPolicyError, Policy, read_policy

DATA = Path(__file__).parent.parent / "eval/data/personal"
NUMBER = "12345678901" + str(check_digit("12345678901"))
UNPROMISED = {PersonalKind.NAME, PersonalKind.FORBIDDEN_WORD}


def kinds(text: str) -> list[PersonalKind]:
    return [one.kind for one in find(text)]


def test_the_check_digit_is_that_of_the_ordinance() -> None:
    # 1·6 + 2·5 + 3·4 + 4·3 + 5·2 + 6·7 + 7·6 + 8·5 + 9·4 + 0·3 + 1·2 = 212 = 19·11 + 3; 11 − 3 = 8
    assert NUMBER.endswith("8")


@pytest.mark.parametrize("half", ["dev", "test"])
def test_labelled_sentences_reach_the_published_figures(half: str) -> None:
    counts, _ = count(load(DATA / f"{half}.jsonl"))
    for kind, counted in counts.items():
        if kind not in UNPROMISED:
            assert counted.recall >= LEAST_RECALL, kind
            assert counted.precision >= LEAST_PRECISION, kind


def test_the_set_has_at_least_300_sentences() -> None:
    assert sum(len(load(DATA / f"{half}.jsonl")) for half in ("dev", "test")) >= 300


def test_a_labelled_my_number_is_found_in_every_spelling() -> None:
    missed: dict[str, int] = {}
    for spelling, text in my_numbers(each=100):
        missed[spelling] = missed.get(spelling, 0) + (PersonalKind.MY_NUMBER not in kinds(text))
    assert sum(missed.values()) <= 0.01 * 100 * len(missed)
    assert {name for name, times in missed.items() if times} <= {"letter O"}


def test_harmless_numbers_raise_no_alarm() -> None:
    alarms = sum(alarm(text) for text in harmless_numbers(total=2_000))
    assert alarms <= 20


def test_a_number_that_nothing_explains_is_only_possibly_one() -> None:
    assert kinds(f"{NUMBER} について") == [PersonalKind.POSSIBLE_MY_NUMBER]
    wrong = NUMBER[:-1] + "0"
    assert kinds(f"{wrong} について") == []


def test_ranges_are_of_the_text_as_written() -> None:
    text = "個人番号は１２３４\u200b５６７８９０１８、電話は０３－１２３４－５６７８"
    assert [text[one.start : one.end] for one in find(text)] == [
        "１２３４\u200b５６７８９０１８",
        "０３－１２３４－５６７８",
    ]
    assert masked(text, find(text)) == "個人番号は［マイナンバー］、電話は［電話番号］"


def test_forbidden_words_are_found_in_any_width() -> None:
    found = find("案件ＡＢＣの担当", ["abc"])
    assert [(one.kind, one.start, one.end) for one in found] == [
        (PersonalKind.FORBIDDEN_WORD, 2, 5)
    ]


@pytest.mark.parametrize("piece", ["市", "0-", "個人番号 1 ", "東京都1-1", "氏名 ", "a@", "一丁目"])
def test_long_texts_take_no_longer_than_their_length(piece: str) -> None:
    import time

    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        return min(_timed(find, text, time.process_time) for _ in range(3))

    assert seconds(16_000) < 12 * seconds(4_000) + 0.2


def _timed(what, text: str, clock) -> float:  # type: ignore[no-untyped-def]
    started: float = clock()
    what(text)
    ended: float = clock()
    return ended - started


def test_a_city_decides_for_each_kind(tmp_path: Path) -> None:
    assert read_policy(tmp_path) == Policy()
    assert Policy().handling[PersonalKind.MY_NUMBER] is Handling.BLOCK
    (tmp_path / "personal.toml").write_text(
        'forbidden_words = ["極秘案件"]\n[policy]\ntelephone = "mask"\nname = "allow"\n'
    )
    policy = read_policy(tmp_path)
    assert policy.forbidden_words == ("極秘案件",)
    assert policy.handling[PersonalKind.TELEPHONE] is Handling.MASK
    assert policy.handling[PersonalKind.NAME] is Handling.ALLOW
    assert policy.handling[PersonalKind.MAIL] is Handling.CONFIRM


@pytest.mark.parametrize(
    "text", ["policy = 1", "[policy]\nphone = 'mask'", "[policy]\nmail = 'hide'", "words = []", "["]
)
def test_a_mistake_in_the_policy_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "personal.toml").write_text(text)
    with pytest.raises(PersonalPolicyError, match=r"personal\.toml"):
        read_policy(tmp_path)


def test_looking_for_a_few_kinds_finds_the_same_of_them() -> None:
    words = ("案件ひまわり",)
    foremost = {PersonalKind.MY_NUMBER, PersonalKind.FORBIDDEN_WORD}
    asked = (foremost, {PersonalKind.MY_NUMBER}, foremost | {PersonalKind.ACCOUNT}, set())
    texts = [
        re.sub(r"⟦\w+\|([^⟧]*)⟧", r"\1", json.loads(line)["text"])
        for path in DATA.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(texts) > 300
    for text in [
        *texts,
        *(f"{a} 案件ひまわり {b}" for a, b in itertools.pairwise(texts)),
    ]:
        whole = find(text, words)
        for wanted in asked:
            assert find(text, words, wanted) == [one for one in whole if one.kind in wanted]
