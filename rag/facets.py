"""Questions that ask several things: each part as a question of its own."""

import re
from dataclasses import dataclass

from rag.question import Question

_INTERROGATIVE = re.compile(
    r"何(?!ら|か)|なに|なん(?=[でのだ人件])|誰|だれ|どなた|どこ|いつ|いくつ|いくら|どれ|どの(?!よう)|どんな|どう(?!か)|どちら|なぜ"
)
# A question word with its counter: 「何件」「何％」.
_COUNTED = re.compile(
    rf"(?:{_INTERROGATIVE.pattern})(?:[件人名台回円年月日番位校社票本通課歳割%％]|時間)?"
)
_BREAK = re.compile(r"[、,。?？!！]\s*|(?<=[てで])\s|(?<=[？?])")
_SIDE_BY_SIDE = re.compile(
    r"それぞれ|比べ|比較|違い|変わ|増え|減っ|伸び|推移|→|いくつから|から.*(?:へ|まで)増|と.*(?:は|で|では)"
)
# 「前の計画」「次期計画」: places in a series, as good as a year.
_EDITION = re.compile(r"((?<!名)前|旧|現行|今の|次期?|新しい)(?:の)?(?=(?:dx)?[一-鿿]{0,6}計画)")
_DATE_REST = re.compile(r"度?(?:\s*\d{1,2}月(?:末|\d{1,2}日|[上中下]旬)?)?(?:時点|現在)?")
_OWN_WORDS = re.compile(r"(?:まで|から)?の[^、。?はがをで]{2,}")
_NOUN = r"[一-鿿々ァ-ヶーa-z0-9・]+(?:の[一-鿿々ァ-ヶー]{1,8})?"
_TWO_THINGS = re.compile(
    rf"(?P<first>{_NOUN})と、?(?P<second>{_NOUN})(?P<tail>では|とでは|で(?=[一-鿿ど])|を(?=比べ)|の(?=違い|差))"
)
_PAPER = re.compile(r"(?:計画|プラン|報告書?|資料|調査|アンケート|会議|監査|議事録)$")
_PAPERS = r"[一-鿿々ァ-ヶーa-z0-9]*?(?:計画|プラン|報告書?|資料|調査|アンケート|会議|監査|議事録)"
# 「監査報告の肩書と会議資料の再任回数」: each paper with what is asked of it
_EACH_ITS_OWN = re.compile(
    rf"(?P<first>{_PAPERS})の(?P<of_first>[一-鿿々ァ-ヶーa-z]{{2,12}})と、?"
    rf"(?P<second>(?:\d{{4}}年の)?{_PAPERS})の(?P<of_second>[一-鿿々ァ-ヶーa-z]{{2,12}})"
)
# What says only that two things are set side by side.
_COMPARING = re.compile(
    r"(?:を)?比べ(?:ると|て|たら)?|(?:を)?比較(?:すると|して)?|(?:の)?違い(?:は|って|を教えて)?|どう(?:違|変わ)[^、。?]*|違(?:う|って)[^、。?]*|の差(?=は|が|を|$)"
)
_COMPARED = re.compile(r"違[いうっ]|比べ|比較|差(?:は|が|を|$)")
_QUOTED = re.compile(r"「[^」]*」|『[^』]*』|\([^)]*\)|（[^）]*）")
# 「何日の何時から」「何件・何％」 ask for one thing in two forms.
_TAIL = re.compile(r"^(?:は|が|を|に|の|と|も|って|という|とか|で)+")
_SHORTEST_OWN = 4  # characters besides the question word from which a part stands alone
_MOST = 3


@dataclass(frozen=True, slots=True)
class Facet:
    """One of the things a question asks for.

    `text` is the question to search and read with; `own` are its own words, without those taken
    over from the part before; `label` is what the user wrote.
    """

    text: str
    own: str
    label: str
    rival: str = ""  # the other of two things compared: what is said of it is not said of this


def facets(question: Question) -> tuple[Facet, ...]:
    """The parts of a question with several question words, or of one about several years.

    A question that asks one thing has no parts: an empty tuple.
    """
    return _clauses(question.text.strip()) or _years(question) or _things(question)


