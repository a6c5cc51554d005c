"""Follow-up questions resolved from the history, without a model."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.followup_phrases import (
    counterpart,
    day,
    figure,
    figures,
    first_statement,
    office,
    phrases,
    without_brackets,
    year_text,
)
from rag.question import read_question
from rag.temporal import years
from rag.text import normal
from rag.types import Turn

_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.&+-]*")
_TURNS_READ = 4  # a chain of fragments is followed back so far

_OPENER = re.compile(
    r"^(?:じゃあ|じゃ(?=[、\s])|それじゃあ?|では(?=[、\s])|それでは|あと(?=[、は\s\d一-鿿ァ-ヶ])|ちなみに|で、|だったら|それなら|なら(?=[、\s]))[、\s]*"
)
_SCOPE_OPENER = re.compile(r"^(?:じゃあ|じゃ(?=[、\s])|それじゃあ?|だったら|それなら)")
# Words that mean nothing without what was said before.
_ANAPHORA = re.compile(
    r"^(?:それ(?!ぞれ)|その(?!他|ほか|まま|後)|そこ(?!そこ)|そっち|そちら|もう(?:一つ|ひとつ|1つ|片方|一方)|片方|残り|ほかに|他に|ほかは|他は|"
    r"ほかの|他の(?=人|方)|同じ(?:年|く|時期)|逆に|反対に|一方で?は|前者|後者|なぜ[?？]|どうして[?？]|いつ(?:から|まで)?(?:ですか)?[?？]?$|"
    r"\d{1,2}回目(?:は|の(?:とき|時|ほう|方)|では|だと)|(?:前|翌)年(?:度)?は|前の年|次の年|当時)"
)
_SOFT = re.compile(
    r"^(?:次の|次は|前の|前回は|前は|最新は|今は|現在は|今回は|目標は|実績は|理由は|(?:金額|件数|人数|割合)では?)"
)
# 「次の計画の期間は」 is complete, 「次の計画では何時間を目指す？」 is not.
_OWN_ATTRIBUTE = re.compile(r"(?:計画|調査|会議|資料|報告|年度)の[^、?]{2,}は")
_SIDE = re.compile(
    r"のほう(?:は|って|だと|も|では|なら)|の方(?:は|って|だと)(?:どう|何|どこ|いつ|いくつ|いくら)?(?:です(?:か)?|でした(?:か)?)?[?？]?$"
)
_FRAGMENT = re.compile(
    r"(?:は|だと|って|では|なら|も|についても?|に(?:つい|関し)ては)(?:どう(?:です|でした|なの|なってる|なっている)?か?)?[?？]?$"
)
_DEFINITION = re.compile(r"とは(?:何(?:です|でしょう)?か?)?[?？]?$")
# A noun that a clause with a case tells apart: what the clause says and the noun.
_CLAUSE = re.compile(
    r"[一-鿿々ァ-ヶーa-z0-9](?:では?|には?|が|を|から|へ)(?P<said>[^?、。のでにがをはも]*[ぁ-ん][^?、。]*?)(?:は|って|も)[?？]?$"
)
_QUALIFIED = re.compile(
    r"(?:\d{4}年度?|(?:令和|平成)(?:元|\d{1,2})年度?|\d{1,2}(?:位|番|番目|回目|期|つ目))の"
)
_INVERTED = re.compile(
    r"^([^?]+)\?\s*([^?]{2,24}の(?:ほう|方)は)\??$"
)  # 「いつから？市税のほうは」
# What a follow-up exchanges for another of its kind: 「2021年度は？」「３位は？」「2回目は？」
_EXCHANGED = (
    re.compile(r"(?:\d{4}年度?|(?:令和|平成)(?:元|\d{1,2})年度?)"),
    re.compile(r"\d{1,2}(?:位|番目|番|回目|期|つ目)"),
)
_MEASURES = re.compile(r"件数|金額|決済額|人数|割合|比率|回数|時間数|枚数")
_CONTRASTED = re.compile(
    r"^(?P<new>.{1,24}?)(?:の(?:ほう|方))?(?:は|だと|って|では|なら|も)(?P<rest>どう.{0,6}|どこ|いつ|誰|何(?:件|人|%|回)?|いくつ|いくら)?(?:です|でした)?か?[?？]?$"
)
# Ends of words that name an attribute: 「電話番号は？」 asks about the topic, 「契約課は？」 names
# another one.
_ATTRIBUTE = re.compile(
    r"(?:数|率|額|値|量|時間|目標|実績|理由|場所|時期|期間|期限|締切|日程|日時|担当|所管|部署|番号|名前|名称|費用|予算|料金|対象|内容|目的|"
    r"効果|成果|課題|背景|原因|方法|手段|内訳|順位|割合|人|者|意味|定義|推移|見込み|予定|状況|住所|連絡先|条件|資格|根拠|出典|合計|平均|前回|"
    r"次回|今回|点|問い合わせ先|最新|現在|結果|担当課|所属|会場|電話|開始|終了)$"
)
_RELATIVE_YEAR = re.compile(
    r"^(?:その)?(?:1年)?(?P<which>前|翌|次|後)の?(?P<unit>年度|年)(?:は|だと|では|の場合は)?(?:どう.{0,6})?[?？]?$"
)
_REST = re.compile(
    r"^(?:残り|それ以外)(?:の(?:人|方|分|もの|ほう))?(?:たち)?(?:は|だと|って)(?:どう.{0,6}|何.{0,6}|いくつ.{0,4})?[?？]?$"
)
_OTHERS = re.compile(
    r"^(?:ほか|他)(?:に|には|にも|は)(?:ある|あります|何か.{0,6}|何.{0,8}|どんな.{0,10})?か?[?？]?$"
)
_OTHER_OPTION = re.compile(r"^(?:もう(?:一つ|ひとつ|1つ|片方|一方)|片方|後者|前者)")
_OPTIONS = re.compile(
    r"([一-鿿ァ-ヶーa-z0-9・]{2,20})(?:と|か|、)([一-鿿ァ-ヶーa-z0-9・]{2,20})(?=の(?:どちら|どっち|うち|2つ|二つ)|、?(?:どちら|どっち)|は、?(?:どちら|どっち)|で、?(?:どちら|どっち)|の|は|$)"
)
_OPPOSITES = (
    ("時間外", "時間内"), ("知らない", "知っている"), ("使っていない", "使っている"), ("利用していない", "利用している"),
    ("していない", "している"), ("できない", "できる"), ("賛成", "反対"), ("男性", "女性"), ("市内", "市外"),
    ("以上", "未満"), ("対面", "オンライン"), ("常勤", "非常勤"), ("課税", "非課税"),
)  # fmt: skip
_INTERROGATIVE = re.compile(
    r"^(?:いつ|どこ|誰|何(?:回|件|人|名|台|校|冊|枚|本|個|社|課|箇所|か所|時間|年|%)?)(?=[一-鿿ァ-ヶa-z])"
)
_PREDICATE_END = re.compile(
    r"(?:(?<=[一-鿿ァ-ヶ])(?:されました|しました|します|される|した|する|です|でした)"
    r"|(?<=[ぁ-ん])(?:ていました|ています|ました|ます))か?$"
)
_SUBJECT = re.compile(r"^(?:それ|そこ|そっち|そちら)(?:は|って|が|を|の)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """A question as it is meant after its history."""

    text: str
    excluded: tuple[str, ...] = ()  # named by the answer before: 「ほかには？」 asks for others
    guessed: bool = False  # as it stands it would be a question too: 「テレワークは？」


def resolve(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out taken from the previous question.

    A complete question is returned as it is. A year, rank or ordinal takes the place of the
    previous one, another thing that of its counterpart; otherwise the topic of the previous
    question is put in front.
    """
    return follow_up(question, history).text


