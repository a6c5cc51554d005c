"""The command line as people run it: what it prints, where, and how it exits."""

import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from api.cli import run
from rag.reading import _units_of

SHIORI = [sys.executable, "-m", "api.cli"]
TERMINALS = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。所管は情報政策課である。\n"
SURVEY = "窓口アンケート\n\n令和6年度の回答者は567人で、満足と答えた人は8割であった。\n"


def shiori(
    *arguments: str | bytes, env: Mapping[str, str] | None = None, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SHIORI, *arguments],
        capture_output=True,
        text=True,
        env=clean_environment() | dict(env or {}),
        timeout=timeout_s,
    )


def shiori_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which takes two seconds only to begin."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exit_code = run(arguments)
    return subprocess.CompletedProcess(arguments, exit_code, out.getvalue(), err.getvalue())


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHIORI_")}
    return kept | {"PYTHONWARNINGS": "error"}


def one_japanese_line(result: subprocess.CompletedProcess[str], exit_code: int = 1) -> str:
    """The only line on stderr of a command that failed as expected."""
    assert result.returncode == exit_code, (result.stdout, result.stderr)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert any("\u3041" <= character <= "\u9fff" for character in lines[0])
    return lines[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "端末.md").write_text(TERMINALS, encoding="utf-8")
    (folder / "窓口.txt").write_text(SURVEY, encoding="cp932")
    (folder / "壊れた.pdf").write_bytes(b"%PDF-1.7\n")
    return folder


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Path:
    """A data folder with two documents, made by the command itself."""
    folder = tmp_path_factory.mktemp("data") / "var"
    result = shiori("ingest", str(files), "--json", "--data-dir", str(folder))
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert sorted(report["added"]) == ["窓口.txt", "端末.md"]
    assert [failure["source"] for failure in report["failures"]] == ["壊れた.pdf"]
    assert result.stderr == ""
    return folder


