"""The manual in the repository and the one on the page say the same about the documents."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADINGS = ("文書を追加・置き換え・削除する", "文書の読み取りを確かめる")


def bare(text: str) -> str:
    """The words alone: pictures are only in the manual, beside the page there is the page."""
    return re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>|\*\*|^- |\s", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_two_manuals_say_the_same_about_documents(heading: str) -> None:
    manual = (ROOT / "docs" / "利用の手引き.md").read_text("utf-8")
    guide = (ROOT / "api" / "static" / "guide.html").read_text("utf-8")
    written = manual.split(f"## {heading}\n")[1].split("\n## ")[0]
    shown = guide.split(f"<h2>{heading}</h2>")[1].split("<h2>")[0]
    assert bare(written) == bare(shown) != ""


def test_the_manual_uses_the_words_of_the_page() -> None:
    manual = (ROOT / "docs" / "利用の手引き.md").read_text("utf-8")
    scripts = "".join(path.read_text("utf-8") for path in (ROOT / "api/static/js").glob("*.js"))
    words = ("ページを除外", "この内容で受け入れる", "要確認", "確認済", "前の内容を旧版として残す")
    for word in (*words, "読み取りの品質", "一部のみ回答", "値の食い違い", "読み替えて探しました"):
        assert word in manual
        if word != "読み替えて探しました":  # a sentence of the service, not of the page
            assert word in scripts