def follow_up(question: str, history: Sequence[Turn]) -> FollowUp:
    """As `resolve`, with what the answer must not repeat."""
    current = normal(question).strip()
    if not history or not current or not history[-1].question.strip():
        return FollowUp(text=question)
    if not needs_context(question, history[-1].question):
        scoped = _with_scope(current, history)
        return FollowUp(text=_as_written(scoped, question, history) if scoped else question)
    guessed = not _leans_on_before(current)
    before = history[-_TURNS_READ:-1]
    previous = normal(resolve(history[-1].question, before)).strip()
    statement = first_statement(history[-1].answer)
    current = _INVERTED.sub(r"\2\1?", _OPENER.sub("", current))
    for read in _READINGS:
        resolved = read(current, previous, statement)
        if resolved:
            # 「残りの人は？」 is not answered by the figures of those asked about before.
            excluded = figures(statement) if _REST.match(current) else ()
            text = _as_written(resolved, question, history)
            return FollowUp(text=text, excluded=excluded, guessed=guessed)
    if _OTHERS.match(current):
        text = _as_written(f"{previous.rstrip('?')} {current}", question, history)
        return FollowUp(text=text, excluded=_items(first_statement(history[-1].answer, False)))
    resolved = _topic_first(current, previous, statement)
    if not resolved:
        return FollowUp(text=question)
    return FollowUp(text=_as_written(resolved, question, history), guessed=guessed)


