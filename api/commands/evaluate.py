"""`shiori eval …`: hands everything on to the evaluation's own command line."""

import typer


def evaluate(context: typer.Context) -> None:
    """質問集で回答の質を測る（run、compare）。"""
    from api.offline import forbid_telemetry

    forbid_telemetry()
    from eval.cli import app

    if not context.args:
        context.args.append("--help")
    result = app(context.args, prog_name="shiori eval", standalone_mode=False)
    if isinstance(result, int) and result:
        raise typer.Exit(result)
