"""What tells versions apart, and which of two is the newer."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.objects import ObjectVersion, sequencer_of

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(moments, st.integers(0, 999_999))
def test_an_event_and_a_listing_name_one_unversioned_object_alike(moment: datetime, nanoseconds: int) -> None:
    listed = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    sequencer = f"{int(sequencer_of(listed), 16) + nanoseconds:X}"
    event = ObjectVersion("b", "k", "null", "etag", sequencer=sequencer)
    assert event.identity == ObjectVersion("b", "k", "", "etag", modified=listed).identity


@given(moments, moments)
def test_later_is_newer(one: datetime, two: datetime) -> None:
    first, second = ObjectVersion("b", "k", modified=one), ObjectVersion("b", "k", modified=two)
    assert (first.order < second.order) == (one < two)


def test_a_version_of_no_time_is_the_oldest() -> None:
    assert ObjectVersion("b", "k").order < ObjectVersion("b", "k", sequencer="1").order < sequencer_of(datetime.now(UTC))