def needs_context(question: str, previous: str = "") -> bool:
    """Whether `question` leaves out what it is about, after the question `previous`."""
    normalised = normal(question).strip()
    if _leans_on_before(normalised):
        return True
    rest = _OPENER.sub("", normalised)
    words = read_question(rest).words
    if _SIDE.search(rest) and len(words) <= 8:
        return True
    if len(words) <= 4 and _SOFT.match(rest) and not _OWN_ATTRIBUTE.search(rest):
        return True
    if len(rest) > 18 or len(words) > 3 or not _FRAGMENT.search(rest) or _DEFINITION.search(rest):
        return False
    # 「会議で決まったことは」 says what it is about; 「紙で出した人は」 varies 「窓口で出した人は」.
    clause = _CLAUSE.search(rest)
    if clause and clause["said"] not in normal(previous):
        return False
    # 「ＲＰＡの担当課は？」 names topic and attribute; a year or rank is no topic.
    return "の" not in _QUALIFIED.sub("", rest)


def _leans_on_before(normalised: str) -> bool:
    """Whether it means nothing without what was said before: 「それは」「じゃあ、その前の年は」."""
    return bool(_ANAPHORA.match(normalised) or _ANAPHORA.match(_OPENER.sub("", normalised)))


def _as_written(resolved: str, question: str, history: Sequence[Turn]) -> str:
    """`resolved` with the capitals that Latin words had: people are shown this text."""
    sources = (turn.question for turn in history[-_TURNS_READ:])
    written = {
        word.lower(): word
        for source in (*sources, question)
        for word in _LATIN.findall(unicodedata.normalize("NFKC", source))
    }
    return _LATIN.sub(lambda match: written.get(match.group(), match.group()), resolved)


def _with_scope(current: str, history: Sequence[Turn]) -> str:
    """「じゃあ…」 before a full sentence goes on within the document or year spoken of."""
    rest = _OPENER.sub("", current)
    if not _SCOPE_OPENER.match(current) or len(read_question(rest).words) > 5 or years(rest):
        return ""
    previous = normal(history[-1].question)
    scope = re.search(
        r"(?:\d{4}年度?|(?:令和|平成)(?:元|\d{1,2})年度?)(?:の|に)(?:計画|調査|資料|会議|報告|監査|アンケート)[一-鿿]{0,4}",
        previous,
    )
    return f"{scope.group()} {rest}" if scope and scope.group() not in rest else ""


def _exchange(current: str, previous: str, statement: str) -> str:
    for pattern in _EXCHANGED:
        new, old = pattern.search(current), pattern.search(previous)
        if new and old and _only(current, new.group()):
            return previous[: old.start()] + new.group() + previous[old.end() :]
    return ""


def _relative_year(current: str, previous: str, statement: str) -> str:
    """「その前の年は？」 counts from the year asked before, else from the one answered."""
    match = _RELATIVE_YEAR.match(current)
    asked, answered = years(previous), years(statement)
    if not match or not (asked or answered):
        return ""
    mention = (asked or answered)[-1]
    year = year_text(mention, -1 if match["which"] == "前" else 1)
    if asked:
        end = mention.end + len(re.match("度?", previous[mention.end :]).group())  # type: ignore[union-attr]
        return previous[: mention.start] + year + previous[end:]
    return f"{previous.rstrip('?')} {year}は?"


def _opposite(current: str, previous: str, statement: str) -> str:
    """「残りの人は？」 after 「…時間外に出した人は？」."""
    if not _REST.match(current):
        return ""
    for first, second in _OPPOSITES:
        for one, other in ((first, second), (second, first)):
            if one in previous and not (one in other and other in previous):
                return previous.replace(one, other, 1)
    return ""


