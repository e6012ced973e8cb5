"""The parameters of an URL: those that the call has, each once. FastAPI by itself lets any other pass without a word.

A filter that is not understood would answer with everything, as if nothing had been asked for.
"""

from collections import Counter
from typing import Any, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from api import wording


async def only_known(request: Request) -> None:
    """A dependency: raises RequestValidationError that names each parameter that the call lacks, or that comes twice."""
    taken = _taken(request)
    given = Counter(name for name, _ in request.query_params.multi_items())
    errors = [wording.of_parameter("unknown_parameter", name) for name in given if name not in taken]
    errors += [wording.of_parameter("repeated_parameter", name) for name, times in given.items() if name in taken and times > 1]
    if errors:
        raise RequestValidationError(errors)


def _taken(request: Request) -> set[str]:
    """The names that OpenAPI has for this call: no parameter of ours is a list, so each is taken once."""
    calls = cast(dict[str, Any], request.app.openapi()["paths"][request.scope["route"].path_format])
    return {one["name"] for one in calls[request.method.lower()].get("parameters", ()) if one["in"] == "query"}
