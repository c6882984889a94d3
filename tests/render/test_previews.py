"""Who teaches when, before and after."""

from datetime import datetime, timedelta
from typing import Any

import attrs

from recurly_sessions import School, Series, Session, Tutor
from recurly_sessions.render.previews import previews
from recurly_sessions.values.change import Change

SCHOOL = School(
    [Series("maths", timezone="Europe/Paris", starts_on="2026-05-04")],
    tutors=[Tutor("ben", name="Ben"), Tutor("zoe", name="Zoé"), Tutor("amina", name="amina")],
)


def a_session(start: str, tutor_id: str | None = "ben", **more: Any) -> Session:
    """A session of an hour, from a time with its offset from UTC."""
    starts_at = datetime.fromisoformat(start)
    said = {"series_id": "maths", "timezone": "Europe/Paris", "tutor_id": tutor_id} | more
    return Session(f"s-{start}", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), **said)


def update(before: Session, **changes: Any) -> Change:
    after = attrs.evolve(before, **changes)
    return Change("UPDATE", before=before, after=after, fields=tuple(changes), code="host")


def given(before: str, tutor_id: str | None, *, of: str | None = "ben") -> Change:
    """A session that goes from one tutor to another."""
    return update(a_session(before, of), tutor_id=tutor_id)


def moved(before: str, by: timedelta, of: str = "ben") -> Change:
    session = a_session(before, of)
    return update(session, starts_at=session.starts_at + by, ends_at=session.ends_at + by)


def told(*changes: Change) -> list[str]:
    return previews(changes, school=SCHOOL)


def test_tutors_are_told_by_name_when_they_teach_before_and_after() -> None:
    assert told(
        given("2026-05-18T18:00+02:00", "ben", of="zoe"),
        given("2026-05-04T18:00+02:00", "zoe"),
        moved("2026-05-11T18:00+02:00", timedelta(days=1)),
    ) == ["Ben: 4 May, 11 May → 12 May, 18 May", "Zoé: 18 May → 4 May"]


def test_the_order_is_that_of_names_and_the_order_of_changes_does_not_matter() -> None:
    changes = [
        given("2026-05-04T18:00+02:00", "zoe"),
        given("2026-05-05T18:00+02:00", "dora"),
        given("2026-05-06T18:00+02:00", "amina"),
    ]
    expected = [
        "amina: none → 6 May",
        "Ben: 4 May, 5 May, 6 May → none",
        "dora: none → 5 May",
        "Zoé: none → 4 May",
    ]

    assert told(*changes) == expected
    assert told(*reversed(changes)) == expected


def test_nobody_is_not_told_of() -> None:
    assert told(
        given("2026-05-04T18:00+02:00", None),
        given("2026-05-05T18:00+02:00", "zoe", of=None),
    ) == ["Ben: 4 May → none", "Zoé: none → 5 May"]


def test_the_year_is_told_where_there_are_several() -> None:
    assert told(
        given("2026-12-28T18:00+01:00", "zoe"),
        given("2027-01-04T18:00+01:00", "zoe"),
    ) == ["Ben: 28 Dec 2026, 4 Jan 2027 → none", "Zoé: none → 28 Dec 2026, 4 Jan 2027"]


def test_dates_are_those_of_the_sessions_own_timezones() -> None:
    in_auckland = a_session("2026-05-04T18:00Z", timezone="Pacific/Auckland")

    assert told(update(in_auckland, tutor_id="zoe")) == ["Ben: 5 May → none", "Zoé: none → 5 May"]


def test_a_change_of_timezone_that_changes_the_date_counts() -> None:
    session = a_session("2026-05-04T18:00Z")

    assert told(update(session, timezone="Pacific/Auckland")) == ["Ben: 4 May → 5 May"]


def test_lessons_that_change_hands_on_one_date_are_told_with_their_times() -> None:
    assert told(
        given("2026-05-04T18:00+02:00", "zoe"),
        given("2026-05-04T09:30+02:00", "ben", of="zoe"),
    ) == ["Ben: 4 May 18:00 → 4 May 09:30", "Zoé: 4 May 09:30 → 4 May 18:00"]


def test_who_teaches_at_the_same_times_as_before_is_left_out() -> None:
    other = attrs.evolve(a_session("2026-05-04T18:00+02:00", "zoe"), id="other")

    assert told(given("2026-05-04T18:00+02:00", "zoe"), update(other, tutor_id="ben")) == []


def test_several_lessons_of_a_date_are_counted() -> None:
    assert told(
        given("2026-05-04T18:00+02:00", "zoe"),
        given("2026-05-04T09:30+02:00", "zoe"),
    ) == ["Ben: 4 May ×2 → none", "Zoé: none → 4 May ×2"]


def test_of_many_dates_the_first_twenty_are_told() -> None:
    first = datetime.fromisoformat("2026-05-04T18:00+02:00")
    days = [(first + timedelta(days=number)).isoformat() for number in range(2_022)]
    early = given("2026-04-01T18:00+02:00", "zoe")
    [ben] = previews([early, *(given(day, None) for day in days[:22])], school=SCHOOL)[:1]
    [amina] = previews([given(day, None, of="amina") for day in days], school=SCHOOL)

    assert ben == (
        "Ben: 1 Apr, 4 May, 5 May, 6 May, 7 May, 8 May, 9 May, 10 May, 11 May, 12 May, 13 May, 14 May, 15 May, 16 May, "
        "17 May, 18 May, 19 May, 20 May, 21 May, 22 May, … and 3 more → none"
    )
    assert amina.endswith("22 May 2026, 23 May 2026, … and 2,002 more → none")


def test_only_updates_of_who_and_of_the_date_count() -> None:
    session = a_session("2026-05-04T18:00+02:00")
    off = attrs.evolve(session, status="CANCELLED", cause_id="trip")

    assert told(
        Change("CREATE", after=session, code="due"),
        Change("CANCEL", before=session, after=off, code="called-off"),
        Change("REINSTATE", before=off, after=session, code="wanted-again"),
        moved("2026-05-04T18:00+02:00", timedelta(hours=1)),
        update(session, price="30 EUR"),
    ) == []  # fmt: skip


def test_tutors_of_one_name_have_a_line_each() -> None:
    school = School([], tutors=[Tutor("x", name="zoe"), Tutor("y", name="zoe"), Tutor("z", name="a\nb")])

    assert previews(
        [
            given("2026-05-04T18:00+02:00", "x", of="zoe"),
            given("2026-05-05T18:00+02:00", "y", of="zoe"),
            given("2026-05-06T18:00+02:00", "z", of="zoe"),
        ],
        school=school,
    ) == [
        "a\\nb: none → 6 May",
        "zoe: 4 May, 5 May, 6 May → none",
        "zoe (x): none → 4 May",
        "zoe (y): none → 5 May",
    ]
