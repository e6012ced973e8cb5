"""How a document ended, put on its object as tags, on a real MinIO."""

import json
from typing import Any, cast

import pytest
from minio.commonconfig import Tags

from ingest.adapters.minio.notification import RULE_FILE
from ingest.db import documents
from ingest.domain.documents import Status
from ingest.errors import AiRejected, StorageRefused, StorageUnavailable
from ingest.pipeline.replay import replay
from ingest.upkeep.outcome_tags import tag_outcomes
from tests.support.archive import Archive

KEY = "inbox/otros/carta.pdf"


def tags(archive: Archive, version_id: str | None = None) -> dict[str, str]:
    return dict(archive.client.get_object_tags(archive.bucket, KEY, version_id) or {})


def told(archive: Archive) -> int:
    return tag_outcomes(archive.database, archive.store)


def test_a_document_that_is_completed_says_so(archive: Archive) -> None:
    document = archive.letter(KEY, "primera")
    assert told(archive) == 1
    assert tags(archive) == {"bandeja-status": "completed", "bandeja-document": str(document.id)}
    assert told(archive) == 0


def test_a_failure_names_its_code_until_it_is_mended_and_a_scanners_own_tags_stay(archive: Archive) -> None:
    archive.script.steps = [AiRejected()]
    document = archive.letter(KEY, "primera")
    own = Tags.new_object_tags()
    own["caja"] = "12"
    archive.client.set_object_tags(archive.bucket, KEY, own, version_id=document.version_id)
    told(archive)
    said = {"caja": "12", "bandeja-status": "error", "bandeja-code": "ai_rejected", "bandeja-document": str(document.id)}
    assert tags(archive) == said
    with archive.database.begin() as connection:
        replay(connection, document.id)
    archive.read(document.id)
    told(archive)
    assert tags(archive) == {"caja": "12", "bandeja-status": "completed", "bandeja-document": str(document.id)}


def test_each_version_has_its_own(archive: Archive) -> None:
    old = archive.letter(KEY, "primera")
    new = archive.letter(KEY, "segunda")
    assert told(archive) == 2
    assert tags(archive, old.version_id)["bandeja-status"] == "superseded"
    assert tags(archive, new.version_id)["bandeja-status"] == "completed"


def test_a_version_that_is_gone_asks_no_more(archive: Archive) -> None:
    document = archive.letter(KEY, "primera")
    archive.delete(KEY, document.version_id or "")
    assert (told(archive), told(archive)) == (1, 0)


def test_a_deleted_document_is_not_told_of(archive: Archive) -> None:
    document = archive.letter(KEY, "primera")
    with archive.database.begin() as connection:
        documents.delete(connection, document.id)
    assert (told(archive), tags(archive)) == (0, {})


def test_one_that_was_overwritten_without_versions_is_left_alone(plain: Archive) -> None:
    plain.letter(KEY, "primera")
    plain.put(KEY, "segunda")
    assert (told(plain), tags(plain)) == (1, {})


def test_an_outage_only_delays(archive: Archive) -> None:
    class Away:
        def tag(self, *_: object) -> None:
            raise StorageUnavailable

    archive.letter(KEY, "primera")
    with pytest.raises(StorageUnavailable):
        tag_outcomes(archive.database, cast(Any, Away()))
    assert told(archive) == 1


def test_a_store_that_allows_no_tags_is_asked_once(archive: Archive) -> None:
    class Strict:
        def tag(self, *_: object) -> None:
            raise StorageRefused("AccessDenied")

    archive.letter(KEY, "primera")
    assert tag_outcomes(archive.database, cast(Any, Strict())) == 1
    assert told(archive) == 0


def test_one_that_runs_again_is_told_of_when_it_ends(archive: Archive) -> None:
    document = archive.letter(KEY, "primera")
    with archive.database.begin() as connection:
        replay(connection, document.id)
    assert (told(archive), tags(archive)) == (1, {})
    assert archive.read(document.id).status is Status.COMPLETED
    assert told(archive) == 1


def test_our_rule_hears_of_no_tag() -> None:
    rule = json.loads(RULE_FILE.read_text(encoding="utf-8"))
    events = {event for one in rule["QueueConfigurations"] for event in one["Events"]}
    assert not any("Tagging" in event or event.endswith("*") for event in events)
