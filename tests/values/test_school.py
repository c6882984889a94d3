"""Schools and snapshots: what they refuse, and what they find by id."""

from typing import Any

import pytest

from recurly_sessions import Closure, Config, School, Series, Session, Snapshot, Tutor
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.values.school import Booking
from tests.values.examples import made, refused

MATHS = Series("maths", starts_on="2026-09-07")
CLOSURE = Closure("autumn", "2026-10-17", "2026-11-01")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"series": [MATHS, MATHS]}, "School.series must not have two of one id, got 'maths'"),
        ({"series": "maths"}, "School.series must be a list, got 'maths'"),
        ({"series": None}, "School.series must be a list, got None"),
        ({"series": [CLOSURE]}, f"School.series must be a list of Series values, got {CLOSURE!r}"),
        ({"tutors": "amina"}, "School.tutors must be a list, got 'amina'"),
        ({"tutors": [5]}, "School.tutors must be a list of Tutor values, got 5"),
        (
            {"tutors": ["amina", Tutor("amina", name="Amina")]},
            "School.tutors must not have two of one id, got 'amina'",
        ),
        ({"closures": CLOSURE}, f"School.closures must be a list, got {CLOSURE!r}"),
        ({"closures": [CLOSURE, CLOSURE]}, "School.closures must not have two of one id, got 'autumn'"),
        ({"base": None}, "School.base must be a Config, got None"),
        ({"base": {"weeks_ahead": 3}}, "School.base must be a Config, got {'weeks_ahead': 3}"),
        ({"branches": "north"}, "School.branches must be a list, got 'north'"),
        ({"branches": {"north": 1}}, "School.branches must be a Config, got 1"),
        (
            {"branches": {"a/b": Config()}},
            """School.branches must not contain "/", got 'a/b'; a "/" parts the ids in a session's id""",
        ),
    ],
)
def test_a_school_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(School, **said)) == message


def test_a_branch_has_one_config() -> None:
    with pytest.raises(InvalidValueError):
        School([], branches=[("north", Config()), ("north", Config(weeks_ahead=3))])


def test_one_series_may_stand_alone() -> None:
    assert School(MATHS) == School([MATHS])


def test_a_series_is_found_by_its_id() -> None:
    school = School([MATHS, Series("physics", starts_on="2026-09-07")])

    assert school.one("maths") is MATHS


def test_a_series_that_nobody_has_is_missed_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError) as missed:
        School([MATHS, Series("physics", starts_on="2026-09-07")]).one("chemistry")

    assert str(missed.value) == "no series 'chemistry'; there is maths, physics"


def test_a_branch_has_its_config_or_none() -> None:
    school = School([], branches={"north": Config(weeks_ahead=3)})

    assert [school.branch("north"), school.branch("south"), school.branch(None)] == [Config(weeks_ahead=3), None, None]


def test_tutors_that_are_not_tracked_differ_from_no_tutors() -> None:
    assert School([]).tutors is None
    assert School([], tutors=[]).tutors == ()
    assert School([]) != School([], tutors=[])


SESSION = made(Session)
BOOKING = made(Booking)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"school": 1}, "Snapshot.school must be a School, got 1"),
        ({"sessions": [1]}, "Snapshot.sessions must be a list of Session values, got 1"),
        ({"sessions": [SESSION, SESSION]}, "Snapshot.sessions must not have two of one id, got 's1'"),
        ({"bookings": [MATHS]}, f"Snapshot.bookings must be a list of Booking values, got {MATHS!r}"),
        ({"bookings": [BOOKING, BOOKING]}, "Snapshot.bookings must not have two of one id, got 'b1'"),
        ({"revision": 1}, "Snapshot.revision must be text, got 1"),
        ({"read_at": "now"}, "Snapshot.read_at must be an instant like 2026-09-07T16:00:00Z, got 'now'"),
    ],
)
def test_a_snapshot_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Snapshot, **said)) == message
