"""Google's generative AI over REST: descriptions by Gemini, and embeddings.

The design card names `google-generativeai`, whose support has ended; nothing else imports it. It takes a second
to import and so is loaded by the first client, which only a process with a key makes.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Protocol

import structlog

from ingest.adapters.google_calls import PASSING, PATIENCE, REQUEST_SECONDS, Pace, PacedCalls, readable, retry_after
from ingest.describing import prompt
from ingest.describing.answers import believed
from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Description
from ingest.domain.pages import Vector
from ingest.errors import AiRateLimited, AiRejected, AiUnavailable
from ingest.ports import Metrics

log = structlog.get_logger(__name__)

QUERY_SECONDS = 5.0  # a person waits for a search, which can do without a vector
EMBED_BATCH = 100  # what batchEmbedContents takes at once


def _load() -> ModuleType:
    with warnings.catch_warnings():
        # It says at every import that its support has ended; the design card asks for it all the same.
        warnings.simplefilter("ignore", FutureWarning)
        import google.generativeai as genai  # noqa: PLC0415  see the module's docstring

        return genai


class GoogleClient:
    """The calls of Google's API that we use; its exceptions become ours, its answers are counted."""

    def __init__(self, api_key: str, endpoint: str, metrics: Metrics, pace: Pace | None = None) -> None:
        """`endpoint` is empty for Google's own, else `http://host:port` of a stand-in; `pace` is that of all processes."""
        self._calls = PacedCalls(metrics, pace)
        self._genai: Any = _load()
        options = {"api_endpoint": endpoint} if endpoint else None
        # REST: a gRPC channel made before a fork hangs.
        self._genai.configure(api_key=api_key, transport="rest", client_options=options)

    def generate(self, model: str, instruction: str, text: str, schema: dict[str, Any]) -> str:
        """The model's answer, which should be JSON; `text` is data and goes apart from the instruction.

        Nothing is said of the temperature: from Gemini 3 on a lower one than the model's own makes loops likely. Raises
        AiRateLimited, AiUnavailable, AiRejected (a blocked answer too).
        """

        @_errors()
        def ask() -> str:
            answer = self._genai.GenerativeModel(model, system_instruction=instruction).generate_content(
                readable(text),
                generation_config=self._genai.GenerationConfig(response_mime_type="application/json", response_schema=schema),
                request_options=_once_within(REQUEST_SECONDS),
            )
            if not answer.candidates or not answer.candidates[0].content.parts:
                raise AiRejected("no candidate: blocked or empty")
            return str(answer.text)

        return self._calls.make("generate", ask, 1, PATIENCE)

    def embed(self, model: str, texts: Sequence[str], dimensions: int, seconds: float, **options: str) -> list[Vector]:
        """One vector of length 1 a text. Raises AiRateLimited, AiUnavailable, AiRejected."""

        @_errors()
        def ask() -> list[Vector]:
            answer = self._genai.embed_content(
                model=f"models/{model.removeprefix('models/')}",
                content=[readable(text) for text in texts],
                output_dimensionality=dimensions,
                request_options=_once_within(seconds),
                **options,
            )
            vectors = [_unit(values) for values in answer["embedding"]]
            if len(vectors) != len(texts) or any(len(vector) != dimensions for vector in vectors):
                raise AiUnavailable("vectors are missing or of another size")
            return vectors

        return self._calls.make("embed", ask, len(texts), 0 if seconds <= QUERY_SECONDS else PATIENCE)


def _once_within(seconds: float) -> dict[str, Any]:
    """Our own clock retries, not the client's."""
    return {"timeout": seconds, "retry": None}


def _unit(values: Sequence[Any]) -> Vector:
    """The vector at length 1: Google normalises its full size alone. Raises AiUnavailable."""
    vector = [float(value) for value in values]  # NaN comes as a word
    length = math.hypot(*vector)
    if not (math.isfinite(length) and length):
        raise AiUnavailable("a vector without direction")
    return [value / length for value in vector]


