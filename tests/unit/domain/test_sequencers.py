"""Sequencers of MinIO and of AWS, and times of modification: which of two is the newer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.objects import ObjectVersion, after, comparable, sequencer_of

TIMES = st.integers(0x40000000, 0x200000000)  # seconds, 2004 to 2242
PARTS = st.integers(0, 0xFFFFFFFF)


def aws(seconds: int, part: int) -> str:
    return f"{seconds:010X}{part:08X}"


@given(TIMES, PARTS, TIMES, PARTS)
def test_aws_s_sequencers_keep_their_order(one: int, part: int, other: int, other_part: int) -> None:
    first, second = aws(one, part), aws(other, other_part)
    assert (comparable(first) < comparable(second)) == (first < second)
    assert (comparable(first) == comparable(second)) == (first == second)


@given(TIMES, PARTS)
def test_an_aws_event_stands_between_the_seconds_of_a_listing(seconds: int, part: int) -> None:
    listed = datetime.fromtimestamp(seconds, UTC)
    order = ObjectVersion("b", "k", sequencer=aws(seconds, part)).order
    assert sequencer_of(listed) < order < sequencer_of(listed + timedelta(seconds=1))


@given(TIMES, PARTS)
def test_what_comes_after_is_later(seconds: int, part: int) -> None:
    for order in (comparable(aws(seconds, part)), sequencer_of(datetime.fromtimestamp(seconds, UTC)), ""):
        assert after(order) > order


@pytest.mark.parametrize(
    ("older", "newer"), [("0055AED6DCD90281E5", "0055AED6DCD90281E6"), ("0C0F6F405D6ED209E1", "0c0f6f405d6ed209e2")]
)
def test_aws_s_examples(older: str, newer: str) -> None:
    assert ObjectVersion("b", "k", sequencer=older).order < ObjectVersion("b", "k", sequencer=newer).order


def test_an_identity_is_made_of_milliseconds() -> None:
    assert ObjectVersion("b", "k", etag="e", sequencer=aws(0x55AED6DC, 0x80000000)).identity == f"e@{0x55AED6DC * 1000 + 500}"
