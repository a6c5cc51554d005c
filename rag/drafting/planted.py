"""Text in a sheet that speaks to the tool instead of about the project.

Sheets are data. A sentence that tries to steer the draft is taken out of the text before
anything looks at it, so that figures, flags and proposal are the same with and without it.
"""

import re
import unicodedata
from dataclasses import dataclass

from rag.text import normal, split_sentences

# Who is spoken to, what is to be ignored, how the evaluation is to come out.
_ADDRESSED = r"(?:(?<![a-z])ai(?![a-z])|生成ai|llm|chatgpt|gpt|claude|gemini|言語モデル|人工知能|アシスタント|assistant|しおり|shiori|(?:評価|作成|下書き|自動)(?:支援)?(?:ツール|プログラム)|ボット)"
_TASK = r"(?:評価|判定|方向性|拡充|コメント|出力|記載|記入|フラグ|指摘|下書き|草案|無視|output|rat(?:e|ing)|direction)"
_DEMAND = r"(?:(?:して|にして)(?:ください|下さい|くれ)|しなさい|せよ|すること(?=[。」』）)】\s]|$)|(?:書く|付ける|立てない|出さない)こと|お願いします|命じる|must|should|please)"
_PATTERNS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"{_ADDRESSED}(?:へ|に対し|は|が|なら|の方|[:：、,]).{{0,60}}{_TASK}.{{0,40}}{_DEMAND}",
        rf"^\W*{_ADDRESSED}(?:へ|各位|殿|様)\W*$",
        rf"{_ADDRESSED}.{{0,6}}(?:へ|宛|向け|への).{{0,12}}(?:指示|命令|お願い|注意|連絡)(?:です)?[:：】）)\]]",
        r"(?:これまで|以前|上記|全て|すべて|他|既存|通常)の?.{0,12}(?:指示|命令|ルール|規則|設定|制約|判定|フラグ|評価基準).{0,12}(?:無視|忘れ|従わない(?:で|こと)|破棄|無効に)",
        r"忽略.{0,12}(?:指令|规则|指示)|(?:输出|请将)[:：]?",
        r"(?:システム)?(?:管理者|開発者|運営)(?:より|から|です|:).{0,40}(?:評価|方向性|判定|書き換え|変更)",
        r"^[\W_]*(?:新しい|追加の?|緊急|最優先の?)?(?:指示|命令|コマンド)[\W_]{1,6}(?=\S)",
        r"(?:次|以下|この)の?(?:ルール|規則|指示|命令)を(?:優先|適用|最優先|守)",
        r"方向性.{0,24}(?:拡充|拡大|継続|改善|縮小|統合|休止|廃止|完了).{0,3}(?:(?:に|と|で)(?:変更|固定|書き換え|設定|処理|確定|推薦|記載|回答|返答)|を(?:推薦|推奨|選択|出力))",
        r"(?:拡充|拡大|継続|改善|縮小|統合|休止|廃止|完了).{0,2}(?:に書き換え|で処理|と固定|で固定|を推薦|と回答|と返答)",
        r"二次評価.{0,10}(?:拡充|継続|改善|縮小|統合|休止|廃止|完了).{0,2}(?:で|に)お願い",
        r"(?:警告|注意|確認事項).{0,6}(?:表示しない|隠|伏せ|消)|(?:計算|自動判定|検算|判定)(?:は)?(?:せず|しないで)",
        r"フラグ.{0,3}(?:無し|なし|不要|ゼロ)",
        r"(?:この|本)(?:文|調書|欄)を(?:読ん|処理し|要約し).{0,60}(?:ください|下さい|せよ|こと)",
        # A sentence of English words to an evaluator, in a sheet that is Japanese.
        r"[a-z'’]+(?:[ ,:]+[a-z'’\"“”]+){3,}.{0,40}\b(?:evaluator|model|assistant|warning|warnings|direction|grade|approve|approved|excellent|score|flags?|expansion|instructions?)\b",
        r"\b(?:evaluator|model|assistant|approve|mark|hide|rate|grade|score)\b[^。]{0,60}\b(?:model|approve|warnings?|sheet|project|expansion|excellent|flags?|direction)\b",
        r"(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instruction|rule|prompt|previous|above|flag|guideline)",
        r"\b(?:system|developer)\s*(?:prompt|message|:)|<\s*/?\s*(?:system|instruction|prompt|assistant)|\[/?inst\]|<\|",
        r"あなたは.{0,40}(?:です|である|として|評価者|担当)",
        r"(?:二次評価|下書き|草案|評価案|コメント案|方向性の提案|出力|判定).{0,40}(?:と書いて|と記載して|と出力|とだけ|と記入して|にしてください|にして下さい|としてください|として下さい|とせよ|にせよ|を書くこと|と書くこと|と記載すること|とすること)",
        r"(?:必ず|絶対に|無条件に).{0,30}(?:拡充|継続|高く評価|高評価|最高|満点|問題なし|良好).{0,20}(?:して|せよ|すること|こと|評価|判定|提案)",
        r"(?:フラグ|指摘|確認事項|警告).{0,16}(?:立てない|付けない|出さない|消して|削除して|表示しない|外して|なしに)",
        r"(?:以下|次)の(?:指示|命令|プロンプト)(?:に|を|だけ|のみ)",
        r"\b(?:you are|act as|respond with|output only|you must)\b",
    )
)
# A sentence after such a one still belongs to it when it goes on demanding.
_CONTINUES = re.compile(
    r"(?:して(?:ください|下さい)|しなさい|せよ|すること|とすること|こと)[。」』）)]*$|^(?:また|そして|さらに|なお)、?.{0,30}(?:拡充|継続|評価)|\b(?:must|should|please)\b"
)
# Marks of prompts, with what stands between them.
_MARKED = re.compile(
    r"<\s*(system|instruction|prompt|assistant)\s*>.*?<\s*/\s*\1\s*>|\[INST\].*?\[/INST\]",
    re.IGNORECASE | re.DOTALL,
)
_OPENING, _CLOSING = "【（([［「『<＜〈《", "】）)]］」』>＞〉》"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` without planted instructions and invisible characters; `planted` what they said."""

    text: str
    planted: tuple[str, ...]
    invisible: int  # how many invisible characters were in it


def instructs(text: str) -> bool:
    """Whether `text` tries to tell the tool what to do."""
    searched = normal(text)
    return any(pattern.search(searched) for pattern in _PATTERNS)


def clean_cell(text: str) -> Cleaned:
    """`text` as a department wrote it, planted instructions apart."""
    visible, invisible = _without_invisible(text)
    if not instructs(visible):
        return Cleaned(visible.strip(), (), invisible)
    planted: list[str] = []

    def take(match: re.Match[str]) -> str:
        planted.append(match.group())
        return ""

    kept, blocks = _without_blocks(_MARKED.sub(take, visible))
    planted += blocks
    sentences = [
        piece for start, end in split_sentences(kept) for piece in _pieces(kept[start:end])
    ]
    taken = [instructs(sentence) for sentence in sentences]
    for at in range(1, len(sentences)):
        # A demand broken over two lines, and one that goes on after the first sentence.
        if not (taken[at - 1] or taken[at]) and instructs(sentences[at - 1] + sentences[at]):
            taken[at - 1] = taken[at] = True
        elif taken[at] and _is_broken_off(sentences[at - 1]):
            taken[at - 1] = True
        elif taken[at - 1] and _CONTINUES.search(normal(sentences[at])):
            taken[at] = True
    planted += [sentence for sentence, out in zip(sentences, taken, strict=True) if out]
    joined = "".join(sentence for sentence, out in zip(sentences, taken, strict=True) if not out)
    return Cleaned(joined.strip(), tuple(planted), invisible)


def _pieces(sentence: str) -> list[str]:
    """A sentence that instructs, cut at its Latin full stops, which do not end Japanese ones."""
    if not instructs(sentence):
        return [sentence]
    return [piece for piece in re.split(r"(?<=\D[.])|(?<=[!?])", sentence) if piece.strip()]


def _is_broken_off(sentence: str) -> bool:
    """Whether a line ends in the middle of a sentence: 「これまでの」."""
    return len(sentence) <= 20 and sentence[-1:] not in "。！？!?.」』）)"


def _without_blocks(text: str) -> tuple[str, list[str]]:
    """`text` without the outermost brackets that hold an instruction, and those brackets."""
    kept: list[str] = []
    planted: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        if character in _OPENING:
            if depth == 0:
                kept.append(text[start:at])
                start = at
            depth += 1
        elif character in _CLOSING and depth:
            depth -= 1
            if depth == 0:
                block = text[start : at + 1]
                (planted if instructs(block) else kept).append(block)
                start = at + 1
    kept.append(text[start:])
    return "".join(kept), planted


def _without_invisible(text: str) -> tuple[str, int]:
    """`text` without format characters (zero width, direction marks, tag characters)."""
    kept = [c for c in text if unicodedata.category(c) not in ("Cf", "Co", "Cn") or c == "\u00ad"]
    return "".join(kept), len(text) - len(kept)
