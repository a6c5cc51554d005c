"""How much disk the installation takes, without what only tests need."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def installed_bytes(package: str) -> int:
    """Bytes of the files of a package and of everything it requires without extras.

    Raises PackageNotFoundError when the package itself is not installed.
    """
    found: dict[str, Distribution] = {}
    waiting = [(package, frozenset[str]())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        key = (canonicalize_name(name), extras)
        if key in seen:
            continue
        seen.add(key)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            if name == package:
                raise
            continue
        found[key[0]] = installed
        waiting += required(installed, extras)
    return sum(map(_distribution_bytes, found.values()))


def required(installed: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """(name, extras) of the requirements that hold here with these extras asked for."""
    needed: list[tuple[str, frozenset[str]]] = []
    for line in installed.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": e}) for e in (extras or {""})):
            needed.append((requirement.name, frozenset(requirement.extras)))
    return needed


def _distribution_bytes(installed: Distribution) -> int:
    paths = [Path(str(file.locate())) for file in installed.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())