def test_help_is_light_and_japanese() -> None:
    heavy = ["chromadb", "fastapi", "numpy", "pydantic", "sqlalchemy", "uvicorn", "langchain_core"]
    code = f"import sys, api.cli; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]"
    shown = shiori("--help")
    assert shown.returncode == 0
    for verb in ("ingest", "ask", "serve", "documents", "eval", "doctor", "reindex"):
        assert verb in shown.stdout


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    """A foreign top-level package called `api` must not be taken for ours."""
    program = Path(sys.executable).with_name("shiori")
    if not program.exists():
        pytest.skip("the package is not installed as a command")
    result = subprocess.run([program, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0 and "しおり" in result.stdout


def test_ingesting_again_skips_what_has_not_changed(
    data_dir: Path, files: Path, tmp_path: Path
) -> None:
    unchanged = [str(files / "端末.md"), str(files / "窓口.txt")]
    result = shiori_here("ingest", *unchanged, "--if-stale", "--data-dir", str(data_dir))
    assert result.returncode == 0 and result.stdout == ""
    assert result.stderr.splitlines() == ["索引は最新です（2件）。"]


def test_a_changed_or_new_file_makes_the_index_stale(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    file = tmp_path / "files" / "端末.md"
    command = ("ingest", str(file.parent), "--if-stale", "--data-dir", str(tmp_path / "var"))
    file.write_text(TERMINALS, encoding="utf-8")
    assert "新規 1 件" in shiori_here(*command).stdout
    file.write_text(TERMINALS.replace("1,234", "2,345"), encoding="utf-8")
    assert "更新 1 件" in shiori_here(*command).stdout
    (file.parent / "窓口.txt").write_text(SURVEY, encoding="utf-8")
    assert "新規 1 件、更新 0 件、変更なし 1 件" in shiori_here(*command).stdout
    assert shiori_here(*command).stderr == "索引は最新です（2件）。\n"


def test_ingest_prints_a_report_for_people(files: Path, tmp_path: Path) -> None:
    result = shiori_here("ingest", str(files), "--data-dir", str(tmp_path))
    assert result.returncode == 0
    assert "新規 2 件" in result.stdout and "壊れた.pdf" in result.stdout
    assert "Traceback" not in result.stderr


def test_ingest_fails_when_nothing_could_be_read(files: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (files / "壊れた.pdf", tmp_path / "nowhere", tmp_path / "empty"):
        result = shiori_here("ingest", str(path), "--data-dir", str(tmp_path / "var"))
        assert result.returncode == 1
        assert path.name in result.stdout and "Traceback" not in result.stderr


def test_ask_gives_the_json_of_the_http_answer_and_a_text_for_people(data_dir: Path) -> None:
    question = "職員用の端末は何台更新した？"
    answer = json.loads(shiori("ask", question, "--json", "--data-dir", str(data_dir)).stdout)
    assert set(answer) >= {
        "id", "status", "short_answer", "answer", "citations", "passages", "warnings", "mode",
        "timings_ms", "versions",
    }  # fmt: skip
    assert answer["status"] == "answered" and "1,234" in answer["answer"]
    assert answer["citations"][0]["source"] == "端末.md" and answer["citations"][0]["page"] is None
    shown = shiori_here("ask", question, "--data-dir", str(data_dir))
    assert shown.returncode == 0 and "[1] " in shown.stdout and "端末.md" in shown.stdout
    assert shown.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["  "], "question"),
        (["あ" * 2_001], "2,000"),
        (["あ", "--mode", "llm"], "言語モデル"),
        (["あ", "--mode", "magic"], "mode"),
        (["あ", "--as-of", "2026-02-30"], "as_of"),
        (["\udcff\udcfe"], "question"),
    ],
)
def test_a_bad_question_is_one_line(tmp_path: Path, arguments: list[str], named: str) -> None:
    result = shiori_here("ask", *arguments, "--data-dir", str(tmp_path / "var"))
    assert named in one_japanese_line(result)
    assert not (tmp_path / "var").exists()


def test_a_question_in_broken_bytes_is_one_line(tmp_path: Path) -> None:
    result = shiori("ask", b"\xff\xfe", "--data-dir", str(tmp_path / "var"))
    assert "question" in one_japanese_line(result)


def test_documents_are_listed_shown_and_removed_with_a_receipt(files: Path, tmp_path: Path) -> None:
    at = ("--data-dir", str(tmp_path))
    assert "ありません" in shiori_here("documents", "list", *at).stdout
    shiori_here("ingest", str(files / "端末.md"), *at)
    listed = json.loads(shiori_here("documents", "list", "--json", *at).stdout)["documents"]
    assert [document["source"] for document in listed] == ["端末.md"]
    assert "端末.md" in shiori_here("documents", "list", *at).stdout
    shown = json.loads(shiori_here("documents", "show", listed[0]["id"], "--json", *at).stdout)
    assert {**shown, "quality": {}} == {**listed[0], "quality": {}}
    assert shown["quality"]["pages"] == 1
    removed = shiori_here("documents", "remove", "端末.md", *at)
    assert removed.returncode == 0 and "残り: 0件" in removed.stdout
    one_japanese_line(shiori_here("documents", "remove", "端末.md", *at))
    assert json.loads(shiori_here("documents", "list", "--json", *at).stdout) == {"documents": []}


def test_doctor_says_what_is_sound_and_fails_on_a_fault(data_dir: Path, tmp_path: Path) -> None:
    sound = shiori_here("doctor", "--data-dir", str(data_dir))
    assert sound.returncode == 0 and "異常" not in sound.stdout and "[正常]" in sound.stdout
    missing = shiori_here("doctor", "--data-dir", str(tmp_path / "nowhere"))
    assert missing.returncode == 1 and "[異常] データフォルダ" in missing.stdout
    broken = shiori("doctor", env={"SHIORI_EMBEDDING_MODEL": str(tmp_path / "model")})
    assert broken.returncode == 1 and "[異常] 埋め込みモデル" in broken.stdout


def test_reindex_keeps_documents_and_answers(data_dir: Path) -> None:
    result = shiori_here("reindex", "--data-dir", str(data_dir))
    assert result.returncode == 0 and "2件の文書" in result.stdout
    assert shiori_here("doctor", "--data-dir", str(data_dir)).returncode == 0


def test_settings_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    at = ("--data-dir", str(tmp_path / "var"))
    wrong = shiori("ask", "あ", *at, env={"SHIORI_TOP_K": "many"})
    assert "SHIORI_TOP_K" in one_japanese_line(wrong)
    model = shiori("ask", "あ", *at, env={"SHIORI_EMBEDDING_MODEL": str(tmp_path / "model")})
    assert "SHIORI_EMBEDDING_MODEL" in one_japanese_line(model)


def test_a_data_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = shiori("documents", "list", "--data-dir", str(tmp_path / "file" / "var"))
    assert str(tmp_path / "file" / "var") in one_japanese_line(result)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["ask"], "question"),
        (["ask", "あ", "--nonsense"], "--nonsense"),
        (["nonsense"], "shiori --help"),
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--port", "web"], "--port"),
        (["ingest"], "paths"),
    ],
)
def test_wrong_usage_is_one_japanese_line_and_exit_2(arguments: list[str], named: str) -> None:
    assert named in one_japanese_line(shiori_here(*arguments), exit_code=2)


