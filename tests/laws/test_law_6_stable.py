"""Law 6: calling off one occurrence changes no other."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import resolve_config
from recurly_sessions.testing import check_stable, configs, series, windows, zones


@given(st.data())
def test_calling_off_one_occurrence_changes_no_other(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = window.start.date() + timedelta(days=20)
    declared = data.draw(series(zone=zone, around=around))
    config = resolve_config(data.draw(configs(around=around)))

    check_stable(declared, window, config=config)
