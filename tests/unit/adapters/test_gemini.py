"""The real Google client against a stand-in on loopback."""

import gc
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest

from ingest.adapters import gemini
from ingest.adapters.gemini import GeminiDescriber, GoogleClient, GoogleEmbedder
from ingest.describing.rules import OfficeRules
from ingest.errors import AiRateLimited, AiRejected, AiUnavailable, BandejaError
from tests.support.google_stand_in import DESCRIPTION, JSON, KEY, GoogleStandIn, Reply, error, rate_limited, saying

# The client leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Tally:
    """Counts like Redis would."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        assert name == "bandeja_ai_requests_total"
        self.outcomes += [(labels["api"], labels["outcome"])] * amount

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        raise AssertionError(name, seconds, labels)


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn().running() as server:
        yield server
    gc.collect()  # here, where its warnings are expected


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(google: GoogleStandIn, tally: Tally) -> GoogleClient:
    return GoogleClient(KEY, google.url, tally)


LETTER = "UGEL 05\nOFICIO N.º 123-2025\nLima, 12 de marzo de 2025\nASUNTO: Remite informe\nDe mi consideración:"
MODEL = "gemini-3.5-flash"


def test_gemini_describes(google: GoogleStandIn, client: GoogleClient, tally: Tally) -> None:
    found = GeminiDescriber(client, MODEL).describe(LETTER, "oficio.pdf")
    assert (found.document_type, found.number, found.office) == ("oficio", "123-2025", "UGEL 05")
    assert (found.issued_on, found.title, found.recipe) == (date(2025, 3, 12), "Oficio 123-2025", f"{MODEL}:3")
    assert found.evidence["date"][0].text == "12 de marzo de 2025"
    asked = google.asked[0]
    assert asked["generationConfig"]["responseMimeType"] == "application/json"
    assert "temperature" not in asked["generationConfig"]
    assert "OFICIO N.º 123-2025" in json.dumps(asked["contents"], ensure_ascii=False)
    assert "archivista" in json.dumps(asked["systemInstruction"]), "instruction and document go apart"
    assert "archivista" not in json.dumps(asked["contents"])
    assert tally.outcomes == [("generate", "ok")]


@pytest.mark.parametrize("nonsense", ["no soy JSON", '{"document_type": "ofi', "[]", "7", "[" * 100_000, ""])
def test_an_answer_that_is_no_object_is_asked_for_once_more(google: GoogleStandIn, client: GoogleClient, nonsense: str) -> None:
    google.then(saying(nonsense))
    found = GeminiDescriber(client, MODEL).describe(LETTER, "oficio.pdf")
    assert found.recipe == f"{MODEL}:3"
    assert google.calls["generateContent"] == 2
    assert "no fue un objeto JSON" in json.dumps(google.asked[1]["systemInstruction"], ensure_ascii=False)


def test_twice_no_object_is_the_rules_description(google: GoogleStandIn, client: GoogleClient) -> None:
    google.then(saying("no soy JSON"), saying("tampoco"))
    assert GeminiDescriber(client, MODEL).describe(LETTER, "oficio.pdf") == OfficeRules().describe(LETTER, "oficio.pdf")
    assert google.calls["generateContent"] == 2


def test_past_the_days_budget_nobody_is_asked(google: GoogleStandIn, client: GoogleClient) -> None:
    left = iter([True, False])
    describer = GeminiDescriber(client, MODEL, lambda: next(left))
    assert describer.describe(LETTER, "a.pdf").recipe == describer.recipe
    assert describer.describe(LETTER, "a.pdf") == OfficeRules().describe(LETTER, "a.pdf")
    assert google.calls["generateContent"] == 1


def test_the_first_pages_and_the_last_one_are_sent_within_a_budget(google: GoogleStandIn, client: GoogleClient) -> None:
    text = "PRIMERA " + "x" * 50_000 + "\f" + "y" * 3_000 + "\fULTIMA firma"
    GeminiDescriber(client, MODEL).describe(text, "a.pdf")
    sent = json.dumps(google.asked[0]["contents"])
    assert "PRIMERA" in sent
    assert "ULTIMA firma" in sent
    assert "yyy" not in sent, "only the last page"


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        (error(500, "INTERNAL"), AiUnavailable),
        (error(503, "UNAVAILABLE"), AiUnavailable),
        (error(400, "INVALID_ARGUMENT"), AiRejected),
        (error(403, "PERMISSION_DENIED"), AiRejected),
        (error(404, "NOT_FOUND"), AiRejected),
        (error(408, "DEADLINE_EXCEEDED"), AiUnavailable),
        (error(409, "ABORTED"), AiUnavailable),
        (error(499, "CANCELLED"), AiUnavailable),
        (error(429, "RESOURCE_EXHAUSTED"), AiRateLimited),
        (Reply(429, b"[]", JSON), AiRateLimited),
        (Reply(500, b'{"error": "a string"}', JSON), AiUnavailable),
        (Reply(200, b'{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f"}}]}}]}', JSON), AiUnavailable),
        (Reply(200, b"{not json", JSON), AiUnavailable),
        (Reply(200, b'{"candidates": 7}', JSON), AiUnavailable),
        (Reply(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}), AiUnavailable),
        (Reply(200, b'{"candidates": []}', JSON), AiRejected),
        (Reply(200, b'{"candidates": [{"finishReason": "SAFETY"}]}', JSON), AiRejected),
        (Reply(200, b'{"promptFeedback": {"blockReason": "SAFETY"}}', JSON), AiRejected),
    ],
)
def test_what_google_may_answer_becomes_ours(
    google: GoogleStandIn, client: GoogleClient, tally: Tally, reply: Reply, raised: type[BandejaError]
) -> None:
    google.then(reply)
    with pytest.raises(raised) as caught:
        GeminiDescriber(client, "gemini-3.5-flash").describe("texto", "a.pdf")
    assert KEY not in str(caught.value)
    assert google.calls["generateContent"] == 1, "our clock retries, not the client's"
    assert tally.outcomes == [("generate", raised.code)]


@pytest.mark.parametrize(("said", "waited"), [(math.nan, None), (math.inf, None), (-5, None), (1e308, None), (999_999, 86_400)])
def test_no_wait_is_absurd(google: GoogleStandIn, client: GoogleClient, said: float, waited: float | None) -> None:
    google.then(rate_limited(said))
    with pytest.raises(AiRateLimited) as caught:
        GeminiDescriber(client, "gemini-3.5-flash").describe("texto", "a.pdf")
    assert caught.value.retry_after == waited


def test_a_rate_limit_says_how_long_to_wait(google: GoogleStandIn, client: GoogleClient, tally: Tally) -> None:
    google.then(rate_limited(37.5))
    with pytest.raises(AiRateLimited) as caught:
        GeminiDescriber(client, "gemini-3.5-flash").describe("texto", "a.pdf")
    assert caught.value.retry_after == 37.5
    assert tally.outcomes == [("generate", "ai_rate_limited")]


def test_a_retry_after_header_counts_too(google: GoogleStandIn, client: GoogleClient) -> None:
    reply = error(429, "RESOURCE_EXHAUSTED")
    reply.headers["Retry-After"] = "12"
    google.then(reply)
    with pytest.raises(AiRateLimited) as caught:
        GoogleEmbedder(client, "gemini-embedding-001", 768).embed_query("hola")
    assert caught.value.retry_after == 12


def test_a_key_that_is_wrong_is_rejected(google: GoogleStandIn, tally: Tally) -> None:
    with pytest.raises(AiRejected):
        GoogleEmbedder(GoogleClient("bad-key", google.url, tally), "gemini-embedding-001", 768).embed_query("hola")


def test_a_slow_answer_is_given_up(google: GoogleStandIn, client: GoogleClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemini, "REQUEST_SECONDS", 0.2)
    google.then(Reply(seconds=1))
    with pytest.raises(AiUnavailable):
        GeminiDescriber(client, "gemini-3.5-flash").describe("texto", "a.pdf")


def test_nobody_there_is_an_outage(tally: Tally) -> None:
    with pytest.raises(AiUnavailable):
        GoogleEmbedder(GoogleClient(KEY, "http://127.0.0.1:9", tally), "gemini-embedding-001", 768).embed_query("hola")


def test_what_gemini_says_is_checked(google: GoogleStandIn, client: GoogleClient) -> None:
    google.then(saying(json.dumps({**DESCRIPTION, "title": "x\n\0y" + "z" * 999, "date": "hoy", "office": 7, "extra": {}})))
    found = GeminiDescriber(client, MODEL).describe("texto entero", "a.pdf")
    assert (found.title, found.issued_on, found.office) == ("texto entero", None, "")


def test_a_text_that_cannot_be_sent_is_made_so(google: GoogleStandIn, client: GoogleClient) -> None:
    GeminiDescriber(client, "gemini-3.5-flash").describe("a\ud800b", "\udfff.pdf")
    embedder = GoogleEmbedder(client, "gemini-embedding-001", 8)
    embedder.embed_passages(["\ud800"], "\ud800")
    embedder.embed_query("\ud800")
    assert google.calls == {"generateContent": 1, "batchEmbedContents": 2}


def test_only_the_first_pages_are_sent(google: GoogleStandIn, client: GoogleClient) -> None:
    GeminiDescriber(client, "gemini-3.5-flash").describe("x" * 5_000_000, "a.pdf")
    assert len(json.dumps(google.asked[0]["contents"])) < 21_000


def test_passages_go_out_in_hundreds_and_come_back_at_length_1(google: GoogleStandIn, client: GoogleClient) -> None:
    vectors = GoogleEmbedder(client, "gemini-embedding-001", 768).embed_passages([f"texto {n}" for n in range(250)], "Oficio")
    assert google.calls["batchEmbedContents"] == 3
    assert len(vectors) == 250
    assert all(len(vector) == 768 and math.isclose(math.hypot(*vector), 1) for vector in vectors)
    first = google.asked[0]["requests"][0]
    assert (first["outputDimensionality"], first["title"]) == (768, "Oficio")
    assert first["taskType"] in {"RETRIEVAL_DOCUMENT", 2}


def test_the_second_generation_has_its_task_in_the_text(google: GoogleStandIn, client: GoogleClient) -> None:
    embedder = GoogleEmbedder(client, "gemini-embedding-2", 768)
    embedder.embed_passages(["hola"])
    embedder.embed_query("¿qué?")
    texts = [one["content"]["parts"][0]["text"] for asked in google.asked for one in asked["requests"]]
    assert texts == ["title: none | text: hola", "task: search result | query: ¿qué?"]


@pytest.mark.parametrize("values", ["[1, 2]", '["NaN", 1, 1]', '["Infinity", 1, 1]', "[0, 0, 0]", '["x", 1, 1]', "null", "7"])
def test_vectors_that_are_none_are_refused(google: GoogleStandIn, client: GoogleClient, tally: Tally, values: str) -> None:
    google.then(Reply(200, f'{{"embeddings": [{{"values": {values}}}]}}'.encode(), JSON))
    with pytest.raises(AiUnavailable):
        GoogleEmbedder(client, "gemini-embedding-001", 3).embed_passages(["hola"])
    assert tally.outcomes == [("embed", "ai_unavailable")]


def test_a_batch_with_a_vector_too_few_is_refused(google: GoogleStandIn, client: GoogleClient) -> None:
    google.then(Reply(200, b'{"embeddings": [{"values": [1, 2, 3]}]}', JSON))
    with pytest.raises(AiUnavailable):
        GoogleEmbedder(client, "gemini-embedding-001", 3).embed_passages(["hola", "adiós"])


def test_a_search_waits_less_than_a_document(
    google: GoogleStandIn, client: GoogleClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gemini, "QUERY_SECONDS", 0.2)
    google.then(Reply(seconds=1), Reply(seconds=0.4))
    embedder = GoogleEmbedder(client, "gemini-embedding-001", 8)
    with pytest.raises(AiUnavailable):
        embedder.embed_query("hola")
    with pytest.raises(AiUnavailable, match="unreadable"):  # the answer, empty as it is, was waited for
        embedder.embed_passages(["hola"])


def test_the_library_is_loaded_by_the_first_client_alone() -> None:
    loaded = "import sys, ingest.services; print('google.generativeai' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
