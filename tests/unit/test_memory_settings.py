"""What the embedded PostgreSQL takes of a machine's memory."""

import pytest

from ingest.stack.postgres import machine_memory, memory_settings

GB = 1024**3


@pytest.mark.parametrize(
    ("machine", "shared", "lent"),
    [(1 * GB, "256MB", "256MB"), (8 * GB, "1024MB", "341MB"), (24 * GB, "3072MB", "1024MB"), (256 * GB, "4096MB", "1024MB")],
)
def test_an_eighth_within_bounds(machine: int, shared: str, lent: str) -> None:
    settings = memory_settings(machine)
    assert (settings["shared_buffers"], settings["maintenance_work_mem"]) == (shared, lent)


def test_this_machine_has_some() -> None:
    assert machine_memory() > 100_000_000
