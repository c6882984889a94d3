"""What the verbs refuse, wherever they are asked."""

from collections.abc import Callable
from typing import Any

import pytest

from recurly_sessions import (
    Config,
    Occurrence,
    School,
    Series,
    Tutor,
    assign_tutors,
    expand_slots,
    is_available,
    who_is_next,
)
from recurly_sessions.config import config_for
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.planning.check import check_series
from tests.planning.helpers import a_series, a_slot, autumn

SERIES: Any = a_series(a_slot())
ANYTHING: Any = "maths"
NUMBERS: Any = [1]
SCHOOL: Any = School([SERIES])
NOW: Any = "2026-09-10T00:00Z"
LATER: Any = "2027-12-01T00:00Z"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expand_slots(ANYTHING, autumn()), "series must be a Series, got 'maths'"),
        (lambda: expand_slots(SERIES, ANYTHING), "window must be a Window, got 'maths'"),
        (lambda: check_series(ANYTHING), "series must be a Series, got 'maths'"),
        (lambda: config_for(SERIES, SCHOOL), f"config_for: school must be a School, got {SERIES!r}"),
        (lambda: config_for(SCHOOL, ANYTHING), "config_for: series must be a Series, got 'maths'"),
        (lambda: Config.from_mapping(NUMBERS), "Config.from_mapping must be rules by name, got [1]"),
        (lambda: SERIES.with_slot("mon"), "Series.with_slot must be given a Slot, got 'mon'"),
        (lambda: assign_tutors(SERIES, [], tutors=NUMBERS), "tutors must be a list of Tutor values, got 1"),
        (
            lambda: assign_tutors(SERIES, [], tutors=[Tutor("a"), Tutor("a")]),
            "tutors must not have two of one id, got 'a'",
        ),
        (
            lambda: who_is_next(SERIES, now="x"),
            "who_is_next: now must be an instant like 2026-09-07T16:00:00Z, got 'x'",
        ),
        (
            lambda: Occurrence("maths", "mon", NOW[:10], 0, NOW, NOW, None, ANYTHING),
            "Occurrence.shifted must be gap or overlap, got 'maths'",
        ),
        (
            lambda: is_available([], NOW, LATER, "UTC"),
            "is_available: end must be at most a year after start, got '2027-12-01T00:00:00+00:00'",
        ),
    ],
    ids=range(12),
)
def test_what_is_no_such_thing_is_refused_with_its_place(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        call()

    assert str(error.value) == message


def test_a_series_stays_one_when_a_slot_is_put_in_its_place() -> None:
    later = SERIES.slots[0].changed_from("2026-11-02", start="19:00")

    assert SERIES.with_slot(later) == Series("s", timezone="Europe/Paris", starts_on="2026-09-07", slots=[later])
