"""Numbers and dates of a spreadsheet as its reader sees them: 「令和6年4月1日」, 「▲1,200」, 「12.5%」.

Covers the format codes of ECMA-376 part 1, 18.8.31 that offices use; an unknown one shows the
plain number.
"""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_JAPANESE_DATE = '[$-411]ggge"年"m"月"d"日"'
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"¥"#,##0;"¥"-#,##0',
    6: '"¥"#,##0;"¥"-#,##0', 7: '"¥"#,##0.00;"¥"-#,##0.00', 8: '"¥"#,##0.00;"¥"-#,##0.00',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy/m/d",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm", 27: "[$-411]ge.m.d", 28: _JAPANESE_DATE,
    29: _JAPANESE_DATE, 30: "m/d/yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"',
    33: 'h"時"mm"分"ss"秒"', 34: 'yyyy"年"m"月"', 35: 'm"月"d"日"', 36: "[$-411]ge.m.d",
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    50: "[$-411]ge.m.d", 51: _JAPANESE_DATE, 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"',
    54: _JAPANESE_DATE, 55: 'yyyy"年"m"月"', 56: 'm"月"d"日"', 57: "[$-411]ge.m.d",
    58: _JAPANESE_DATE,
}  # fmt: skip
_ERAS = (
    (datetime(2019, 5, 1), "令和", "R"),
    (datetime(1989, 1, 8), "平成", "H"),
    (datetime(1926, 12, 25), "昭和", "S"),
    (datetime(1912, 7, 30), "大正", "T"),
    (datetime(1868, 1, 25), "明治", "M"),
)
_WEEKDAYS = "月火水木金土日"
_WEEKDAYS_ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|(AM/PM|A/P|上午/下午|午前/午後)|(General|G/標準)|'
    r"(?![eE][+-][0#?])([yYmMdDhHsSgGeEaAbB])\6*|([0#?]+)|([Ee][+-][0#?]+)|(.)",
    re.DOTALL,
)
_DATE_LETTERS = re.compile(r"[yYdDhHsSgG]|[mM](?!M)|[eE](?![+-])|aaa")
_LONGEST_CODE = 255  # characters, as in Excel
_LAST_SERIAL = 2_958_465  # 9999-12-31


def displayed(value: float, code: str, *, from_1904: bool = False) -> str:
    """The number as the cell shows it."""
    sections = _sections(code or "General")
    section, value, signed = _chosen(sections, value)
    if not section.strip() and len(sections) > 1:
        return ""  # 「;;;」 hides what it is given
    if _bare(section).strip().lower() in {"", "general", "g/標準", "@"}:
        literal = "".join(_literals(section))
        plain = plain_number(value)
        return plain if not literal else literal.replace("\0", plain)
    if len(section) > _LONGEST_CODE:
        return plain_number(value)
    if is_date_format(section):
        return _date(value, section, from_1904)
    if "/" in _bare(section) and re.search(r"[?#0]\s*/\s*[?#0\d]", _bare(section)):
        return plain_number(value)
    return _number(value, section, signed)


def is_date_format(code: str) -> bool:
    """Whether a format shows a point in time or a span of it."""
    if re.search(r"\[(?:h+|m+|s+)\]", code, re.IGNORECASE):
        return True
    return bool(_DATE_LETTERS.search(re.sub(r"General|G/標準", "", _bare(code))))


