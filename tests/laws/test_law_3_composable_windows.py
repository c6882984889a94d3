"""Law 3: a window's calendar is that of its parts; turns depend on the calendar and the roster, never on the window."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import resolve_config
from recurly_sessions.testing import check_composable_windows, configs, series, tutors, windows, zones


@given(st.data())
def test_two_windows_side_by_side_are_one(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = window.start.date() + timedelta(days=20)
    declared = data.draw(series(zone=zone, around=around))
    config = resolve_config(data.draw(configs(around=around)))
    teachers = data.draw(st.none() | tutors(zone=zone, around=around))
    middle = window.start + (window.end - window.start) * data.draw(st.floats(0, 1))

    check_composable_windows(declared, window, middle, config=config, tutors=teachers)
