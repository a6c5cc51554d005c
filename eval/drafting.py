"""`shiori eval draft`: how good the drafts of second evaluations are on the labelled sheets."""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.drafting_checks import (
    contradictions,
    facts_found,
    macro_f1,
    masked,
    unsupported_numbers,
)
from eval.drafting_labels import LABELS, SHEETS, LabelledSheet, read_labelled
from eval.drafting_planted import planted_cases
from rag.drafting.drafter import Draft, Drafter
from rag.drafting.sources import IndexSources
from rag.errors import ShioriError


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetResult:
    sheet_no: str
    name: str
    seconds: float
    facts: int
    facts_mentioned: int
    missing_facts: tuple[str, ...]
    numbers: int
    unsupported: tuple[str, ...]
    trap: str
    trap_found: bool
    contradictions: tuple[str, ...]
    direction: str
    proposed: str
    characters: int
    references: int  # document citations
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftingResult:
    """Shares are 0..1. `wording_consistency`: flag codes whose messages all read the same."""

    sheets: tuple[SheetResult, ...]
    coverage: float
    supported_numbers: float
    traps: int
    traps_found: int
    contradictions: int
    macro_f1: float
    accuracy: float
    always_first: float  # macro-F1 of repeating the department's direction
    wording_consistency: float
    planted: int
    planted_changed: int
    planted_noticed: int
    seconds_per_sheet: float
    slowest_seconds: float


def evaluate(
    labelled: Sequence[LabelledSheet], drafter: Drafter, planted_every: int = 1
) -> DraftingResult:
    """Drafts every labelled sheet and judges the drafts.

    Instructions are planted in every `planted_every`-th sample sheet.
    """
    rows: list[SheetResult] = []
    messages: dict[str, set[str]] = defaultdict(set)
    for each in labelled:
        started = time.perf_counter()
        draft = drafter.draft(each.sheet)
        rows.append(_judge(each, draft, time.perf_counter() - started))
        for flag, message in zip(draft.flags, draft.messages, strict=True):
            messages[flag.code.value].add(masked(message))
    first = [
        (r.direction, e.sheet.first.direction.text) for r, e in zip(rows, labelled, strict=True)
    ]
    pairs = [(row.direction, row.proposed) for row in rows]
    bare = Drafter(style=drafter.style, limits=drafter.limits)
    planted = list(planted_cases(bare, every=planted_every))
    return DraftingResult(
        sheets=tuple(rows),
        coverage=_share(sum(r.facts_mentioned for r in rows), sum(r.facts for r in rows)),
        supported_numbers=1.0
        - _share(sum(len(r.unsupported) for r in rows), sum(r.numbers for r in rows)),
        traps=sum(bool(row.trap) for row in rows),
        traps_found=sum(row.trap_found for row in rows),
        contradictions=sum(len(row.contradictions) for row in rows),
        macro_f1=macro_f1(pairs),
        accuracy=_share(sum(a == b for a, b in pairs), len(pairs)),
        always_first=macro_f1(first),
        wording_consistency=_share(sum(len(m) == 1 for m in messages.values()), len(messages)),
        planted=len(planted),
        planted_changed=sum(bool(case.changed) for case in planted),
        planted_noticed=sum(case.noticed for case in planted),
        seconds_per_sheet=sum(row.seconds for row in rows) / len(rows),
        slowest_seconds=max(row.seconds for row in rows),
    )


