"""What OpenAPI says beyond what FastAPI finds out by itself."""

from typing import Any


def refine(described: dict[str, Any], most_bytes: int | None) -> None:
    """Say the largest size of an upload, once the settings are read, and that no parameter of an URL is null."""
    for methods in described["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                _without_null(parameter["schema"])
    if most_bytes is not None:
        described["components"]["schemas"]["UploadRequest"]["properties"]["size"]["maximum"] = most_bytes


def _without_null(schema: dict[str, Any]) -> None:
    """An optional one is left out; `null` would be a word like any other."""
    choices = [choice for choice in schema.pop("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema.update(choices[0])
    elif choices:
        schema["anyOf"] = choices
