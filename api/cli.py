"""The command line `shiori`. Starts light: every verb imports what it needs when it runs."""

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper

import typer
from typer.exceptions import Abort, TyperException

from api.commands.acts import record_act
from api.commands.ask import ask
from api.commands.audit import (
    anchor_audit,
    export_audit,
    list_audit,
    prune_audit,
    verify_audit,
)
from api.commands.backup import backup, restore
from api.commands.doctor import doctor
from api.commands.documents import (
    label_document,
    list_documents,
    remove_document,
    show_document,
)
from api.commands.draft import draft
from api.commands.evaluate import evaluate
from api.commands.ingest import ingest
from api.commands.options import CommandError, CommandInterruptedError
from api.commands.reindex import reindex
from api.commands.review import accept_document, exclude_pages_of, include_pages_of
from api.commands.serve import serve
from api.commands.service import nginx_file, unit_file
from api.commands.stats import stats
from api.commands.users import (
    add_user,
    disable_user,
    enable_user,
    import_users,
    issue_token,
    list_users,
    reset_password,
    set_department,
    set_groups,
    set_roles,
)
from api.commands.versions import replace_document, supersede_document

INTERRUPTED = 130

app = typer.Typer(
    help="しおり: 庁内文書だけを根拠に、出典を付けて質問に答える。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
documents = typer.Typer(help="登録されている文書を見る、削除する。", no_args_is_help=True)
documents.command("list")(list_documents)
documents.command("show")(show_document)
documents.command("label")(label_document)
documents.command("remove")(remove_document)
documents.command("replace")(replace_document)
documents.command("supersede")(supersede_document)
documents.command("exclude")(exclude_pages_of)
documents.command("include")(include_pages_of)
documents.command("accept")(accept_document)

users = typer.Typer(help="利用者を登録する、止める、役割とグループを決める。", no_args_is_help=True)
users.command("add")(add_user)
users.command("import")(import_users)
users.command("list")(list_users)
users.command("disable")(disable_user)
users.command("enable")(enable_user)
users.command("roles")(set_roles)
users.command("groups")(set_groups)
users.command("department")(set_department)
users.command("reset-password")(reset_password)
users.command("token")(issue_token)

audit = typer.Typer(help="監査の記録を確かめる、見る、書き出す。", no_args_is_help=True)
audit.command("verify")(verify_audit)
audit.command("anchor")(anchor_audit)
audit.command("list")(list_audit)
audit.command("export")(export_audit)
audit.command("prune")(prune_audit)

service = typer.Typer(help="この機械で動かし続けるための設定ファイルを作る。", no_args_is_help=True)
service.command("unit")(unit_file)
service.command("nginx")(nginx_file)

app.command("ingest")(ingest)
app.command("ask")(ask)
app.command("draft")(draft)
app.command("stats")(stats)
app.command("serve")(serve)
app.add_typer(service, name="service")
app.add_typer(documents, name="documents")
app.add_typer(users, name="user")
app.add_typer(audit, name="audit")
app.command(
    "eval",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(evaluate)
app.command("reindex")(reindex)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("doctor")(doctor)

_USAGE_SENTENCES = {
    "MissingParameter": "必要な引数またはオプションがありません",
    "NoSuchOption": "知らないオプションです",
    "BadOptionUsage": "オプションに値がありません",
    "BadParameter": "引数またはオプションの値が正しくありません",
}


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that is not UTF-8 shows escapes rather than failing on a rare character.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one verb and returns its exit code; an expected error is one line on stderr."""
    try:
        record_act(arguments)
        result = app(arguments, prog_name="shiori", standalone_mode=False)
    except (KeyboardInterrupt, Abort):
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output has gone, as in `shiori documents list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except TyperException as error:
        return _report_usage(error)
    except CommandInterruptedError as error:
        print(error, file=sys.stderr)
        return INTERRUPTED
    except CommandError as error:
        return _fail(str(error))
    except Exception as error:
        return _report_failure(error)
    if result == INTERRUPTED:
        return _interrupted()
    return result if isinstance(result, int) else 0


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _interrupted() -> int:
    print("中断しました。登録が済んだ文書はそのまま使えます。", file=sys.stderr)
    return INTERRUPTED


def _report_usage(error: TyperException) -> int:
    """The parser speaks English; its sentence is replaced by one of ours."""
    kind = type(error).__name__
    context = getattr(error, "ctx", None)
    verb = context.command_path if context is not None else "shiori"
    if kind == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    sentence = _USAGE_SENTENCES.get(kind, "コマンドの使い方が正しくありません")
    parameter = getattr(error, "param", None)
    name = getattr(error, "option_name", None)
    if parameter is not None:
        name = " / ".join(parameter.opts) if parameter.opts[0].startswith("-") else parameter.name
    subject = f"（{name}）" if isinstance(name, str) else ""
    print(f"{sentence}{subject}。`{verb} --help` で使い方を確かめてください。", file=sys.stderr)
    return error.exit_code


def _report_failure(error: Exception) -> int:
    from rag.errors import ShioriError

    if isinstance(error, ShioriError):
        return _fail(error.message)
    if os.environ.get("SHIORI_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        where = f"「{error.filename}」" if error.filename else "ファイル"
        return _fail(f"{where}を読み書きできません。権限と空き容量を確かめてください。")
    return _fail(
        f"内部で問題が起きました（{type(error).__name__}）。"
        "SHIORI_DEBUG=1 を付けて実行すると、詳しい内容を表示します。"
    )


if __name__ == "__main__":
    main()