def _other_option(current: str, previous: str, statement: str) -> str:
    options = _OPTIONS.search(previous) if _OTHER_OPTION.match(current) else None
    if not options:
        return ""
    first, second = options.groups()
    if current.startswith("前者"):
        named = second
    elif current.startswith("後者") or (first in statement) == (second in statement):
        named = first
    else:
        named = first if first in statement else second
    other = second if named == first else first
    rest = previous[: options.start()] + other + previous[options.end() :]
    return re.sub(
        r"(?:の|で|は)?、?(?:どちら|どっち)(?:の(?:ほう|方))?(?:が|は)?", "は", rest, count=1
    )


def _contrast(current: str, previous: str, statement: str) -> str:
    """「タブレットだと？」: the other thing in the place of the one asked about before."""
    match = _CONTRASTED.match(current)
    if not match:
        return ""
    new, rest = match["new"], match["rest"] or ""
    sided = bool(_SIDE.search(current))
    if sided and _ATTRIBUTE.fullmatch(new):
        return _attribute(new, previous)
    if _ANAPHORA.match(new) or _SOFT.match(current) or years(new) or re.search(r"\d", new):
        return ""
    if not sided and _ATTRIBUTE.search(new):
        return ""
    if rest and not rest.startswith("どう") and rest not in previous:
        return ""
    plain = without_brackets(previous)
    place = counterpart(new, phrases(plain))
    if place is None or new in plain:
        return ""
    return plain[: place[0]] + new + plain[place[1] :]


def _attribute(new: str, previous: str) -> str:
    """「目標のほうは？」: in the place of another attribute, or asked of the topic."""
    found = phrases(previous)
    for phrase in found:
        if _ATTRIBUTE.fullmatch(phrase.text):
            return previous[: phrase.start] + new + previous[phrase.end :]
    return f"{previous[: found[-1].end]}の{new}は?" if found else ""


_READINGS: tuple[Callable[[str, str, str], str], ...] = (
    _exchange, _relative_year, _opposite, _other_option, _contrast,
)  # fmt: skip


def _topic_first(current: str, previous: str, statement: str) -> str:
    """The topic of the previous question, what 「それ」 and 「その日」 stand for, and the question."""
    found = phrases(previous)
    side = re.match(r"^(?:.*[?？、])?(.{2,24}?)のほう", current)
    place = counterpart(side.group(1), found) if side else None
    kept = []
    for phrase in found:
        text = phrase.text
        if side and place and phrase.start <= place[0] and place[1] <= phrase.end:
            inside = (place[0] - phrase.start, place[1] - phrase.start)
            whole = inside == (0, len(text))
            text = "" if whole else text[: inside[0]] + side.group(1) + text[inside[1] :]
        text = _PREDICATE_END.sub("", _INTERROGATIVE.sub("", text))
        if text and text not in current and not _is_measure_exchanged(text, current):
            kept.append(text)
    for pattern in _EXCHANGED:
        if pattern.search(current):
            kept = [text for text in kept if not pattern.fullmatch(text)]
    for pronoun, meant in (("その日", day(statement)), ("その課", office(statement))):
        if current.startswith(pronoun) and meant:
            current = meant + current.removeprefix(pronoun)
    subject = _SUBJECT.match(current)
    if subject and current != subject.group():
        kept.append(figure(statement))
        current = current[subject.end() :]
    return " ".join(text for text in (*kept, current) if text) if any(kept) else ""


def _is_measure_exchanged(text: str, current: str) -> bool:
    """「金額では？」 asks for another measure than 「件数」."""
    return bool(_MEASURES.search(current) and _MEASURES.fullmatch(text))


def _only(question: str, exchanged: str) -> bool:
    """Whether the question says nothing but the exchanged words."""
    rest = question.replace(exchanged, "")
    return len(re.sub(r"[はではどうなに何ですかもの、。?？\s]", "", rest)) <= 1


def _items(statement: str) -> tuple[str, ...]:
    """What an answer lists: 「Ａ、Ｂ、Ｃです」."""
    body = re.sub(r"(?:など)?(?:です|でした|である|があります)?$", "", statement)
    parts = [re.sub(r"^.*は、?", "", part).strip("「」『』 ") for part in body.split("、")]
    return tuple(part for part in parts if 2 <= len(part) <= 40)
