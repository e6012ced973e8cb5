"""What OpenAPI promises of every call, and of every text that a client may send."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from api.main import app
from api.schemas import Stage
from ingest.pipeline.order import STAGES

DESCRIBED = app.openapi()
CALLS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]
WITH_KEY = [call for call in CALLS if call[0].startswith("/api/")]


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIBED["paths"][path][method]
    return found


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_every_error_is_a_problem_document(path: str, method: str) -> None:
    for status, response in operation(path, method)["responses"].items():
        if int(status) < 400 or path == "/health/ready":
            continue
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert all(example["value"]["status"] == int(status) for example in content["examples"].values())
    assert "HTTPValidationError" not in DESCRIBED["components"]["schemas"]


@pytest.mark.parametrize(("path", "method"), WITH_KEY)
def test_every_call_with_a_key_names_what_any_may_meet(path: str, method: str) -> None:
    assert {"401", "403", "413", "422", "429", "500", "503"} <= set(operation(path, method)["responses"])
    if "{" in path:
        assert "404" in operation(path, method)["responses"]


def schemas(schema: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """This schema and all inside it, with where each stands."""
    if "$ref" in schema:
        schema = DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield name, schema
    for key, inner in schema.get("properties", {}).items():
        yield from schemas(inner, f"{name}.{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from schemas(schema[key], f"{name}[]")
    for inner in [*schema.get("anyOf", ()), *schema.get("patternProperties", {}).values()]:
        yield from schemas(inner, name)


def sent() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method in WITH_KEY:
        call = operation(path, method)
        for parameter in call.get("parameters", ()):
            if parameter["in"] != "header":  # HTTP allows no NUL there
                yield from schemas(parameter["schema"], f"{method} {path} {parameter['name']}")
        for content in call.get("requestBody", {}).get("content", {}).values():
            yield from schemas(content["schema"], f"{method} {path} body")


TEXTS = {name: schema for name, schema in sent() if schema.get("type") == "string"}
# Searched for as a space: whatever is typed is a question. Neither a password nor a key is ever stored.
ANYTHING = {
    "get /api/v1/search q",
    "get /api/v1/search/suggest q",
    "post /api/v1/tasks/{task_id}/retry body.password",
    "post /api/v1/session body.key",
}


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - ANYTHING))
def test_no_text_may_hold_what_the_database_cannot(name: str) -> None:
    schema = TEXTS[name]
    if "enum" in schema or "const" in schema or schema.get("format") in {"uuid", "date", "date-time"}:
        return
    assert re.search(schema["pattern"], "a\0b") is None


def test_there_is_something_to_look_at() -> None:
    assert {"get /api/v1/documents office", "post /api/v1/uploads body.metadata"} <= TEXTS.keys()
    assert TEXTS.keys() >= ANYTHING


def test_it_says_where_it_is_served_and_shows_examples() -> None:
    assert DESCRIBED["servers"][0]["url"] == "/"
    parts = DESCRIBED["components"]["schemas"]
    for name in ("UploadRequest", "UploadAnswer", "TaskAnswer", "DocumentAnswer", "SearchAnswer", "Problem"):
        assert parts[name]["examples"], name
    assert parts["TaskAnswer"]["properties"]["status"] == {"$ref": "#/components/schemas/Status"}


def test_the_stages_are_those_of_the_pipeline() -> None:
    assert get_args(Stage) == tuple(stage.name for stage in STAGES)
