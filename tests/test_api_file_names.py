"""Names of uploads as they really arrive, and what is left of them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.file_names import attachment_header, safe_file_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("計画.pdf", "計画.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\文書\\計画.pdf", "計画.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("計画\u202efdp.exe", "計画fdp.exe"),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("\u3000", ""),
        ('a"b<c>.txt', "abc.txt"),
        (unicodedata.normalize("NFD", "ガイド.pdf"), "ガイド.pdf"),
        ("..%2f..%2fetc.txt", "%2f..%2fetc.txt"),
    ],
)
def test_a_sent_name_is_reduced_to_a_bare_safe_name(sent: str, kept: str) -> None:
    assert safe_file_name(sent) == kept


def test_a_name_sent_in_cp932_is_repaired() -> None:
    assert safe_file_name("行政計画.pdf".encode("cp932").decode("latin-1")) == "行政計画.pdf"


def test_a_long_name_keeps_its_suffix_and_fits_a_file_system() -> None:
    name = safe_file_name("長" * 5_000 + ".pdf")
    assert name.endswith("長.pdf")
    assert len(name.encode()) <= 200


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder_or_hides_anything(sent: str) -> None:
    name = safe_file_name(sent)
    assert "/" not in name and "\\" not in name and not name.startswith(".")
    assert len(name.encode()) <= 200
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in name)
    assert name == name.strip()


@given(st.text(max_size=300))
def test_a_download_header_is_always_one_ascii_line(name: str) -> None:
    header = attachment_header(name)
    assert header.isascii() and header.isprintable()
    assert header.startswith('attachment; filename="document')


def test_a_download_keeps_its_japanese_name() -> None:
    assert attachment_header("計画.pdf") == (
        "attachment; filename=\"document.pdf\"; filename*=UTF-8''%E8%A8%88%E7%94%BB.pdf"
    )
