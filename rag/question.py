"""What a question asks for: its kind, its units, its content words, its years."""

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.temporal import YearMention, years
from rag.text import normalise
from rag.tokens import Token, content_tokens


class QuestionKind(StrEnum):
    NUMBER = "number"
    DATE = "date"
    DEPARTMENT = "department"
    PERSON = "person"
    DEFINITION = "definition"
    LIST = "list"
    COUNT = "count"
    YES_NO = "yes_no"
    COMPARE = "compare"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    text: str  # as asked
    normalised: str
    kinds: tuple[QuestionKind, ...]  # a question may ask for two things: 「何件・何％」
    units: tuple[str, ...]  # units the number must have, as asked: 件, %, 人, …
    terms: tuple[str, ...]  # lemmas of the content words, without question words
    words: tuple[str, ...]  # their surfaces
    lemma_words: tuple[tuple[str, str], ...]
    years: tuple[YearMention, ...]
    # What counts the same here: 手続 in 「手続は何件」, which is answered by 「791手続」.
    same_counters: tuple[str, ...] = ()
    ordinals: tuple[int, ...] = ()  # 2 for 「２回目」 and 「第2回」, 1 for 「初回」
    places: tuple[str, ...] = ()  # 「第3期」, 「第5条」
    negated: tuple[
        str, ...
    ] = ()  # 「書かない」 in 「書かない窓口」: without it the name says nothing

    def asks(self, *kinds: QuestionKind) -> bool:
        return any(kind in self.kinds for kind in kinds)


# Words that make a sentence a question, or polite, without saying what it is about.
_QUESTION_LEMMAS = frozenset(
    [
        "何",
        "誰",
        "何処",
        "何時",
        "幾つ",
        "幾ら",
        "何れ",
        "何の",
        "如何",
        "どう",
        "どれ",
        "どの",
        "どんな",
        "どちら",
        "何方",
        "何故",
        "どうして",
        "教える",
        "知る",
        "下さる",
        "願う",
        "欲しい",
        "呉れる",
        "貰う",
        "頂く",
        "為る",
        "其の",
        "此の",
        "有る",
        "無い",
        "言う",
        "思う",
        "居る",
        "成る",
        "様",
        "事",
        "物",
        "所",
        "方",
        "訳",
        "為",
        "全部",
        "全て",
        "名前",
        "名称",
        "名",
        "何",
        "内容",
        "具体",
        "的",
        "具体的",
        "例",
        "挙げる",
        "書く",
        "載る",
        "並ぶ",
        "並べる",
        "遣る",
        "良い",
        "みたい",
        "分かる",
        "確認",
        "詳しい",
        "大体",
        "程度",
        "位",
        "程",
        "人",
        "達",
        "一体",
        "結局",
        "一番",
        "時",
        "内",
        "今",
        "うち",
        "等",
        "質問",
        "くらい",
        "やつ",
        "奴",
        "どの位",
        "該当",
        "推移",
        "説明",
        "記載",
    ]
)

