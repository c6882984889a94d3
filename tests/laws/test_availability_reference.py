"""Whether a tutor is free, minute by minute."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import is_available
from recurly_sessions.testing import windows, zones
from recurly_sessions.testing.strategies import availability
from tests.reference.availability import is_free


@given(st.data())
def test_a_tutor_is_available_when_every_minute_is_free(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone, most_days=1))
    start = window.start.replace(second=0, microsecond=0)
    entries = data.draw(st.none() | availability(around=start.date()))
    end = start + timedelta(minutes=data.draw(st.integers(1, 600)))

    assert bool(is_available(entries, start, end, zone)) == is_free(entries, start, end, zone)
