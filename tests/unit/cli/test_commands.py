from collections.abc import Iterator

import httpx
import pytest
import typer
from typer.testing import CliRunner

from ingest.adapters.minio.admin import MinioSetup
from ingest.cli import client, demo, tasks
from ingest.cli.client import Api, problem_text
from ingest.cli.device import device_settings
from ingest.cli.find import marked
from ingest.cli.key import scopes
from ingest.cli.problem import ApiProblem
from ingest.domain.object_keys import device_prefix, new_access_key
from ingest.errors import StorageUnavailable
from ingest.intake.scanners import name_problem
from ingest.ports import Credentials
from ingest.settings import Settings, load_settings

PROBLEM = {
    "type": "/docs/errors#invalid_request",
    "title": "La solicitud no es válida.",
    "status": 422,
    "detail": "La solicitud no es válida.",
    "code": "invalid_request",
    "action": "Corrija los campos señalados y repita.",
    "request_id": "abc",
    "errors": [{"field": "size", "problem": "should be an integer"}, {"problem": "from: one of extract"}],
}


def test_a_problem_says_what_where_and_what_to_do() -> None:
    assert problem_text(httpx.Response(422, json=PROBLEM)).splitlines() == [
        "La solicitud no es válida. (invalid_request)",
        "  size: should be an integer",
        "  from: one of extract",
        "  Corrija los campos señalados y repita.",
        "  request_id abc",
    ]


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"[]", b'"no"', b"{}", b""])
def test_an_answer_that_is_no_problem_document_is_said_as_it_is(body: bytes) -> None:
    assert problem_text(httpx.Response(502, content=body)).startswith("HTTP 502 Bad Gateway")