_UNIT = (
    "件|人|名|%|パーセント|円|千円|億円|時間|手続き?|施設|回|箇所|か所|カ所|ヶ所|台|枚|種類|事業|課|年|か月|ヶ月|"
    "日|ページ|校|社|団体|割|ポイント|項目|レイヤー|シナリオ|アプリ|票|世帯|歳|通|本|位|番|"
    "頭|匹|羽|棟|戸|軒|冊|曲|倍|キロ|メートル|ヘクタール|トン"
)
# Words that ask for an amount of money, and so for yen.
_MONEY = re.compile(
    r"いくら|(?:料金|費用|予算額?|決算額?|金額|値段|単価|報酬|会費|経費|事業費|謝礼金?|謝金|家賃|代金|お金|"
    r"(?<![資材史飼肥燃原無])料|(?:の|[一-鿿](?<![全多高定少小差残]))額)"
    r"(?:は|って|を教えて|について|$|[?？(])(?!何(?:%|パーセント|割))"
)
# 「1時間いくら」「1通いくら」: the counter says for what, the amount is in yen.
_PER = rf"(?<!\d)[1一](?:{_UNIT})(?:あたり|当たり|で|に|は)?(?=(?:は|って)?いくら)"
_HOW_MANY = re.compile(
    rf"何({_UNIT}|分(?!か(?!か)))|({_UNIT})(?:は|って)?(?:いく[つら]|何(?!{_UNIT}|[分点基席便問区両口部]|パー|とい|てい|と呼|て[名呼])|どれ|どのくらい|どの程度)|いくつ|いくら|どれ(?:くらい|ぐらい|だけ|ほど)|"
    r"どのくらい|どの(?:程度|位)|何(?:%|割|パーセント)|(?:割合|比率|率|順位|件数|人数|回数|枚数|金額|決済額|時間数|台数|総数|定数|定員|実績|目標値?|削減時間)"
    r"(?:は|って|と|、|を|の推移|$|\?|？|も|\(|\s)"
)
# 「利用者数は」「施設数は」: the counter is in the word itself.
_NUMBER_OF = re.compile(
    r"(者|員|人|件|施設|手続き?|事業|台|回|校|団体|世帯|種類|枚|時間|箇所)(?:総?数|の総?数(?!を))"
    r"(?:は|って|と|、|を|$|[?？]|も|が|\()"
)
# 「削減できた時間は」: hours; 「受付時間は」 asks for a time of day.
_HOURS = re.compile(r"(?:削減|短縮|浮い|節約|かか|要し|費や).{0,8}時間(?:は|って|を教えて|$|[?？])")
# A question for an age at its end: 「市長の年齢は」, not 「年齢別の割合は」.
_AGE = re.compile(r"年齢(?:は|って|を教えて)?(?:[?？(]|$)")
# 「何ライセンス」: any katakana counter.
_KATAKANA_COUNTER = re.compile(r"何([ァ-ヶー]{2,8})")
# 「アクセス数は」: any count, whose counter the word does not say.
_COUNT_OF = re.compile(r"[ァ-ヶー一-鿿](?<![少複多半端係指関無])数(?:は|って|を教えて|$|[?？(]|\s)")
_NUMBER_ASKED = re.compile(
    f"{_HOW_MANY.pattern}|{_COUNT_OF.pattern}|{_NUMBER_OF.pattern}|{_MONEY.pattern}|{_KATAKANA_COUNTER.pattern}"
    f"|{_HOURS.pattern}|{_AGE.pattern}"
)
# 「…の事業、全部でいくつ」「いくつのシナリオ」: what is counted is its own counter.
_THING = "手続き?|事業|施設|業務|団体|項目|アプリ|シナリオ"
_HOW_MANY_THINGS = re.compile(
    rf"いくつの?({_THING})|({_THING})(?:は|が|って|で|の(?:うち|中で?)|、)?(?:[^、。?]{{0,12}}?(?:は|が|って|で))?"
    r"(?:、)?(?:全部で|合計で?|今|いま)?いくつ"
)
_THINGS_IN_CASES = re.compile(
    rf"({_THING})(?:数)?(?:は|って|が|、)?(?:全部で|合計で?|今|いま)?何(?:件|個|か所|箇所)"
)
_WHEN = re.compile(
    r"いつ(?!でも|も)|何年|何月|何日|何時(?!間)|時期|開催日|期限|期間|年月|年度は|日程|日時|何年度|策定日|改訂日"
    # 「報告書が出された日は」「条例の施行日は」, where nothing else is asked after it;
    # days on which something is open or collected are weekdays
    r"|の(?:公布|施行|制定|発足|開館|設立|竣工|着工|締結)(?:は|って)[?？]?$"
    r"|(?:た(?:日付?|年度?)|[るの \u3000]年度?|[一-鿿][一-鿿](?<![館庁業曜園診休務勤集収能])日)(?:は|って|を教えて)?(?:[?？(]|$)"
)
_WHERE_OFFICE = re.compile(
    r"(?:どこ|何|どの)(?:の)?(?:課|部|部署|所属|局)|(?:[課係]|所属)は(?:[?？]|$)|(?:行っ|やっ)て(?:い)?る(?:所|ところ)は|(?:[うくぐすつぬぶむるた]|の(?:担当)?)(?:課|係|部署)(?:は|って|を教えて)?(?:[?？]|$)|担当(?:課|部署|部局|所属|は|って|を教|の(?:課|部署|所属)|です|でし|だ|[?？、]|$|(?:する|し(?:て)?(?:い)?る)(?:の(?:は|って)?(?:どこ|何課|どの|[?？]|$)|ところ|課|部署|所属))|所管|受け持|窓口はどこ|どこが(?:や|担|所|行)|問合せ先|問い合わせ先|連絡先|事務局"
)
_WHO = re.compile(r"誰(?!でも|も)|だれ(?!でも|も)|どなた|氏名|委員長は|本部長は|部長は")
_DEFINITION = re.compile(
    r"とは(?:何|なん|どう|どんな|$|\?|？|、)|^[^、。?]{2,16}って[?？]?$|って(?:何|なに|なん)(?:ですか|のこと|だっけ|\?|？|$|でしたっけ)|どういう(?:意味|こと|もの|考え方)|意味(?:は|を)|定義|何をする(?:もの|こと|ところ|イベント|仕組み|会議|組織|制度|部署)|何の(?:略|こと)|どんな(?:もの|考え方|仕組み|概念)|何を(?:指|意味)"
)
_LIST = re.compile(
    r"全部|すべて|全て|一覧|列挙|挙げ|並べ|(?:事業|業務|取組み?|取り組み|施策|項目|事項|団体|課題)(?:は|って)(?:何(?=で|か|が|[?？]|$)|なに|どれ|どんな|[?？]|$)|何と何|何(?:が|を)(?:含|挙)|どんな(?:もの|こと|種類|取組|取り組み|事業|項目)|には(?:何|どんな)|(?:は|って)何があ[るり]|内訳|主な|[2-9二三四五六七八九２-９](?:つ|点|本柱|項目|種類)|それぞれ|何々|柱|メンバー|構成"
)
_COUNT = re.compile(
    r"(?:全部で|合計で?|合わせて|計)(?:何|いくつ)|何事業|いくつ(?:あ|の|で|$|\?|？)|何(?:個|項目|種類|施設|団体)"
)
_YES_NO = re.compile(
    r"(?:ます|です|でした|ました|いた|てる|ている|いる|ある|ない|った|だった|できた|れた|うる|あり|する|された|えた|せた|けた|れる|える|べた|めた)(?:か|の|のか|んですか|のですか|ってこと)?[?？。]?$|ですか|ましたか|んでしょうか|かどうか|ありますか|なのか|必要ですか|ってこと"
)
_CALENDAR_UNITS = {"年", "か月", "ヶ月", "日", "回"}
_COMPARE = re.compile(
    r"比べ|比較|違い|変化|推移|増え(?:た|まし)|増加し|減っ|減り|減少し|伸び[たてま]|前回(?:は|と|より|から)|からどう|どう変わ|ビフォー|差は|前計画と|旧計画と|始めた頃"
)
# 「初回」「２回目」「第2回」: one of several of the same name.
_ORDINAL = re.compile(r"第(\d{1,3})回|(\d{1,3})(?:回|度|番)目|(初回|初めて開)")
_PLACE = re.compile(r"第\s?\d{1,3}\s?(?:期|次|条|章|版)")
# Documents write 「%」. 「何件」 and 「何施設」 stay: tables name their columns so.
_ASKED_COUNTER = re.compile(r"何パー(?:セント)?(?![ァ-ヶー])")
# 「待たない窓口」, unlike 「使っていない人」, 「全然知らない人」 and 「抵抗がない人」
_NEGATED_NAME = re.compile(r"(?<![一-鿿ぁ-ゖ])([一-鿿][かさたなばまらわ]ない)(?=[一-鿿ァ-ヶ])")
_COUNTED = re.compile(r"(?<![\d.])\d{1,2}(?:つ|本(?=柱)|点(?!数)|個)")
# Question words that the tokeniser takes for verbs, and words that only tie a sentence together.
_TYING = re.compile(
    r"(?<=[一-鿿ァ-ヶーa-z])の(?:製品|商品)名|何という(?:製品|商品)|いく[つら]|どう変わ(?:っ(?:て(?:き|い)?た?)?|[りるら])?|じゃあ|それぞれ|ということ|というのは|挙げて"
)
# 「No.6439」: documents set the number in a cell of its own.
_NUMBER_SIGN = re.compile(r"(?<![a-z])no\.?\s*(?=\d)")
_MONTH_DAY = re.compile(r"[年度./-]*(?:\d{1,2}(?:月末?|[./-]|(?=\D|$))(?:\d{1,2}日?)?)?")
# 「何人いました」, which the tokeniser takes for one word.
_HOW_MANY_PEOPLE = re.compile(r"何[人名分](?!か(?!か))")
# Who knows of something, or does not, is what a survey tells; else 「知って」 is how one asks.
_WHO_KNOWS = re.compile(r"知(?:らない|って(?:い)?る)(?=[^、。?]{0,10}?(?:人|者|割合|市民|方|回答))")
_INTERROGATIVE = re.compile(
    r"何|なに|なん|誰|だれ|どなた|どこ|いつ|いくつ|いくら|どれ|どの|どんな|どう|どちら|なぜ|教えて"
)


