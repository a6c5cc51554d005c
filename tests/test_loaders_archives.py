"""ZIP: each file inside is a document; names from Windows, bombs, nests and escapes."""

import io
import zipfile
from pathlib import Path

import pytest
from loaders_support import docx, paragraph, zipped

from ingest.archives import Member, members
from ingest.errors import UnreadableFileError
from ingest.limits import Limits
from ingest.pipeline import ingest, ingest_bytes
from rag.index import Index

TEXT = "窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。\n"


def opened(content: bytes, **limits: int) -> tuple[list[Member], list[str]]:
    skipped: list[str] = []
    return list(members(content, "資料.zip", Limits(**limits), skipped.append)), skipped


def with_names(*names: bytes) -> bytes:
    """An archive whose member names are exactly these bytes, as Windows and others write them."""
    placeholders = [f"{number:03d}".ljust(len(name), "x") for number, name in enumerate(names)]
    content = zipped(dict.fromkeys(placeholders, TEXT))
    for placeholder, name in zip(placeholders, names, strict=True):
        content = content.replace(placeholder.encode(), name)
    return content


def refusal(member: Member) -> str:
    assert member.refusal is not None
    assert member.content == b""
    return member.refusal.message


def test_every_file_inside_becomes_a_document_of_its_own(index: Index) -> None:
    content = zipped(
        {"計画.txt": TEXT, "別紙/報告.docx": docx(paragraph(TEXT)), "別紙/写真.png": b"\x89PNG"}
    )
    report = ingest_bytes("資料.zip", content, index)
    assert report.added == ("資料.zip/計画.txt", "資料.zip/別紙/報告.docx")
    assert report.failures == ()
    assert report.warnings == (
        "「資料.zip」の中の1個（別紙/写真.png）は読み込めない形式のため登録していません。",
    )
    again = ingest_bytes("資料.zip", content, index)
    assert again.unchanged == report.added


def test_an_archive_in_a_folder_goes_in_with_the_catalogue(tmp_path: Path, index: Index) -> None:
    (tmp_path / "資料.zip").write_bytes(zipped({"計画.txt": TEXT, "壊れた.docx": b"PK\x03\x04"}))
    (tmp_path / "古い.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "catalog.toml").write_text(
        '[[documents]]\nfile = "資料.zip/計画.txt"\ntitle = "推進計画"\n', encoding="utf-8"
    )
    report = ingest([tmp_path], index)
    assert report.added == ("資料.zip/計画.txt",)
    assert index.documents()[0].title == "推進計画"
    assert [failure.source for failure in report.failures] == ["古い.doc", "資料.zip/壊れた.docx"]
    assert "Wordで開き、.docxとして" in report.failures[0].message


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_names_written_without_saying_their_encoding_are_read(encoding: str) -> None:
    found, _ = opened(with_names("別紙/予算表ソ.txt".encode(encoding)))
    assert [member.source for member in found] == ["資料.zip/別紙/予算表ソ.txt"]


@pytest.mark.parametrize(
    "name",
    ["../逃げる.txt", "/etc/逃げる.txt", "a/../../逃げる.txt", "C:/逃げる.txt", "..\\逃げる.txt"],
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    found, _ = opened(zipped({name: TEXT, "残る.txt": TEXT}))
    assert "置き場所の名前が不正" in refusal(found[0])
    assert found[0].source == "資料.zip/逃げる.txt"
    assert found[1].content == TEXT.encode()


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("リンク.txt")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "リンクなため読み込みません" in refusal(opened(out.getvalue())[0][0])


def test_an_archive_inside_an_archive_is_read_and_a_third_is_refused() -> None:
    third = zipped({"三.txt": TEXT})
    second = zipped({"二.txt": TEXT, "三.zip": third})
    found, _ = opened(zipped({"一.txt": TEXT, "二.zip": second}))
    assert [member.source for member in found if member.refusal is None] == [
        "資料.zip/一.txt",
        "資料.zip/二.zip/二.txt",
    ]
    assert "ZIPの中のZIPがさらに重なっている" in refusal(found[-1])


def test_a_bomb_is_refused_by_what_the_directory_says() -> None:
    with pytest.raises(UnreadableFileError, match="展開すると上限の1MBを超えます"):
        opened(zipped({"爆弾.txt": "あ" * 1_000_000}), unpacked_bytes=1_000_000)


def test_a_bomb_that_lies_about_its_size_is_refused_while_unpacking() -> None:
    size, small = 3_000_000, 7
    content = zipped({"爆弾.txt": "a" * size})
    assert content.count(size.to_bytes(4, "little")) >= 1
    content = content.replace(size.to_bytes(4, "little"), small.to_bytes(4, "little"))
    found, _ = opened(content, unpacked_bytes=1_000_000)
    assert found[0].refusal is not None


def test_nested_bombs_share_one_limit() -> None:
    inner = zipped({f"{n}.txt": "a" * 400_000 for n in range(2)})
    content = zipped({f"{n}.zip": inner for n in range(3)})
    found, _ = opened(content, unpacked_bytes=1_000_000)
    assert sum(len(member.content) for member in found) <= 1_000_000
    assert any("上限" in refusal(member) for member in found if member.refusal)


def test_too_many_files_are_refused() -> None:
    with pytest.raises(UnreadableFileError, match="上限の5,000個を超えています"):
        opened(zipped({f"{n}.txt": "" for n in range(5_001)}))


def test_an_encrypted_member_is_said_to_be_protected() -> None:
    content = bytearray(zipped({"秘密.txt": TEXT}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    assert "パスワードを外して" in refusal(opened(bytes(content))[0][0])


def test_what_file_managers_leave_behind_is_passed_over() -> None:
    found, skipped = opened(
        zipped({"__MACOSX/._計画.txt": "x", ".DS_Store": "x", "Thumbs.db": "x", "計画.txt": TEXT})
    )
    assert [member.source for member in found] == ["資料.zip/計画.txt"]
    assert skipped == []


@pytest.mark.parametrize("content", [zipped({"写真.png": b"x"}), b"PK\x03\x04" + bytes(100)])
def test_an_archive_with_nothing_to_read_is_a_failure(content: bytes, index: Index) -> None:
    report = ingest_bytes("資料.zip", content, index)
    assert [failure.source for failure in report.failures] == ["資料.zip"]
    assert report.nothing_readable
