"""Law 4: on the series' clock an occurrence starts at its slot's time, unless that time doesn't exist that day."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import resolve_config
from recurly_sessions.testing import check_wall_clock, configs, series, windows, zones


@pytest.mark.requirement("FR-003")
@given(st.data())
def test_an_occurrence_starts_at_its_slots_time_on_the_wall(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = window.start.date() + timedelta(days=20)
    declared = data.draw(series(zone=zone, around=around))
    config = resolve_config(data.draw(configs(around=around)))

    check_wall_clock(declared, window, config=config)
