"""Bank account, date of birth and name, in folded text.

Names are found only where something says so: a label before, or an honorific after a common family
name with a given name. What stands free in a sentence is not looked for.
"""

import re
from collections.abc import Iterator

from rag.personal.kinds import Finding, PersonalKind

_ACCOUNT = re.compile(
    r"(?:(?:普通|当座|貯蓄)(?:預金|口座|貯金)?|口座)(?:の?番号|No\.?)?[はが:) 、]{0,3}([0-9]{3,4}-?[0-9]{3,4})(?![0-9円件人]|-[0-9])"
    r"|記号[ :]{0,2}([0-9]{5}(?:-[0-9])?[ 、,・/]{0,2}番号[ :]{0,2}[0-9]{2,8})"
    r"|(?:支店|銀行|金庫|組合|農協)[ 、(]{0,2}(?:[0-9]{3}[) ]{0,2})?(?:普|当)[) 、:]{0,2}([0-9]{6,8})(?![0-9])"
)
_ERA = "(?:明治|大正|昭和|平成|令和|[MTSHR])"
_NUMERAL = "[0-9〇一二三四五六七八九十元]"
_DATE = (
    rf"(?:{_ERA} ?{_NUMERAL}{{1,4}}[年./-] ?{_NUMERAL}{{1,3}}[月./-] ?{_NUMERAL}{{1,3}}日?"
    r"|(?:18|19|20)[0-9]{2} ?[年./-] ?[0-9]{1,2} ?[月./-] ?[0-9]{1,2}日?|(?:19|20)[0-9]{6}(?![0-9])"
    rf"|[一二]{_NUMERAL}{{3}}年{_NUMERAL}{{1,3}}月{_NUMERAL}{{1,3}}日)"
)
_BIRTH_BEFORE = re.compile(
    rf"(?:生年月日|誕生日|生れ|DOB|birthday)[がはを: (「]{{0,3}}({_DATE})", re.IGNORECASE
)
_BIRTH_AFTER = re.compile(
    rf"({_DATE})[ (]?(?:生(?!成|産|活|徒|涯|じ|か)|うまれ|に?生まれ|に?誕生した)"
)
_NAME_LABEL = re.compile(
    r"(?:氏名|お名前|名前|申請者名?|届出人|世帯主|本人|被保険者名|受給者名?|保護者名?|代理人)(?:の氏名)?(?:は|:| ){1,2} ?"
    r"([一-龥々]{1,3} [一-龥々ぁ-んァ-ヴー]{1,4}|[一-龥々]{3,5}|[ァ-ヴー]{2,6} [ァ-ヴー]{2,6})"
    r"(?=$|[\s、。,)(様さ(「にのとはがをで])"
)
_FAMILY = "佐藤|鈴木|高橋|田中|伊藤|渡辺|渡邊|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|林|斎藤|斉藤|清水|山崎|森|池田|橋本|阿部|石川|山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上|遠藤|青木|坂本|福田|太田|西村|藤井|金子|岡本|藤原|三浦|中野|中川|原田|松田|竹内|小野|田村|中山|和田|石田|森田|上田|原|柴田|酒井|工藤|横山|宮崎|宮本|内田|高木|安藤|谷口|大野|丸山|今井|藤本|河野|村田|武田|上野|杉山|増田|小島|平野|大塚|千葉|久保|松井|岩崎|桜井|野口|松尾|菊地|菊池|野村|新井|渡部|大西|島田|古川|馬場"
_NAME_CALLED = re.compile(
    rf"(?<![一-龥々])((?:{_FAMILY}) ?[一-龥々]{{1,3}}(?<![市区町村県課部局])|(?:{_FAMILY}) [一-龥々ぁ-んァ-ヴー]{{1,4}})(?= ?(?:さん|様|氏(?!名)|くん|ちゃん))"
)
_HONORIFIC = re.compile("さん|様|氏|くん|ちゃん")
_NO_NAME = re.compile(
    "代表者|申請者|世帯主|担当者|代理人|保護者|届出人|本人|記入欄|記載例|変更届|不明|一覧|市長|所長|部長|課長|係長|主任|議長|委員"
)


def find_particulars(text: str) -> Iterator[Finding]:
    """Findings of one kind after the other; they may overlap."""
    for match in _ACCOUNT.finditer(text):
        group = match.lastindex or 0
        yield Finding(PersonalKind.ACCOUNT, *match.span(group))
    for pattern in (_BIRTH_BEFORE, _BIRTH_AFTER):
        for match in pattern.finditer(text):
            yield Finding(PersonalKind.BIRTH_DATE, *match.span(1))
    # Looking for so many family names takes as long as all the rest.
    called = (_NAME_CALLED,) if _HONORIFIC.search(text) else ()
    for pattern in (_NAME_LABEL, *called):
        for match in pattern.finditer(text):
            name = match.group(1)
            if not _NO_NAME.fullmatch(name) and not name.endswith(("課", "部", "者", "欄", "係")):
                yield Finding(PersonalKind.NAME, *match.span(1))
