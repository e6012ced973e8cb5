"""The real `google-genai` client against a stand-in on loopback, where the extra is installed."""

import json
from collections.abc import Iterator

import pytest

from ingest.adapters.gemini import GeminiDescriber
from ingest.adapters.gemini_thinking_little import ThriftyGemini, is_installed
from ingest.errors import AiRateLimited, AiRejected, AiUnavailable, BandejaError
from tests.support.google_stand_in import JSON, KEY, GoogleStandIn, Reply, error, rate_limited, saying

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not is_installed(), reason="the extra genai is not installed"),
    # The client leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

LETTER = "UGEL 05\nOFICIO N.º 123-2025\nLima, 12 de marzo de 2025\nASUNTO: Remite informe\nDe mi consideración:"
MODEL = "gemini-3.5-flash"


class Tally:
    """Outcomes in order."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        assert (name, labels["api"]) == ("bandeja_ai_requests_total", "generate")
        self.outcomes += [labels["outcome"]] * amount

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        raise AssertionError(name, seconds, labels)


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn().running() as server:
        yield server


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(google: GoogleStandIn, tally: Tally) -> ThriftyGemini:
    return ThriftyGemini(KEY, google.url, tally)


def test_it_describes_and_thinks_little(google: GoogleStandIn, client: ThriftyGemini, tally: Tally) -> None:
    found = GeminiDescriber(client, MODEL).describe(LETTER, "oficio.pdf")
    assert (found.document_type, found.number, found.office) == ("oficio", "123-2025", "UGEL 05")
    asked = google.asked[0]
    # The client writes the field by its name in the protocol buffer, which their JSON form reads as well.
    assert asked["generationConfig"]["thinkingConfig"] == {"thinking_level": "LOW"}
    assert asked["generationConfig"]["responseMimeType"] == "application/json"
    assert "temperature" not in asked["generationConfig"]
    assert "archivista" in json.dumps(asked["systemInstruction"]), "instruction and document go apart"
    assert "archivista" not in json.dumps(asked["contents"])
    assert tally.outcomes == ["ok"]


def test_nothing_is_said_of_thinking_to_a_model_that_has_no_levels(google: GoogleStandIn, client: ThriftyGemini) -> None:
    client.generate("gemini-2.5-flash", "Describe.", LETTER, {"type": "object"})
    assert "thinkingConfig" not in google.asked[0]["generationConfig"]


def test_no_variable_sends_a_document_elsewhere(google: GoogleStandIn, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "another-key")
    ThriftyGemini(KEY, google.url, tally).generate(MODEL, "Describe.", LETTER, {"type": "object"})
    assert google.calls == {"generateContent": 1}


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        (error(500, "INTERNAL"), AiUnavailable),
        (error(503, "UNAVAILABLE"), AiUnavailable),
        (error(408, "DEADLINE_EXCEEDED"), AiUnavailable),
        (error(499, "CANCELLED"), AiUnavailable),
        (error(400, "INVALID_ARGUMENT"), AiRejected),
        (error(403, "PERMISSION_DENIED"), AiRejected),
        (Reply(429, b"[]", JSON), AiRateLimited),
        (Reply(429, b"\xff<html>", JSON), AiUnavailable),  # the client fails on it before it looks at the status
        (Reply(500, b'{"error": "a string"}', JSON), AiUnavailable),
        (Reply(200, b"not JSON", JSON), AiUnavailable),
        (Reply(200, b"\xff\xfe", JSON), AiUnavailable),
        (Reply(200, b'{"candidates": 7}', JSON), AiUnavailable),
        (Reply(200, b"[" * 100_000, JSON), AiUnavailable),
        (Reply(200, b"{}", JSON), AiRejected),
        (Reply(200, b'{"promptFeedback": {"blockReason": "SAFETY"}}', JSON), AiRejected),
    ],
)
def test_failures_are_ours_hold_no_key_and_are_not_tried_again(
    google: GoogleStandIn, client: ThriftyGemini, tally: Tally, reply: Reply, raised: type[BandejaError]
) -> None:
    google.then(reply)
    with pytest.raises(raised) as failed:
        client.generate(MODEL, "Describe.", LETTER, {"type": "object"})
    assert KEY not in str(failed.value)
    assert failed.value.__cause__ is None
    assert google.calls == {"generateContent": 1}
    assert tally.outcomes == [raised.code]


def test_what_google_asks_to_wait_is_told(google: GoogleStandIn, client: ThriftyGemini) -> None:
    google.then(rate_limited(37.5), Reply(429, b"{}", {**JSON, "Retry-After": "12"}))
    for seconds in (37.5, 12):
        with pytest.raises(AiRateLimited) as refused:
            client.generate(MODEL, "Describe.", LETTER, {"type": "object"})
        assert refused.value.retry_after == seconds


def test_a_server_that_is_not_there(tally: Tally) -> None:
    with pytest.raises(AiUnavailable):
        ThriftyGemini(KEY, "http://127.0.0.1:9", tally).generate(MODEL, "Describe.", LETTER, {"type": "object"})


def test_a_text_that_cannot_be_sent_is_made_so(google: GoogleStandIn, client: ThriftyGemini) -> None:
    google.then(saying("{}"))
    assert client.generate(MODEL, "Describe.", "a\ud800b", {"type": "object"}) == "{}"
