"""One letter in several versions: what clients that mount a bucket write, and what scanners do, told apart."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ingest.domain.letters import WITHIN_NANOSECONDS, span, stand_ins

MINUTE = 60 * 10**9
START = 0x18EB2200E48FBEA6


def written(*bodies: str, apart: int = 10**9, sequencers: list[str] | None = None) -> list[Any]:
    """Versions put one after the other, newest first; "" has no bytes, `a#b` has the eTag a and the hash b."""
    versions = []
    for number, body in enumerate(bodies):
        etag, _, digest = body.partition("#")
        facts = {"etag": etag or "d41d8", "size": 9 * bool(body), "content_sha256": digest.encode() or None}
        sequencer = sequencers[number] if sequencers else f"{START + number * apart:016X}"
        versions.append(SimpleNamespace(id=UUID(int=number), sequencer=sequencer, **facts))
    return versions[::-1]


def letters(versions: list[Any]) -> dict[int, int]:
    return {one.int: letter.int for one, letter in stand_ins(cast(Any, versions)).items()}


@pytest.mark.parametrize(
    ("bodies", "stands"),
    [
        (["", "a", "a"], {0: 2, 1: 2}),  # s3fs: made, written, its time noted
        (["", "a"], {0: 1}),  # Cyberduck and what mounts WebDAV over S3
        (["", "", "a", "a", "a"], {0: 4, 1: 4, 2: 4, 3: 4}),
        (["a", ""], {1: 0}),  # cut off before it is written anew
        (["a", "", "b"], {1: 2}),
        (["a", "", "a"], {0: 2, 1: 2}),
        (["", ""], {}),
        ([""], {}),
        (["a", "b"], {}),
        (["a", "b", "a"], {}),  # as the one before it, not as any
        (["a#x", "b#x"], {0: 1}),  # sent in parts, then copied whole
        (["a#x", "a#y"], {}),  # what was read decides
        (["a#x", "a"], {0: 1}),
    ],
)
def test_what_is_one_letter(bodies: list[str], stands: dict[int, int]) -> None:
    assert letters(written(*bodies)) == stands


@pytest.mark.parametrize(("apart", "same"), [(9 * MINUTE, True), (WITHIN_NANOSECONDS, True), (11 * MINUTE, False)])
@pytest.mark.parametrize("bodies", [["", "a"], ["a", "a"], ["a", ""]])
def test_only_within_minutes(bodies: list[str], apart: int, same: bool) -> None:
    assert bool(letters(written(*bodies, apart=apart))) is same


@pytest.mark.parametrize("sequencers", [["", ""], ["", f"{START:016X}"], ["0055AED6DCD90281E5", "0055AED6DCD90281E6"]])
def test_not_where_no_time_is_known(sequencers: list[str]) -> None:
    assert letters(written("a", "a", sequencers=sequencers)) == {}


@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=8), st.sampled_from([1, 4 * MINUTE, 6 * MINUTE, 11 * MINUTE]))
def test_every_body_is_still_there(bodies: list[str], apart: int) -> None:
    versions, stands = written(*bodies, apart=apart), letters(written(*bodies, apart=apart))
    by_number = {one.id.int: one for one in versions}
    assert not stands.keys() & set(stands.values()), "what stands for another is a letter itself"
    assert all(by_number[letter].size for letter in stands.values())
    kept = [one for one in versions if one.id.int not in stands]
    assert {one.etag for one in kept if one.size} == {one.etag for one in versions if one.size}


@pytest.mark.parametrize("sequencer", ["", "0" * 16, "F" * 16, "0055AED6DCD90281E5"])
def test_the_span_of_a_letter_is_in_order(sequencer: str) -> None:
    earliest, latest = span(sequencer)
    assert earliest <= sequencer <= latest