def test_wrong_usage_exits_with_2() -> None:
    one_japanese_line(shiori("ask"), exit_code=2)


def test_eval_is_handed_on_to_the_evaluation() -> None:
    result = shiori("eval", "--help")
    assert result.returncode == 0 and "run" in result.stdout and "compare" in result.stdout


def test_ctrl_c_is_one_line_and_loses_nothing(files: Path, tmp_path: Path) -> None:
    long_text = "\n\n".join(
        f"第{n}章\n\n令和{n}年度の利用者は{n * 7}人である。" for n in range(1, 2_000)
    )
    (tmp_path / "1-端末.md").write_text(TERMINALS, encoding="utf-8")
    (tmp_path / "2-長い.txt").write_text(long_text, encoding="utf-8")
    command = [*SHIORI, "ingest", str(tmp_path), "--data-dir", str(tmp_path / "var")]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        # A shell that starts the tests in the background lets them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    blobs = tmp_path / "var" / "blobs"
    deadline = time.monotonic() + 60
    while not (blobs.is_dir() and any(blobs.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 130 and output == ""
    assert errors.splitlines() == ["中断しました。登録が済んだ文書はそのまま使えます。"]
    listed = shiori("documents", "list", "--json", "--data-dir", str(tmp_path / "var"))
    documents = json.loads(listed.stdout)["documents"]
    assert [document["source"] for document in documents] == ["1-端末.md"]


@pytest.fixture
def server(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*SHIORI, "serve", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment()
    )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        assert "http://127.0.0.1:" in ready
        yield process, ready[ready.index("http://") :].split("（")[0]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def ask_over_http(url: str, question: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{url}/api/ask",
        json.dumps({"question": question}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
        answer: dict[str, object] = json.load(response)
        return answer


def test_serve_answers_refuses_a_second_owner_and_ends_gracefully(
    server: tuple[subprocess.Popen[str], str], data_dir: Path
) -> None:
    process, url = server
    assert "1,234" in str(ask_over_http(url, "職員用の端末は何台更新した？")["answer"])
    at = ("--data-dir", str(data_dir))
    for second in (
        shiori_here("documents", "list", *at),
        shiori_here("ask", "あ", *at),
        shiori("ingest", str(data_dir), *at),
    ):
        assert str(process.pid) in one_japanese_line(second)
    second_server = shiori("serve", "--port", "0", *at)
    assert second_server.returncode == 1 and str(process.pid) in second_server.stderr
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "サーバーを終了しました。" in log and "Traceback" not in log
    assert "POST /api/ask" in log and "端末は何台" not in log
    assert shiori_here("documents", "list", *at).returncode == 0


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = shiori("serve", "--port", port, "--data-dir", str(tmp_path / "var"))
    line = one_japanese_line(result)
    assert port in line and "--port" in line


def test_a_host_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    at = ("--data-dir", str(tmp_path / "var"))
    env = {"SHIORI_AUTH": "local"}  # trial mode asks for no address beyond this machine
    assert "--host" in one_japanese_line(shiori("serve", "--host", "203.0.113.7", *at, env=env))


def test_serve_has_read_the_documents_before_anybody_asks(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def look(*_: object) -> None:
        found.extend((_units_of.cache_info().currsize, gc.get_freeze_count()))

    # Looked at in this process, in the place of serving.
    monkeypatch.setattr("api.server.run_server", look)
    _units_of.cache_clear()
    assert shiori_here("serve", "--port", "0", "--data-dir", str(data_dir)).returncode == 0
    read, set_apart = found
    listed = shiori_here("documents", "list", "--json", "--data-dir", str(data_dir))
    assert read == sum(
        document["chunk_count"] for document in json.loads(listed.stdout)["documents"]
    )
    assert set_apart > 10_000
    assert not gc.get_freeze_count()


def test_serve_writes_no_query_string_to_its_log(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = server
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/healthz?q=secret-question") as response:
        assert response.status == 200
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "/healthz" in log and "secret-question" not in log