def plain_number(value: float) -> str:
    """The number without a format: no exponent, no rounding noise."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.10g}"
    return text if "e" not in text else f"{Decimal(text):f}"


def _sections(code: str) -> list[str]:
    parts, current, index = [], "", 0
    while index < len(code):
        character = code[index]
        if character == '"':
            end = code.find('"', index + 1)
            end = len(code) - 1 if end < 0 else end
            current += code[index : end + 1]
            index = end + 1
            continue
        if character == "\\":
            current += code[index : index + 2]
            index += 2
            continue
        if character == ";":
            parts.append(current)
            current = ""
        else:
            current += character
        index += 1
    return [*parts, current]


def _chosen(sections: list[str], value: float) -> tuple[str, float, bool]:
    """The section for a value, the value to show in it, and whether to put its sign."""
    if any(re.search(r"\[[<>=]", section) for section in sections):
        for section in sections:
            found = re.search(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]", section)
            if found is None or _meets(value, found.group(1), float(found.group(2))):
                return section, value, True
        return sections[-1], value, True
    if value < 0 and len(sections) > 1:
        return sections[1], -value, False
    if value == 0 and len(sections) > 2:
        return sections[2], value, False
    return sections[0], value, True


def _meets(value: float, sign: str, limit: float) -> bool:
    return {
        "<": value < limit, ">": value > limit, "=": value == limit,
        "<=": value <= limit, ">=": value >= limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _bare(section: str) -> str:
    """The section without literals, colours and locales."""
    return re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", section, flags=re.DOTALL)


def _literals(section: str) -> list[str]:
    """Literal text of a section whose number has no placeholders; NUL stands for the number."""
    out = []
    for match in _TOKEN.finditer(section):
        quoted, escaped, bracket, _, general, *_, other = match.groups()
        if general or other == "@":
            out.append("\0")
        elif quoted or escaped:
            out.append(quoted or escaped)
        elif bracket and (currency := re.match(r"\$([^-]*)", bracket)):
            out.append(currency.group(1))
        elif other:
            out.append(other)
    return out


def _number(value: float, section: str, signed: bool) -> str:
    tokens = [match.groups() for match in _TOKEN.finditer(section)]
    texts = [match.group() for match in _TOKEN.finditer(section)]
    places = [i for i, token in enumerate(tokens) if token[6]]
    if not places:
        return "".join(_literals(section))
    try:
        amount = abs(Decimal(repr(value)))
    except InvalidOperation:
        return plain_number(value)
    amount *= 100 ** _bare(section).count("%")
    first, last = places[0], places[-1]
    after = last + 1
    while after < len(texts) and texts[after] == ",":
        amount /= 1000
        after += 1
    if any(token[7] for token in tokens):
        return f"{value:.2E}"
    point = next((i for i in range(first - (first > 0), after) if texts[i] == "."), None)
    decimals = texts[point + 1 : after] if point is not None else []
    wanted = "".join(text for text in decimals if set(text) <= set("0#?"))
    try:
        rounded = amount.quantize(Decimal(1).scaleb(-len(wanted)), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return plain_number(value)  # more digits than any cell shows
    whole, _, fraction = f"{rounded:f}".partition(".")
    while fraction and wanted[len(fraction) - 1] != "0" and fraction[-1] == "0":
        fraction = fraction[:-1]
    end = after if point is None else point
    integer = _integer(whole, tokens[first:end], texts[first:end])
    sign = "-" if signed and value < 0 and rounded else ""
    head = _literal_run(tokens[: min(first, end)], texts[: min(first, end)])
    tail = _literal_run(tokens[after:], texts[after:])
    return f"{sign}{head}{integer}{'.' + fraction if fraction else ''}{tail}".strip()


def _integer(digits: str, tokens: list[tuple[str, ...]], texts: list[str]) -> str:
    """The digits in their places; literals between places (000-0000) keep theirs."""
    least = sum(text.count("0") for token, text in zip(tokens, texts, strict=True) if token[6])
    digits = digits.lstrip("0").rjust(least, "0")
    if "," in texts:
        negative = len(digits) % 3
        groups = [digits[:negative]] if negative else []
        groups += [digits[i : i + 3] for i in range(negative, len(digits), 3)]
        return ",".join(groups)
    if sum(bool(token[6]) for token in tokens) < 2:
        return digits
    out, rest = "", digits
    for token, text in reversed(list(zip(tokens, texts, strict=True))):
        if token[6]:
            rest, taken = rest[: -len(text)], rest[-len(text) :]
            out = taken + out
        else:
            out = _literal_run([token], [text]) + out
    return rest + out


def _literal_run(tokens: list[tuple[str, ...]], texts: list[str]) -> str:
    out = ""
    for token, text in zip(tokens, texts, strict=True):
        quoted, escaped, bracket = token[0], token[1], token[2]
        if bracket is not None:
            currency = re.match(r"\$([^-]*)", bracket)
            out += currency.group(1) if currency else ""
        elif quoted is not None or escaped is not None:
            out += quoted or escaped or ""
        elif not text.startswith(("_", "*")) and text not in {",", "."}:
            out += text
    return out


def _date(serial: float, section: str, from_1904: bool) -> str:
    days = serial + (1462 if from_1904 else 0)
    if not 0 <= days <= _LAST_SERIAL + 1:
        return plain_number(serial)
    elapsed = re.search(r"\[(h+|m+|s+)\]", section, re.IGNORECASE)
    # Excel believes in a 29 February 1900; serials before it are one day off.
    epoch = datetime(1899, 12, 30 if days >= 60 else 31)
    try:
        moment = epoch + timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return plain_number(serial)
    half = bool(re.search("AM/PM|A/P|午前/午後", section))
    out: list[str] = []
    previous = ""
    matches = list(_TOKEN.finditer(section))
    for position, match in enumerate(matches):
        quoted, escaped, bracket, noon, _, letter, _, _, other = match.groups()
        text = match.group()
        if bracket is not None:
            if elapsed and bracket == elapsed.group(1):
                unit = {"h": 3600, "m": 60, "s": 1}[bracket[0].lower()]
                out.append(str(round(days * 86_400) // unit).zfill(len(bracket)))
                previous = bracket[0].lower()
        elif quoted is not None or escaped is not None:
            out.append(quoted or escaped or "")
        elif noon:
            out.append(
                ("午前" if moment.hour < 12 else "午後")
                if noon.startswith("午")
                else ("AM" if moment.hour < 12 else "PM")
            )
        elif letter:
            kind = letter.lower()
            following = next(
                (m.group(6).lower() for m in matches[position + 1 :] if m.group(6)), ""
            )
            if kind == "m" and (previous == "h" or following == "s"):
                kind = "minute"
            out.append(_part(kind, len(text), moment, half, "gannen" in section))
            previous = kind
        elif other and not text.startswith(("_", "*")):
            out.append(other)
    return "".join(out).strip()


def _part(kind: str, length: int, moment: datetime, half: bool, gannen: bool) -> str:
    era = next((era for era in _ERAS if moment >= era[0]), _ERAS[-1])
    if kind == "y":
        return str(moment.year) if length > 2 else f"{moment.year % 100:02d}"
    if kind == "g":
        return {1: era[2], 2: era[1][0]}.get(length, era[1])
    if kind in {"e", "b"}:
        year = moment.year - era[0].year + 1
        return "元" if gannen and year == 1 else str(year).zfill(min(length, 2))
    if kind == "a":
        return _WEEKDAYS[moment.weekday()] + ("曜日" if length > 3 else "")
    if kind == "m" and length > 2:
        return _MONTHS[moment.month - 1][: 3 if length == 3 else None]
    if kind == "d" and length > 2:
        return _WEEKDAYS_ENGLISH[moment.weekday()][: 3 if length == 3 else None]
    hour = (moment.hour + 11) % 12 + 1 if half else moment.hour
    number = {
        "m": moment.month,
        "d": moment.day,
        "h": hour,
        "minute": moment.minute,
        "s": moment.second,
    }[kind]
    return str(number).zfill(min(length, 2))
