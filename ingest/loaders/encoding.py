"""Character encoding of a text file: strict trials in a sound order, then plausibility."""

import codecs
import re

from ingest.errors import UnreadableFileError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([BJI]|\$\(D)")
_EXPECTED = re.compile(
    "[\t\n\r\x0c\u3000 -~\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e①-⑳■-◯〇※→←↑↓…‥―—–’“”×÷±°§¥㎡№℡]"
)
_COMMON = re.compile("[ぁ-んァ-ヶー、。a-zA-Z0-9 \n]")
_SAMPLE_BYTES = 400_000
_MINIMUM_PLAUSIBILITY = 0.85


def decode(content: bytes, name: str) -> tuple[str, str]:
    """The text and the encoding it was read with.

    Raises:
        UnreadableFileError: no encoding gives plausible text.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _with_bom(content, encoding, name)
    if _ISO_2022_JP_ESCAPE.search(content) and max(content) < 0x80:
        text = _strict(content, "iso2022_jp_2") or _strict(content, "iso2022_jp_ext")
        if text is not None:
            return text, "iso-2022-jp"
    if (wide := _utf16_without_bom(content)) is not None:
        return wide
    if (text := _strict(content.replace(b"\x00", b""), "utf-8")) is not None:
        return text, "utf-8"
    return _best_legacy(content, name)


def plausibility(text: str) -> float:
    """Share of characters that ordinary Japanese or English text consists of, 0..1.

    Kana, punctuation and Latin letters count fully; a text of nothing but rare kanji and
    half-width kana (CP932 read as EUC-JP, or the reverse) scores low.
    """
    if not text:
        return 0.0
    expected = len(_EXPECTED.findall(text)) / len(text)
    common = min(1.0, len(_COMMON.findall(text)) / len(text) / 0.25)
    return expected * (0.6 + 0.4 * common)


def _with_bom(content: bytes, encoding: str, name: str) -> tuple[str, str]:
    text = _strict(content, encoding)
    if text is None:
        # A torn last character or a lone surrogate must not cost the whole file.
        text = content.decode(encoding, "replace")
        if text.count("\ufffd") > max(3, len(text) // 1000):
            raise _undecodable(name)
    return text, encoding


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return None


def _utf16_without_bom(content: bytes) -> tuple[str, str] | None:
    if len(content) < 4 or len(content) % 2:
        return None
    sample = content[:_SAMPLE_BYTES]
    # UTF-16 shows in the high bytes: zero for ASCII, 0x30 for kana. UTF-8, CP932 and EUC-JP
    # text hardly ever has either of these two at every other place.
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        share = sum(high.count(byte) for byte in (0x00, 0x30)) / len(high)
        if share < 0.3 or (b"\x00" not in high and share < 0.4):
            continue
        text = _strict(content, encoding)
        if text is not None and plausibility(text[:100_000]) >= 0.9:
            return text, encoding
    return None


def _best_legacy(content: bytes, name: str) -> tuple[str, str]:
    clean = content.replace(b"\x00", b"")
    scored: list[tuple[float, str, str]] = []
    for encoding in ("cp932", "euc_jp", "euc_jis_2004", "shift_jis_2004"):
        text = _strict(clean, encoding)
        if text is not None:
            scored.append((plausibility(text[:100_000]), encoding, text))
    best = max(scored, key=lambda candidate: candidate[0], default=None)
    if best is not None and best[0] >= _MINIMUM_PLAUSIBILITY:
        return best[2], best[1]
    tolerant = _with_few_errors(clean)
    if tolerant is not None:
        return tolerant
    return _last_resort(clean, name)


def _with_few_errors(content: bytes) -> tuple[str, str] | None:
    """Nearly valid text: one damaged byte in a thousand characters is replaced, not refused."""
    best: tuple[float, str, str] | None = None
    for encoding in ("utf-8", "cp932", "euc_jp"):
        text = content.decode(encoding, "replace")
        if text.count("\ufffd") * 1000 > len(text):
            continue
        score = plausibility(text[:100_000])
        if score >= _MINIMUM_PLAUSIBILITY and (best is None or score > best[0]):
            best = (score, encoding, text)
    return None if best is None else (best[2], best[1])


def _last_resort(content: bytes, name: str) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    match = from_bytes(content[:_SAMPLE_BYTES]).best()
    if match is not None:
        text = _strict(content, match.encoding)
        if text is not None and plausibility(text[:100_000]) >= _MINIMUM_PLAUSIBILITY:
            return text, match.encoding
    raise _undecodable(name)


def _undecodable(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"「{name}」の文字コードを判定できませんでした。UTF-8で保存し直してから登録してください。"
    )