def _clauses(text: str) -> tuple[Facet, ...]:
    pieces = _split(text)
    asking = [piece for piece in pieces if _INTERROGATIVE.search(piece)]
    if not 2 <= len(asking) <= _MOST:
        return ()
    parts: list[str] = []
    waiting = ""
    for piece in pieces:
        waiting = f"{waiting}、{piece}" if waiting else piece
        if _INTERROGATIVE.search(piece):
            parts.append(waiting)
            waiting = ""
    if waiting:
        parts[-1] = f"{parts[-1]}、{waiting}"
    topic = _topic(parts[0])
    found = [Facet(parts[0], parts[0], parts[0])]
    for part in parts[1:]:
        bare = _COUNTED.sub("", part)
        own = len(re.findall(r"[一-鿿々ァ-ヶa-zA-Z\d]", bare))
        if own < 1 and len(bare) < 2 * _SHORTEST_OWN:
            return ()  # 「何番で、何？」: nothing of its own to look for
        found.append(Facet(f"{topic} {part}" if topic else part, part, part))
    return tuple(found)


def _split(text: str) -> list[str]:
    """Clauses, never cut inside quotation marks or brackets."""
    held = [match.span() for match in _QUOTED.finditer(text)]
    pieces: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        if any(low <= match.start() < high for low, high in held):
            continue
        pieces.append(text[start : match.start()])
        start = match.end()
    pieces.append(text[start:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _topic(part: str) -> str:
    """What the first part is about: its words before the question word."""
    match = _INTERROGATIVE.search(part)
    head = part[: match.start()] if match else part
    return re.sub(r"(?:は|が|を|に|の|と|も|って|で|、)+$", "", head.strip())


def _things(question: Question) -> tuple[Facet, ...]:
    """One part for each of two things that are compared: 「高齢者と若者ではどのくらい違う」."""
    text = question.normalised
    each = _EACH_ITS_OWN.search(text)
    if each:
        told = ((each["first"], each["of_first"]), (each["second"], each["of_second"]))
        return tuple(
            Facet(whole, whole, f"{name}の{own}")
            for name, own in told
            for whole in [f"{text[: each.start()]}{name}の{own}{text[each.end() :]}"]
        )
    match = _TWO_THINGS.search(text)
    if match is None:
        return ()
    papers = all(_PAPER.search(match[name]) for name in ("first", "second"))
    if not papers and not _COMPARED.search(text[match.end("second") :]):
        return ()
    rest = _COMPARING.sub("", text[match.end("second") :])
    first, second = match["first"], match["second"]
    return tuple(
        Facet(whole, whole, name, other)
        for name, other in ((first, second), (second, first))
        # 「ＡとＢの違いは」 asks what each of them is.
        for whole in [
            text[: match.start()] + name + rest
            if match.start() or rest.strip("?。")
            else f"{name}とは"
        ]
    )


def _date_end(text: str, end: int) -> int:
    """Where a date ends whose year ends at `end`."""
    match = _DATE_REST.match(text, end)
    return match.end() if match else end


def _years(question: Question) -> tuple[Facet, ...]:
    """One part for each of two years, or of two plans named by their place in a series."""
    text = question.normalised
    spans = {
        mention.year: (mention.start, _date_end(text, mention.end))
        for mention in reversed(question.years)
    }
    named = {match.group(1)[:1]: match.span(1) for match in _EDITION.finditer(text)}
    mentions = sorted([*spans.values(), *named.values()])
    if len(mentions) != 2 or not _SIDE_BY_SIDE.search(text):
        return ()
    (start, end), (second_start, second_end) = mentions
    joint = re.search(r"(?:と|や|から|、)\s*$", text[:second_start])
    if named and not re.search(r"(?<=[一-鿿])(?:と|や)\s*$", text[:second_start]):
        return ()
    until = joint.start() if joint else second_start
    # 「2022年の計画と2026年の計画」: what both are years of is said once.
    between, rest = text[end:until], text[second_end:]
    own = _OWN_WORDS.match(rest) if joint and _OWN_WORDS.fullmatch(between) else None
    bare = between.removeprefix("の")
    if rest.removeprefix("の").startswith(bare):
        one = text[:end] + between + rest.removeprefix("の")[len(bare) :]
    elif own:  # 「2017年のアンケートと2025年のモニターで」: each year has its own thing
        one = text[:until] + rest[own.end() :]
    else:
        one = text[:end] + between + rest
    other = text[:start] + text[second_start:]
    return (Facet(one, one, text[start:end]), Facet(other, other, text[second_start:second_end]))