@pytest.mark.parametrize(("lang", "said"), [("es_PE.UTF-8", "¿Está en marcha el sistema?"), ("en_US.UTF-8", "Is the stack up?")])
def test_nobody_there_is_said_in_the_users_language(monkeypatch: pytest.MonkeyPatch, lang: str, said: str) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", lang)
    api = Api("http://127.0.0.1:1", "key")
    with pytest.raises(ApiProblem, match="bandeja up") as problem:
        api.get("/tasks")
    api.close()
    assert said in str(problem.value)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[httpx.Request]]:
    """An API of three tasks, two a page; remembers what it was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.method == "POST":
            conflict = request.url.path.split("/")[-2] == "b"
            return httpx.Response(409, json={**PROBLEM, "code": "conflict"}) if conflict else httpx.Response(202, json={})
        second = request.url.params.get("cursor") == "next"
        items = [{"task_id": "c"}] if second else [{"task_id": "a"}, {"task_id": "b"}]
        return httpx.Response(200, json={"items": items, "next_cursor": None if second else "next"})

    api = Api("http://api", "key")
    monkeypatch.setattr(api, "_http", httpx.Client(base_url="http://api", transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(tasks, "connect", lambda: api)
    yield asked
    api.close()


def test_replay_takes_every_page_and_says_what_could_not_be(
    answering: list[httpx.Request], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        tasks.replay(None, status="error", code="ai_rejected", from_stage="describe")
    assert ended.value.code == 1
    sent = [request for request in answering if request.method == "POST"]
    assert [request.url.path.split("/")[-2] for request in sent] == ["a", "b", "c"]
    assert all(request.read() == b'{"from":"describe"}' for request in sent)
    assert [request.url.params.get("code") for request in answering if request.method == "GET"] == ["ai_rejected"] * 2


def test_failures_are_listed_with_all_that_helps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"code": "corrupt_file", "message": "El archivo está dañado.", "action": "Escanéelo de nuevo.", "trace_id": "9f" * 16}
    task = {"task_id": "a-1", "filename": "[red]raro.pdf", "stage_label": "Extrayendo texto", "error": error}

    class OneFailure:
        def pages(self, path: str, **wanted: object) -> list[object]:
            assert (path, wanted["status"]) == ("/tasks", "error")
            return [task]

    monkeypatch.setattr(tasks, "connect", OneFailure)
    tasks.tasks(status="error")
    said = capsys.readouterr().out
    for word in ("a-1", "[red]raro.pdf", "corrupt_file", *error.values(), "Extrayendo texto"):
        assert word in said


@pytest.mark.parametrize("arguments", [{"ids": None}, {"ids": ["a"], "status": "error"}])
def test_replay_wants_ids_or_a_status_and_not_both(arguments: dict[str, object]) -> None:
    with pytest.raises(typer.BadParameter):
        tasks.replay(**arguments)  # type: ignore[arg-type]


def test_a_snippet_keeps_its_marks_and_loses_its_html() -> None:
    text = marked("uno &lt;b&gt; <mark>dos</mark> y\n<mark>tr&amp;s</mark>.")
    assert text.plain == "uno <b> dos y tr&s."
    assert [text.plain[span.start : span.end] for span in text.spans] == ["dos", "tr&s"]


@pytest.mark.parametrize("name", ["Mesa de partes", "x", "ñandú/../../upload", "..", "🖨", "A" * 80, "mesa_de.partes-2"])
def test_a_device_gets_a_key_that_minio_takes_and_a_folder_of_its_own(name: str) -> None:
    assert 3 <= len(new_access_key(name)) <= 20
    folder = device_prefix(name, "inbox/").removeprefix("inbox/scan/")
    assert folder.count("/") == 1
    assert folder.endswith("/")
    assert folder.strip("/.")
    assert not set(folder) & set('*?"\\$')


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81])
def test_a_name_that_cannot_be(name: str) -> None:
    assert name_problem(name)


def known_settings(**more: str) -> Settings:
    return load_settings(
        REDIS_URL="redis://localhost",
        DATABASE_URL="postgresql://localhost/x",
        MINIO_ENDPOINT="minio:9000",
        MINIO_ACCESS_KEY="service",
        MINIO_SECRET_KEY="service-secret",
        **more,
    )


def test_a_devices_settings_name_where_and_who_and_no_secret_of_ours() -> None:
    who = Credentials("mesa-12345678", "its-own-secret")
    said = device_settings(known_settings(MINIO_SFTP_ADDRESS="host:8022"), "Mesa", who, "inbox/scan/Mesa/")
    for wanted in (
        "http://minio:9000",
        "mesa-12345678",
        "its-own-secret",
        "/documentos-ugel/inbox/scan/Mesa/",
        "8022",
        "[mesa-12345678]",
    ):
        assert wanted in said
    assert "service-secret" not in said
    assert "SFTP\n" not in device_settings(known_settings(MINIO_SFTP_ADDRESS=""), "Mesa", who, "inbox/scan/Mesa/")


def test_scopes_are_read_and_others_are_named() -> None:
    assert scopes("upload, read,upload") == ("upload", "read")
    for wrong in ("", "write", "read,write"):
        with pytest.raises(typer.BadParameter):
            scopes(wrong)


def sample(good: bool, **task: object) -> demo.Sample:
    return demo.Sample("x", "door", b"", lambda _: "", good=good, task=dict(task))


def test_the_demo_believes_only_what_it_saw() -> None:
    assert sample(True, status="completed", searchable=True).is_as_promised
    assert not sample(True, status="completed", searchable=False).is_as_promised
    assert not sample(True).is_as_promised
    assert sample(False, status="error", error={"code": "corrupt_file"}).is_as_promised
    assert not sample(False, status="error", error={"code": "internal"}).is_as_promised
    assert not sample(False, status="completed", searchable=True, error=None).is_as_promised


def test_a_client_needs_an_address_and_a_key_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("BANDEJA_HOME", str(tmp_path))
    monkeypatch.setenv("BANDEJA_API_URL", "http://elsewhere:1/")
    monkeypatch.setenv("BANDEJA_API_KEY", "k")
    api = client.connect()
    assert api._url == "http://elsewhere:1"
    api.close()


def test_a_store_that_is_away_is_an_error_of_ours() -> None:
    setup = MinioSetup("127.0.0.1:1", Credentials("root", "root-secret"), secure=False, region="us-east-1")
    with pytest.raises(StorageUnavailable):
        setup.add_device("Mesa", "documentos-ugel", "inbox/")
    with pytest.raises(StorageUnavailable):
        setup.remove_device("mesa-12345678")


@pytest.mark.parametrize(
    ("words", "typed", "sent"),
    [
        (["--password"], "de noche\n", "de noche"),
        (["--password", "--from", "extract"], "de noche\n", "de noche"),
        (["--password", "de día"], "", "de día"),
        ([], "", None),
    ],
)
def test_a_password_is_asked_for_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, words: list[str], typed: str, sent: str | None
) -> None:
    bodies: list[dict[str, str] | None] = []

    class Recorder:
        def post(self, path: str, body: dict[str, str] | None) -> None:
            bodies.append(body)

    app = typer.Typer()
    tasks.register(app)
    monkeypatch.setattr(tasks, "connect", Recorder)
    result = CliRunner().invoke(app, ["replay", "1234", *words], input=typed)
    assert result.exit_code == 0, result.output
    assert "de noche" not in result.output
    assert [(body or {}).get("password") for body in bodies] == [sent]