def read_question(text: str) -> Question:
    """The question as the engine understands it. Never fails; unknown forms are TEXT."""
    normalised = normalise(text).text.strip()
    mentions = years(normalised)
    # Dates and counts (「３本柱」) select among passages; they are not what the question is about.
    topic = _without(normalised, mentions)
    topic = _NUMBER_SIGN.sub(" ", _THINGS_IN_CASES.sub(r"\1 ", topic))
    for pattern in (_COUNTED, _ORDINAL, _PLACE, _ASKED_COUNTER, _HOW_MANY_PEOPLE, _TYING):
        topic = pattern.sub(" ", topic)
    who_knows = {match.start(): match.group() for match in _WHO_KNOWS.finditer(topic)}
    kept = [
        token._replace(surface=who_knows.get(token.start, token.surface))
        for token in content_tokens(topic)
        if _is_topic(token) or token.start in who_knows
    ]
    return Question(
        text=text,
        normalised=normalised,
        kinds=_kinds(normalised),
        units=_units(normalised),
        terms=tuple(dict.fromkeys(token.lemma for token in kept)),
        words=tuple(dict.fromkeys(token.surface for token in kept)),
        lemma_words=tuple((token.lemma, token.surface) for token in kept),
        years=tuple(mentions),
        same_counters=tuple(
            match.group(1).rstrip("き") for match in _THINGS_IN_CASES.finditer(normalised)
        ),
        places=tuple(match.group().replace(" ", "") for match in _PLACE.finditer(normalised)),
        negated=tuple(dict.fromkeys(_NEGATED_NAME.findall(normalised))),
        ordinals=tuple(int(m[1] or m[2] or 1) for m in _ORDINAL.finditer(normalised)),
    )


