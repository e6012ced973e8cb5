"""Gemini by `google-genai`, which can tell it to think little: the optional extra `genai`.

`google-generativeai` has no field for thinking, so that each of its calls pays for the model's default. The package takes
a second to import and so is loaded by the first client.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from ingest.adapters.google_calls import PASSING, PATIENCE, REQUEST_SECONDS, Pace, PacedCalls, readable, retry_after
from ingest.errors import AiRateLimited, AiRejected, AiUnavailable
from ingest.ports import Metrics

# A level is understood from the third generation on; the second refuses it.
_HAS_LEVELS = re.compile(r"(models/)?gemini-([3-9]|\d\d)\b")


def is_installed() -> bool:
    """Whether the extra `genai` is there."""
    return find_spec("google") is not None and find_spec("google.genai") is not None


class ThriftyGemini:
    """Implements `gemini.Generator` by a client that says how much to think; its exceptions become ours."""

    def __init__(self, api_key: str, endpoint: str, metrics: Metrics, pace: Pace | None = None) -> None:
        """`endpoint` is empty for Google's own, else `http://host:port` of a stand-in; `pace` is that of all processes."""
        from google import genai  # noqa: PLC0415  see the module's docstring

        self._calls = PacedCalls(metrics, pace)
        # Our own clock retries, not the client's; and no variable of the environment sends a document to Vertex.
        options: dict[str, Any] = {"timeout": round(1000 * REQUEST_SECONDS), "retry_options": {"attempts": 1}}
        if endpoint:
            options["base_url"] = endpoint
        make: Any = genai.Client  # where the extra is not installed mypy knows nothing of it, and says the same of both
        self._client = make(vertexai=False, api_key=api_key, http_options=options)

    def generate(self, model: str, instruction: str, text: str, schema: dict[str, Any]) -> str:
        """The model's answer, which should be JSON; `text` is data and goes apart from the instruction.

        As with the other client nothing is said of the temperature. Raises AiRateLimited, AiUnavailable, AiRejected (a
        blocked answer too).
        """
        config = {
            "system_instruction": instruction,
            "response_mime_type": "application/json",
            "response_schema": schema,
            "automatic_function_calling": {"disable": True},  # there is no function, and it logs a line a call
            **({"thinking_config": {"thinking_level": "LOW"}} if _HAS_LEVELS.match(model) else {}),
        }

        @_errors()
        def ask() -> str:
            answer = self._client.models.generate_content(model=model, contents=readable(text), config=config)
            said = answer.text  # None where there is no candidate or it has no part
            if said is None:
                raise AiRejected("no candidate: blocked or empty")
            return str(said)

        return self._calls.make("generate", ask, 1, PATIENCE)


@contextmanager
def _errors() -> Iterator[None]:
    """Google's, its transport's and its parser's exceptions as ours. A message can hold the key: types alone go on."""
    import httpx  # noqa: PLC0415  the client's transport, and only where it is used
    from google.genai import errors  # noqa: PLC0415

    try:
        yield
    except errors.APIError as error:
        raise _ours(error) from None
    except httpx.HTTPError as error:
        raise AiUnavailable(type(error).__name__) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # A 200 whose body is not what the protocol says: the client's own parser fails on it.
        raise AiUnavailable(f"unreadable answer: {type(error).__name__}") from None


def _ours(error: Any) -> AiRateLimited | AiUnavailable | AiRejected:
    if error.code == 429:
        said = error.details.get("error") if isinstance(error.details, dict) else None
        details = said.get("details") if isinstance(said, dict) else None
        return AiRateLimited(type(error).__name__, retry_after=retry_after(details, error.response))
    if error.code in PASSING or not 400 <= (error.code or 0) < 500:
        return AiUnavailable(f"{type(error).__name__} {error.code}")
    return AiRejected(f"{type(error).__name__} {error.code}")