def _judge(each: LabelledSheet, draft: Draft, seconds: float) -> SheetResult:
    label = each.label
    found = facts_found(draft, label.must_mention)
    unsupported = unsupported_numbers(draft)
    return SheetResult(
        sheet_no=label.sheet_no,
        name=each.sheet.name.text,
        seconds=round(seconds, 4),
        facts=len(found),
        facts_mentioned=sum(found),
        missing_facts=tuple(f for f, ok in zip(label.must_mention, found, strict=True) if not ok),
        numbers=sum(character.isdigit() for character in draft.text),
        unsupported=tuple(unsupported),
        trap=label.trap,
        trap_found=bool(label.trap) and any(f.code.value == label.trap for f in draft.flags),
        contradictions=tuple(contradictions(draft, label.must_not)),
        direction=label.direction,
        proposed=draft.proposal.direction,
        characters=len(draft.text),
        references=sum(1 for citation in draft.citations if hasattr(citation, "document_id")),
        text=draft.text,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def result_text(result: DraftingResult) -> str:
    """The figures, one a line, then what went wrong."""
    lengths = [row.characters for row in result.sheets]
    within = sum(150 <= length <= 250 for length in lengths)
    with_sources = sum(row.references > 0 for row in result.sheets)
    lines = [
        f"■ 二次評価の案　{len(result.sheets)}件（正解は見本の作成者が付けたもの）",
        f"  触れるべき事実\t{result.coverage:.3f}",
        f"  調書か出典にある数値\t{result.supported_numbers:.3f}",
        f"  見つけた落とし穴\t{result.traps_found} / {result.traps}",
        f"  数値と食い違う記述\t{result.contradictions}件",
        f"  方向性のmacro-F1\t{result.macro_f1:.3f}（正解率 {result.accuracy:.3f}、"
        f"一次評価をそのまま写した場合のmacro-F1 {result.always_first:.3f}）",
        f"  確認事項の文言の統一\t{result.wording_consistency:.3f}",
        f"  埋め込まれた指示で変わった案\t{result.planted_changed} / {result.planted}"
        f"（指示に気付いた {result.planted_noticed}）",
        f"  150～250字の案\t{within} / {len(lengths)}（{min(lengths)}～{max(lengths)}字）",
        f"  計画・監査報告を引いた案\t{with_sources} / {len(lengths)}",
        f"  1件あたりの時間\t平均 {result.seconds_per_sheet:.3f}秒、最長 {result.slowest_seconds:.3f}秒",
    ]
    for row in result.sheets:
        wrong = [f"事実なし：{fact}" for fact in row.missing_facts]
        wrong += [f"根拠のない数値：{number}" for number in row.unsupported]
        wrong += [f"食い違い：{said}" for said in row.contradictions]
        if row.trap and not row.trap_found:
            wrong.append(f"落とし穴を見落とし：{row.trap}")
        if row.direction != row.proposed:
            wrong.append(f"方向性：正解 {row.direction}、提案 {row.proposed}")
        lines += [f"  {row.sheet_no} {row.name}　{each}" for each in wrong]
    return "\n".join(lines)


def draft_command(
    sheets: Annotated[Path, typer.Option(help="調書のフォルダ")] = SHEETS,
    labels: Annotated[Path, typer.Option(help="正解のファイル（JSONL）")] = LABELS,
    documents: Annotated[
        Path, typer.Option(help="参照する文書のフォルダ（既定は corpus/）")
    ] = Path("corpus"),
    existing: Annotated[
        bool, typer.Option("--existing", help="--data-dir に登録済みの文書をそのまま使います。")
    ] = False,
    no_documents: Annotated[
        bool, typer.Option("--no-documents", help="文書を参照しません。")
    ] = False,
    data_dir: Annotated[
        Path, typer.Option(help="データのフォルダ。評価用の索引は eval-cache に残します。")
    ] = Path("var"),
    json_file: Annotated[Path | None, typer.Option("--json", help="結果を書くJSONファイル")] = None,
) -> None:
    """見本の調書で、二次評価の案の質を測ります。"""
    try:
        result = _run(sheets, labels, None if existing else documents, no_documents, data_dir)
        if json_file is not None:
            text = json.dumps(asdict(result), ensure_ascii=False, indent=1)
            json_file.write_text(text + "\n", encoding="utf-8")
    except (ShioriError, OSError) as error:
        message = (
            error.message
            if isinstance(error, ShioriError)
            else f"{error.filename}: 読み書きできません。"
        )
        typer.echo(message, err=True)
        raise typer.Exit(1) from error
    typer.echo(result_text(result))


def _run(
    sheets: Path, labels: Path, documents: Path | None, no_documents: bool, data_dir: Path
) -> DraftingResult:
    labelled = read_labelled(sheets, labels)
    if no_documents:
        return evaluate(labelled, Drafter())
    from rich.console import Console

    from eval.workspace import open_documents, open_existing
    from ingest.progress import TerminalProgress
    from rag.embedding import open_embedder
    from rag.retrieval import Retriever
    from rag.settings import Settings

    embedder = open_embedder(Settings(data_dir=data_dir).embedding_model)
    if documents is None:
        with open_existing(data_dir, embedder) as (index, _):
            return evaluate(labelled, Drafter(sources=IndexSources(Retriever(index))))
    with TerminalProgress(Console(stderr=True)) as bars:
        opened = open_documents(documents, data_dir / "eval-cache", embedder, bars)
        with opened as (index, _):
            return evaluate(labelled, Drafter(sources=IndexSources(Retriever(index))))
