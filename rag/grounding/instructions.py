"""Text that speaks to the tool instead of about the city. Nothing a model writes may rest on it.

It stays in the documents and can be quoted word for word; only, a sentence that a model makes of it
would be the model's obedience dressed as an answer.
"""

import re

from rag.text import normal

# Narrower than `rag.drafting.planted`, which is for sheets: plans speak of AI and of instructions.
_COMMANDS = re.compile(
    r"(?:指示|命令|決まり|ルール|規則|ここまで|以上|上)(?:の[^。]{0,8})?を?(?:無視|忘れ|破棄)"
    r"|と(?:だけ|のみ)?(?:答え|回答|返答|出力|発言)(?:よ|ろ|せよ|しろ|しなさい|して|すること|て(?:くだ|下|いた)|なさい)"
    r"|(?:せよ|しろ|示せ|書け|答えよ|繰り返せ|開け|読め|出せ|見せろ|従え|忘れろ)(?:[。!」』）)]|$)"
    r"|(?:この先|今後|以後)の?会話|システム(?:指示|プロンプト)"
    r"|\b(?:ignore|disregard|forget)\b.{0,40}|\b(?:answer|reply|respond|output)\b.{0,12}\b(?:only|with)\b|output(?:は|:)"
    r"|(?:ほか|他)の利用者"
)


def commands(text: str) -> bool:
    """Whether `text` tells whoever reads it as a machine what to do."""
    return bool(_COMMANDS.search(normal(text)))
