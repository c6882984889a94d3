"""Tutors, their hours, members, actors."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recurly_sessions import Actor, Availability, Member, Tutor
from tests.values.examples import made, refused

EITHER = "must have either weekday or date, got 'mondays'; a weekly entry has a weekday, a one-time entry a date"
ZONE = "must be an IANA timezone like Europe/Paris"


@pytest.mark.requirement("P4")
def test_hours_are_weekly_or_on_one_date_and_active_or_not() -> None:
    weekly = Availability("mondays", start="9:00", end="17:00", weekday="MO")
    on_a_date = Availability("extra", start="9:00", end="17:00", date="2026-05-04", active=False)

    assert (weekly.weekday, weekly.date, weekly.active) == (1, None, True)
    assert (on_a_date.weekday, str(on_a_date.date), on_a_date.active) == (None, "2026-05-04", False)
    assert refused(lambda: made(Availability, weekday=None)) == f"Availability {EITHER}"
    assert refused(lambda: made(Availability, active="yes")) == "Availability.active must be true or false, got 'yes'"
    assert refused(lambda: made(Availability, active=None)) == "Availability.active must be true or false, got None"


@pytest.mark.requirement("P6")
@pytest.mark.parametrize(
    ("weekday", "date", "fine"),
    [("MO", None, True), (None, "2026-05-04", True), ("MO", "2026-05-04", False), (None, None, False)],
)
def test_weekly_hours_have_no_date_and_those_of_a_date_no_weekday(
    weekday: str | None, date: str | None, fine: bool
) -> None:
    if fine:
        entry = made(Availability, weekday=weekday, date=date)

        assert (entry.weekday is None) is (weekday is None)
        assert (entry.date is None) is (date is None)
    else:
        assert refused(lambda: made(Availability, weekday=weekday, date=date)) == f"Availability {EITHER}"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"mode": "block"},
            "must be \"add\" in a weekly entry, got 'block'; only an entry with a date replaces or blocks",
        ),
        (
            {"mode": "replace"},
            "must be \"add\" in a weekly entry, got 'replace'; only an entry with a date replaces or blocks",
        ),
        ({"mode": "remove"}, "must be one of add, replace, block, got 'remove'"),
        ({"mode": None}, "must be one of add, replace, block, got None"),
        ({"mode": ["add"]}, "must be one of add, replace, block, got ['add']"),
    ],
)
def test_only_hours_of_a_date_have_a_mode(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Availability, **said)) == f"Availability.mode {message}"


@pytest.mark.parametrize("mode", ["add", "replace", "block", "BLOCK"])
def test_hours_of_a_date_are_added_or_replace_or_are_blocked(mode: str) -> None:
    assert made(Availability, weekday=None, date="2026-05-04", mode=mode).mode == mode.lower()


@pytest.mark.requirement("EH-6")
@pytest.mark.parametrize(("start", "end"), [("17:00", "9:00"), ("9:00", "9:00"), ("9:01", "9:00")])
def test_hours_end_after_they_start(start: str, end: str) -> None:
    assert refused(lambda: made(Availability, start=start, end=end)) == (
        f"Availability.end must be after start ({start:0>5}), got '{end:0>5}'; "
        "hours over midnight are two entries, one that ends at 24:00 and one on the next day"
    )


@pytest.mark.parametrize(("start", "end"), [("00:00", "24:00"), ("23:59", "24:00"), ("0:00", "0:01"), ("9:00", "0:00")])
def test_hours_may_end_with_the_day(start: str, end: str) -> None:
    entry = made(Availability, start=start, end=end)

    assert (f"{entry.start:%H:%M}", f"{entry.end:%H:%M}") == (f"{start:0>5}", f"{end:0>5}".replace("24:00", "00:00"))


@pytest.mark.parametrize("weekday", [0, 8, -1, True, 1.0, "", "12", "XX", "²"])
def test_a_weekday_is_one_of_seven(weekday: object) -> None:
    message = refused(lambda: made(Availability, weekday=weekday))

    assert message == f"Availability.weekday must be weekdays like MO,WE or ISO numbers (Monday=1), got {weekday!r}"


@pytest.mark.parametrize(("typed", "weekday"), [("MO", 1), ("sunday", 7), ("wed", 3), ("4", 4), (5, 5)])
def test_a_weekday_may_be_typed_in_some_ways(typed: object, weekday: int) -> None:
    assert made(Availability, weekday=typed).weekday == weekday


@pytest.mark.parametrize("date", [datetime(2026, 5, 4, tzinfo=UTC), "4 May 2026", 20260504])
def test_a_date_is_no_instant_and_no_number(date: object) -> None:
    message = refused(lambda: made(Availability, weekday=None, date=date))

    assert message == f"Availability.date must be a date like 2026-09-07, got {date!r}"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"id": "a/b"}, """Tutor.id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        ({"name": "\0"}, r"Tutor.name must not contain NUL or half a character, got '\x00'"),
        ({"name": None}, "Tutor.name must be text, got None"),
        ({"subjects": 5}, "Tutor.subjects must be a list, got 5"),
        ({"subjects": None}, "Tutor.subjects must be a list, got None"),
        ({"subjects": ["maths", 1]}, "Tutor.subjects must be a list of str values, got 1"),
        ({"subjects": ["a\0"]}, r"Tutor.subjects must not contain NUL or half a character, got 'a\x00'"),
        (
            {"timezone": "Mars"},
            f"Tutor.timezone {ZONE}, got 'Mars'; recurly_sessions.time.zones.zone_names() has them all",
        ),
        ({"timezone": "Europe/Berln"}, f"Tutor.timezone {ZONE}, got 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ({"availability": [1]}, "Tutor.availability must be a list of Availability values, got 1"),
        (
            {"availability": made(Availability)},
            f"Tutor.availability must be a list, got {made(Availability)!r}",
        ),
        (
            {"availability": [made(Availability), made(Availability, weekday="TU")]},
            "Tutor.availability must not have two entries of one id, got 'mondays'",
        ),
    ],
)
def test_a_tutor_refuses_what_they_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Tutor, **said)) == message


def test_a_tutor_is_called_by_their_id_unless_they_have_a_name() -> None:
    assert (Tutor("amina").name, Tutor("amina", name="Amina").name) == ("amina", "Amina")
    assert (Member("ben").name, Member("ben", name="").name) == ("ben", "")


def test_a_subject_may_stand_alone() -> None:
    assert made(Tutor, subjects="maths").subjects == ("maths",)


def test_hours_that_are_not_tracked_differ_from_no_hours() -> None:
    assert made(Tutor).availability is None
    assert made(Tutor, availability=[]).availability == ()
    assert made(Tutor) != made(Tutor, availability=[])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"id": ""}, "Member.id must have 1 to 64 characters, got ''"),
        ({"name": 5}, "Member.name must be text, got 5"),
        (
            {"timezone": "UTC+2"},
            f"Member.timezone {ZONE}, got 'UTC+2'; recurly_sessions.time.zones.zone_names() has them all",
        ),
        ({"active": 0}, "Member.active must be true or false, got 0"),
    ],
)
def test_a_member_refuses_what_they_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Member, **said)) == message


@pytest.mark.parametrize("role", ["boss", "", None, 1])
def test_an_actor_has_one_of_five_roles(role: object) -> None:
    assert refused(lambda: made(Actor, role=role)) == (
        f"Actor.role must be one of SYSTEM, ADMIN, CREATOR, TUTOR, STUDENT, got {role!r}"
    )
