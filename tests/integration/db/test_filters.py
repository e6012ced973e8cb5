"""Offices and devices are named as people name them: whatever the case, with accents or without."""

import unicodedata
from uuid import UUID, uuid4

import pytest

from ingest.db import documents
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.db.schema import documents as table
from ingest.domain.documents import Source, Status

pytestmark = pytest.mark.stack

OFFICE, DEVICE = "Dirección de Gestión Pedagógica — Área de Enseñanza N.º 05", "Órgano de Dirección"


def add(database: Database, **facts: str) -> UUID:
    document_id = uuid4()
    named = {"status": Status.COMPLETED, "source": Source.SCANNER, "bucket": "b", "object_key": f"inbox/{document_id}"}
    with database.begin() as connection:
        connection.execute(table.insert().values(id=document_id, filename="a.pdf", **named, **facts))
    return document_id


def found(database: Database, filters: Filters) -> set[UUID]:
    with database.begin() as connection:
        return {row.id for row in documents.newest(connection, filters, after=None, limit=10)}


@pytest.mark.parametrize(
    "written",
    [
        OFFICE,
        OFFICE.lower(),
        OFFICE.upper(),
        "direccion de gestion pedagogica — area de ensenanza n.º 05",
        "DIRECCIÓN DE GESTION PEDAGÓGICA — AREA DE ENSEÑANZA N.º 05",
        unicodedata.normalize("NFD", OFFICE),
    ],
)
def test_an_office_is_found_however_it_is_written(database: Database, written: str) -> None:
    wanted = add(database, office=OFFICE)
    add(database, office="Dirección de Gestión Institucional")
    add(database)
    assert found(database, Filters(office=written)) == {wanted}


@pytest.mark.parametrize("written", [DEVICE, "organo de direccion", "ÓRGANO DE DIRECCIÓN", "Organo De Dirección"])
def test_a_device_is_found_however_it_is_written(database: Database, written: str) -> None:
    wanted = add(database, device=DEVICE)
    add(database, device="mesa")
    add(database)
    assert found(database, Filters(device=written)) == {wanted}


def test_two_that_differ_by_an_accent_alone_are_both_found(database: Database) -> None:
    both = {add(database, office="UGEL Áncash"), add(database, office="UGEL ANCASH")}
    assert found(database, Filters(office="ugel ancash")) == both


@pytest.mark.parametrize("written", ["UGEL", "UGEL 0", "%", "UGEL 05 ", "UGEL_05", ".*"])
def test_a_part_of_a_name_is_no_name(database: Database, written: str) -> None:
    add(database, office="UGEL 05")
    assert found(database, Filters(office=written)) == set()
