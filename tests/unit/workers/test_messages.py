"""What a message says, recorded ones and any that may come."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery.app.task import Context

from ingest.queue import MESSAGE_VERSION, VERSION_HEADER
from workers.messages import Message, UnknownMessage
from workers.tasks import embed_document, process_document

RECORDED = Path(__file__).parents[2] / "fixtures/message_before_versions.json"
DOCUMENT = UUID("0b9c5e0a-6f5f-5b6e-9a51-3f0f6d1c2a77")


def message(*arguments: object, version: object = 1, **named: object) -> Message:
    return Message("process_document", version, arguments, named)


def test_a_message_of_before_versions_is_of_the_first() -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    arguments, named, _ = json.loads(base64.b64decode(recorded["body"]))
    assert VERSION_HEADER not in recorded["headers"]
    process_document.push_request(**recorded["headers"])
    try:
        read = Message.of(process_document, arguments, named)
    finally:
        process_document.pop_request()
    assert (read.task, read.version, read.document_id()) == ("process_document", 1, DOCUMENT)


def test_the_version_is_read_from_the_header() -> None:
    process_document.request_stack.push(Context({"headers": {VERSION_HEADER: 7}}))
    try:
        assert Message.of(process_document, [str(DOCUMENT)], {}).version == 7
    finally:
        process_document.pop_request()


@pytest.mark.parametrize("said", [message(str(DOCUMENT)), message(document_id=str(DOCUMENT)), message(str(DOCUMENT), "more")])
def test_the_document_is_the_first_argument_or_named(said: Message) -> None:
    assert said.document_id() == DOCUMENT


@pytest.mark.parametrize(
    "said",
    [
        message(str(DOCUMENT), version=MESSAGE_VERSION + 1),
        message(str(DOCUMENT), version="1"),
        message(str(DOCUMENT), version=None),
        message(),
        message("../etc/passwd"),
        message({"a": 1}),
        message(None),
    ],
)
def test_what_cannot_be_understood_is_said_so(said: Message) -> None:
    with pytest.raises(UnknownMessage):
        said.document_id()
    assert json.loads(said.body())["task"] == "process_document"


@pytest.mark.parametrize("task", [process_document, embed_document])
def test_anybody_may_send_a_task_by_its_id_alone(task: Any) -> None:
    task.__header__(str(DOCUMENT))
    assert task.name in {"process_document", "embed_document"}
