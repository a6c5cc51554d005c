"""Documents of every quality for the tests of the list, and how they come to a server."""

from isolation_support import pdf_of_streams

FEES = [
    "The fee for a certificate of residence is 300 yen at every counter.",
    "Bicycles found on the road are kept for sixty days in the northern park.",
    "The library lends ten books to each reader for two weeks at a time.",
    "Swimming pools open in July and close at the end of August every year.",
]
SOUND = "ごみの出し方\n\n燃えるごみは月曜日と木曜日の朝8時までに出す。資源ごみは水曜日に出す。\n"
# A Cyrillic letter beside kana and an invisible mark are what text recognition leaves behind.
MIXED = (
    "施設の利用\n\n会議室の利用料は1時間500円である。\u200b申し込みはシステЛムから行う。\n"
    "利用の取り消しは前日の午後5時まで受け付ける。\n"
    "鍵は当日の朝に総合窓口で渡す。使い終えたら窓口に返す。\n"
)


def pages_pdf(*sentences: str) -> bytes:
    """A PDF with one sentence a page; "" makes a page without text."""
    return pdf_of_streams(
        [f"BT /F1 9 Tf 10 150 Td ({text}) Tj ET".encode() if text else b"" for text in sentences]
    )


def files() -> dict[str, bytes]:
    """By name: a PDF with an empty page, a sound text, two that are nearly the same."""
    return {
        "scan.pdf": pages_pdf(FEES[0], "", *FEES[1:]),
        "garbage.txt": SOUND.encode(),
        "rooms.txt": MIXED.encode(),
        "rooms-copy.txt": MIXED.replace("500円", "600円").encode(),
    }