@contextmanager
def _errors() -> Iterator[None]:
    """Google's, its transport's and its parser's exceptions as ours. A message can hold the key: types alone go on."""
    import requests  # noqa: PLC0415  comes with the client, and only where it is used
    from google.api_core import exceptions  # noqa: PLC0415
    from google.protobuf import json_format  # noqa: PLC0415

    try:
        yield
    except exceptions.TooManyRequests as error:
        raise AiRateLimited(type(error).__name__, retry_after=retry_after(error.details, error.response)) from None
    except (exceptions.ServerError, exceptions.RetryError) as error:
        raise AiUnavailable(type(error).__name__) from None
    except exceptions.ClientError as error:
        if error.code in PASSING:
            raise AiUnavailable(f"{type(error).__name__} {error.code}") from None
        raise AiRejected(f"{type(error).__name__} {error.code}") from None
    except (requests.RequestException, exceptions.GoogleAPIError) as error:
        raise AiUnavailable(type(error).__name__) from None
    except (json_format.Error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # A 200 whose body is not what the protocol or the schema says: the client's own parser fails on it, or ours.
        raise AiUnavailable(f"unreadable answer: {type(error).__name__}") from None


class Generator(Protocol):
    """Who has Gemini answer: either of Google's clients."""

    def generate(self, model: str, instruction: str, text: str, schema: dict[str, Any]) -> str:
        """The model's answer. Raises AiRateLimited, AiUnavailable, AiRejected."""


class GeminiDescriber:
    """Implements `ports.Describer` by Gemini in JSON mode; its answer is checked like any input.

    An answer that is no object is asked for once more; where that is none either, or the day's calls are used up, the
    description is the rules'.
    """

    costs = True

    def __init__(self, client: Generator, model: str, may_ask: Callable[[], bool] = lambda: True) -> None:
        """`may_ask` counts a call, and says whether the day's budget has it."""
        self._client = client
        self._model = model
        self._may_ask = may_ask
        self._rules = OfficeRules()
        self.recipe = f"{model}:3"

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document. Raises AiRateLimited, AiUnavailable, AiRejected."""
        read = self._rules.describe(text, filename)
        answer = self._answer(prompt.question(text, filename))
        return read if answer is None else believed(answer, text, read, self.recipe)

    def _answer(self, question: str) -> dict[str, Any] | None:
        for instruction in (prompt.INSTRUCTION, prompt.INSTRUCTION + prompt.REPAIR):
            if not self._may_ask():
                log.info("google_budget_used_up", model=self._model)
                return None
            said = self._client.generate(self._model, instruction, question, prompt.SCHEMA)
            if (answer := prompt.parsed(said)) is not None:
                return answer
            log.warning("google_answer_unusable", model=self._model, characters=len(said))
        return None


class GoogleEmbedder:
    """Implements `ports.Embedder` by a Google model; vectors have length 1."""

    costs = True
    batch_size = EMBED_BATCH

    def __init__(self, client: GoogleClient, model: str, dimensions: int) -> None:
        self._client = client
        self.model = self.recipe = model
        self.dimensions = dimensions
        # From the second generation on the task stands in the text, and task_type is ignored.
        self._in_text = "embedding-2" in model

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order. Raises AiRateLimited, AiUnavailable, AiRejected."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), EMBED_BATCH):
            vectors += self._embed_batch(texts[start : start + EMBED_BATCH], title)
        return vectors

    def _embed_batch(self, texts: Sequence[str], title: str) -> list[Vector]:
        if self._in_text:
            texts = [f"title: {title or 'none'} | text: {text}" for text in texts]
            return self._client.embed(self.model, texts, self.dimensions, REQUEST_SECONDS)
        options = {"title": readable(title)} if title else {}
        return self._client.embed(self.model, texts, self.dimensions, REQUEST_SECONDS, task_type="retrieval_document", **options)

    def embed_query(self, text: str) -> Vector:
        """The vector of a question. Raises as `embed_passages`."""
        if self._in_text:
            asked, options = f"task: search result | query: {text}", {}
        else:
            asked, options = text, {"task_type": "retrieval_query"}
        return self._client.embed(self.model, [asked], self.dimensions, QUERY_SECONDS, **options)[0]
