"""Schemathesis sends what the OpenAPI document allows and what it forbids to every operation."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from api_support import (
    RunningServer,
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
    settings_for,
)
from fuzz_support import quick
from hypothesis import given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
INTERNAL = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/tmp/|/home/|/root/|SELECT |INSERT |sqlite|pydantic",
    re.IGNORECASE,
)
load_all_checks()
schema = schemathesis.openapi.from_dict(create_app(settings_for(Path("unused"))).openapi())
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in schema.get_all_operations()
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with (
        registered_index(tmp_path_factory.mktemp("schema")) as index,
        running(app_for(ScriptedAssistant(index))) as server,
    ):
        yield server


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_answers_as_the_document_says(
    operation: str, mode: GenerationMode, server: RunningServer
) -> None:
    @quick(10, share=0.2)
    @given(OPERATIONS[operation].as_strategy(generation_mode=mode))
    def try_it(case: schemathesis.Case) -> None:
        response = case.call(base_url=server.url)
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            assert not INTERNAL.search(response.text), response.text

    try:
        try_it()
    except Unsatisfiable:
        # Nothing is forbidden where any text will do for the only parameter.
        assert mode is GenerationMode.NEGATIVE and not OPERATIONS[operation].body
