"""What is done at the command line is on record before it is done, as what is done over HTTP is."""

from collections.abc import Sequence
from pathlib import Path

_ACTS = frozenset(
    {"ingest", "draft", "reindex", "backup", "restore", "documents", "user", "doctor --repair"}
)
_OF_ONE = frozenset({"documents", "user"})  # their second word is what is done, the third to what
_LOOKING = frozenset({"list", "show"})


def record_act(arguments: Sequence[str]) -> None:
    """A record of the verb, with the document or account it is about; nothing else of the line.

    None where there is no data folder yet. Raises AuditUnavailableError.
    """
    verb = arguments[0] if arguments else ""
    if verb == "doctor" and "--repair" in arguments:
        verb = "doctor --repair"
    done = arguments[1] if len(arguments) > 1 else ""
    if verb not in _ACTS or "--help" in arguments or (verb in _OF_ONE and done in _LOOKING):
        return
    from api.commands.audit import operator
    from api.commands.options import load_settings
    from rag.registry.audit import AuditLog
    from rag.registry.database import REGISTRY_FILE

    folder = load_settings(_data_dir(arguments)).data_dir
    if not (folder / REGISTRY_FILE).exists():
        return
    fields: dict[str, object] = {**operator(), "action": f"cli {verb}"}
    if verb in _OF_ONE:
        fields["action"] = f"cli {verb} {done}"
        target = arguments[2] if len(arguments) > 2 else ""
        fields["target"] = {verb: target[:200]} if target and not target.startswith("-") else ""
    AuditLog(folder).append(fields)


def _data_dir(arguments: Sequence[str]) -> Path | None:
    for at, argument in enumerate(arguments):
        if argument == "--data-dir" and at + 1 < len(arguments):
            return Path(arguments[at + 1])
        if argument.startswith("--data-dir="):
            return Path(argument.partition("=")[2])
    return None
