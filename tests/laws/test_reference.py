"""The fast code gives the answer of the naive one on random schools."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import assign_tutors, expand_slots, resolve_config
from recurly_sessions.testing import configs, series, tutors, windows, zones
from tests.reference import naive
from tests.reference.availability import is_free


@given(st.data())
def test_occurrences_and_decisions_are_those_of_the_reference(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = (window.start + (window.end - window.start) / 2).date()
    declared = data.draw(series(zone=zone, around=around))
    config = resolve_config(data.draw(configs(around=around)))
    teachers = data.draw(st.none() | tutors(zone=zone, around=around))

    occurrences = expand_slots(declared, window, config=config)
    decisions = assign_tutors(declared, occurrences, config=config, tutors=teachers)

    rows = [(o.slot_id, o.occurs_on, o.index, o.starts_at, o.ends_at, o.called_off_by, o.shifted) for o in occurrences]
    assert rows == naive.occurrences(declared, window, config)
    answers = {key: (decision.tutor_id, decision.assignment_id) for key, decision in decisions.items()}
    assert answers == naive.decisions(declared, window, config, teachers, is_free)