def _without(text: str, mentions: list[YearMention]) -> str:
    """`text` with its dates blanked, month and day included."""
    for mention in mentions:
        rest = _MONTH_DAY.match(text, mention.end)
        end = rest.end() if rest else mention.end
        text = text[: mention.start] + " " * (end - mention.start) + text[end:]
    return text


def _is_topic(token: Token) -> bool:
    if token.lemma in _QUESTION_LEMMAS or token.surface in _QUESTION_LEMMAS:
        return False
    # A single kana is a fragment of colloquial speech, not a topic.
    return len(token.surface) > 1 or not "\u3041" <= token.surface <= "\u309f"


def _kinds(question: str) -> tuple[QuestionKind, ...]:
    tests = (
        (QuestionKind.COMPARE, _COMPARE),
        (QuestionKind.COUNT, _COUNT),
        (QuestionKind.NUMBER, _NUMBER_ASKED),
        (QuestionKind.DATE, _WHEN),
        (QuestionKind.DEPARTMENT, _WHERE_OFFICE),
        (QuestionKind.PERSON, _WHO),
        (QuestionKind.DEFINITION, _DEFINITION),
        (QuestionKind.LIST, _LIST),
    )
    kinds = [kind for kind, pattern in tests if pattern.search(question)]
    if QuestionKind.DATE in kinds and set(_units(question)) <= _CALENDAR_UNITS:
        kinds = [kind for kind in kinds if kind is not QuestionKind.NUMBER]
    if QuestionKind.DEPARTMENT in kinds and set(_units(question)) <= {"課"}:
        kinds = [kind for kind in kinds if kind is not QuestionKind.NUMBER]  # 「何課」
    if not _INTERROGATIVE.search(question) and _YES_NO.search(question):
        kinds.append(QuestionKind.YES_NO)
    return tuple(kinds) or (QuestionKind.TEXT,)


def _units(question: str) -> tuple[str, ...]:
    found: list[str] = []
    question = re.sub(_PER, " ", question)
    for match in _HOW_MANY.finditer(question):
        unit = match.group(1) or match.group(2)
        if unit:
            found.append(unit)
        elif re.match(r"割合|比率|率|何%|何割", match.group()):
            found.append("%")
        elif match.group().startswith("件数"):
            found.append("件")
        elif match.group().startswith("人数"):
            found.append("人")
        elif "時間" in match.group():
            found.append("時間")
        elif match.group().startswith("順位"):
            found.append("位")
    for match in _NUMBER_OF.finditer(question):
        unit = match.group(1)
        found.append("人" if unit in ("者", "員") else unit.rstrip("き"))
    if not found and (things := _HOW_MANY_THINGS.search(question)):
        found.append((things.group(1) or things.group(2)).rstrip("き"))
    if _MONEY.search(question):
        found.append("円")
    if _HOURS.search(question):
        found.append("時間")
    if _AGE.search(question):
        found.append("歳")
    found.extend(match.group(1) for match in _KATAKANA_COUNTER.finditer(question))
    if "%" in found or "パーセント" in found:  # 「比率は何割」 asks for one figure
        found = [unit for unit in found if unit != "割"]
    return tuple(dict.fromkeys("%" if unit in ("パーセント", "パー") else unit for unit in found))
