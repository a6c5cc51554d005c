"""Words that come in opposites: where one is said for the other, a sentence says the contrary."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Direction:
    group: str
    side: str
    start: int
    end: int


# group: (one side, the other). Only what a source also says in such words is checked.
_GROUPS: dict[str, tuple[str, str]] = {
    "増減": (
        r"増加|増え|増や|増額|増設|増員|増(?=[、。とのしで)]|$)|伸び|拡大|拡充|上昇|高ま|向上|改善|上回|プラス|加速|(?<![来仕立盛])上が[りっるら]",
        r"減少|減っ|減り|減ら|減額|削減|減(?=[、。とのしで)]|$)|縮小|縮減|低下|下降|悪化|下回|短縮|マイナス|鈍化|下が[りっるら]|落ち(?!着)",
    ),
    "可否": (r"可能|でき(?:る|ま|た)|認め", r"不可|できな|できま?せ|できず|禁止|認めな"),
    "要否": (r"(?<!不)必要|要する|義務", r"不要|必要(?:は|が|も)?な[いく]|必要ありま|任意|要しな"),
    "始終": (r"開始|始ま|始め|着手|開設|新設|導入し", r"終了|中止|停止|休止|廃止|打ち切"),
    "有無": (r"(?<!で)(?<!も)ある(?!い|程)|あり(?=[、。])|有する|設け", r"なし|無し|存在しな"),
    "全部": (
        r"すべて|全て|全庁|全部(?!局)|全員|全職員|全施設|全課|全業務|全面",
        r"一部(?!事務)|部分的",
    ),
    "費用": (r"有料|有償", r"無料|無償"),
    "公開": (r"(?<!非)公開|公表", r"非公開|非公表"),
    "賛否": (r"賛成|承認|可決", r"反対|否決|不承認"),
    "順位": (r"最多|最大|最高|最も多|最も高|一番多", r"最少|最小|最低|最も少|最も低|一番少"),
    "多少": (r"多(?:い|く|かっ|数)(?!と)", r"少な(?:い|く|かっ)"),
    "高低": (r"高(?:い|く|かっ)", r"低(?:い|く|かっ)"),
    "午前後": (r"午前", r"午後"),
    "上下期": (r"上半期|上期", r"下半期|下期"),
    "開閉": (r"開い|開庁|開館", r"閉ま|閉じ|閉庁|閉館"),
    "内外": (r"市内|庁内", r"市外|庁外"),
    "正規": (r"(?<!非)正規|常勤", r"非正規|非常勤|会計年度任用"),
    "黒赤": (r"黒字", r"赤字"),
    "対象": (r"対象(?!外)(?=と|に|で|。|、)", r"対象外"),
}
_SIDES = {name: (re.compile(one), re.compile(other)) for name, (one, other) in _GROUPS.items()}


def directions(normalised: str) -> list[Direction]:
    """The words of a pair, with which side they are of. The longer reading wins: 不要, not 必要."""
    found: list[Direction] = []
    for group, patterns in _SIDES.items():
        spans = [
            Direction(group, side, *match.span())
            for side, pattern in zip("+-", patterns, strict=True)
            for match in pattern.finditer(normalised)
        ]
        found += [
            span
            for span in spans
            if not any(
                other is not span
                and other.start <= span.start
                and span.end <= other.end
                and (other.end - other.start) > (span.end - span.start)
                for other in spans
            )
        ]
    return found
