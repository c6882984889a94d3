"""The whole story of one session, told by the code that decided."""

from typing import Any

import pytest
from hypothesis import given

from recurly_sessions import Cancellation, Closure, Package, Plan, School, Tutor
from recurly_sessions.errors import UnknownNameError
from recurly_sessions.time.zones import tzdata_version
from tests.planning.helpers import a_series, a_slot, days
from tests.planning.plans import (
    DAY,
    FOUR,
    NOW,
    changed,
    confirmed,
    made,
    manual,
    moved,
    planned,
    rules,
    small_schools,
    taught_by,
    two_slots,
    utc,
)

TUTORS = [Tutor("amina", name="Amina", hourly_rate="30 EUR"), Tutor("luc", name="Luc", hourly_rate="40 EUR")]
FIRST = FOUR[0]


def school(*tutor_ids: str, **series: Any) -> School:
    return School(taught_by(*(tutor_ids or ("amina", "luc")), **series), tutors=TUTORS)


def lines(plan: Plan, session_id: str = FIRST) -> dict[str, str]:
    """The lines of a story by their topic, several of one topic joined."""
    told: dict[str, str] = {}
    for line in plan.explain(session_id).splitlines()[1:]:
        topic, text = line.split(maxsplit=1)
        told[topic] = f"{told[topic]} | {text}" if topic in told else text
    return told


def test_a_new_session_is_told_from_its_date_to_its_price() -> None:
    story = planned(school()).explain(FIRST)

    assert story == (
        "s/a/2026-09-07: Mon 2026-09-07 18:00–19:30 Europe/Paris, PENDING, Amina\n"
        "  plan   CREATE (due)\n"
        "  date   Monday 2026-09-07, number 1 of the dates of slot a (MO at 18:00)\n"
        f"  clock  16:00–17:30 UTC by its slot; Europe/Paris is UTC+02:00 then (tzdata {tzdata_version()})\n"
        "  turn   Amina's turn in the rotation Amina, Luc\n"
        "  price  45.00 EUR = 30.00 EUR × 1.5 h (the rate of Amina)\n"
        "  rules  weeks_ahead = 4 (built-in)"
    )


def test_a_session_that_is_called_off_says_by_what_and_whose_turn_it_was() -> None:
    off = school(cancellations=[Cancellation.day("trip", "a", "2026-09-07", reason="away")])

    story = planned(off, made(school())[0]).explain(FIRST)

    assert story == (
        "s/a/2026-09-07: Mon 2026-09-07 18:00–19:30 Europe/Paris, CANCELLED, Amina\n"
        "  plan   CANCEL (called-off): called off by trip (away)\n"
        "  date   Monday 2026-09-07, number 1 of the dates of slot a (MO at 18:00)\n"
        f"  clock  16:00–17:30 UTC by its slot; Europe/Paris is UTC+02:00 then (tzdata {tzdata_version()})\n"
        "  turn   Amina's turn in the rotation Amina, Luc; the turn is spent: called off by trip (away)\n"
        "  off    called off by trip (away)\n"
        "  price  45.00 EUR = 30.00 EUR × 1.5 h (the rate of Amina)\n"
        "  rules  weeks_ahead = 4 (built-in); cancellation_turn = spend (built-in)"
    )


def test_a_session_that_follows_its_slot_says_what_changes_and_since_when() -> None:
    slot = a_slot().changed_from("2026-09-10", start="19:00")

    told = lines(planned(school(slots=[slot]), *made(school())), FOUR[1])

    assert told["plan"] == (
        "UPDATE ends_at, starts_at (moved): slot a is at 19:00–20:30 from 2026-09-10 on (Europe/Paris)"
    )
    assert told["date"] == (
        "Monday 2026-09-14, number 2 of the dates of slot a (MO at 19:00, as changed from 2026-09-10 on)"
    )


def test_what_a_person_set_is_told() -> None:
    first, second, third, fourth = made(school())
    plan = planned(
        school("luc", slots=[a_slot(start="19:00", end="20:30")]),
        moved(first, DAY),
        confirmed(second, pinned=["price"]),
        changed(third, status="CANCELLED"),
        changed(fourth, notes="bring a ruler"),
    )

    assert lines(plan, FOUR[0])["kept"] == "a person has set ends_at, starts_at"
    assert lines(plan, FOUR[1])["kept"] == "a person has set price; it is confirmed (confirmed_follow = time)"
    assert lines(plan, FOUR[2])["kept"] == "a person called it off"
    assert lines(plan, FOUR[3])["kept"] == "its own notes"
    assert lines(plan, FOUR[2])["plan"] == "nothing: it is left as it is"


def test_a_session_that_is_as_it_should_be_says_so() -> None:
    told = lines(planned(school(), *made(school())))

    assert told["plan"] == "nothing: it is as it should be"
    assert "kept" not in told


def test_a_session_made_by_hand_says_so_and_for_what_it_stands_in() -> None:
    plan = planned(None, manual("own", "2026-09-07 16:00", "2026-09-07 17:00"))

    assert plan.explain("own").splitlines()[:2] == [
        "own: Mon 2026-09-07 18:00–19:00 Europe/Paris, PENDING",
        "  plan      nothing: it is left as it is",
    ]
    assert "a person made it by hand" in lines(plan, "own")["kept"]
    assert lines(plan, "own")["stand-in"] == "it stands in for s/a/2026-09-07"
    assert lines(plan)["plan"] == "not made: own starts at the same time and stands in for it"


@pytest.mark.parametrize(
    ("what", "more", "session_id", "why"),
    [
        (
            None,
            {},
            "s/a/2026-10-05",
            "it lies outside the time for which sessions are made (weeks_ahead = 4 (built-in))",
        ),
        (
            None,
            {"window": days("2026-09-07", "2026-09-13")},
            FOUR[1],
            "it lies outside the time for which sessions are made (the window given)",
        ),
        (None, {"now": utc("2026-09-07 16:01")}, FIRST, "it would have started before now"),
        (
            a_series(a_slot(), cancellations=[Cancellation.day("trip", "a", "2026-09-07")]),
            {},
            FIRST,
            "called off by trip",
        ),
        (School(a_series(a_slot()), closures=[Closure("fair", "2026-09-07", "2026-09-07")]), {}, FIRST, "closed: fair"),
        (School(a_series(a_slot(), status="DRAFT")), {}, FIRST, "series s isn't planned"),
        (
            a_series(a_slot(), packages=[Package("p", starts_on="2026-09-08", ends_on="2026-09-14", sessions=1)]),
            {},
            FIRST,
            "the date is in none of the series' packages",
        ),
    ],
)
def test_a_date_that_is_not_made_says_why(what: Any, more: dict[str, Any], session_id: str, why: str) -> None:
    assert lines(planned(what, **more), session_id)["plan"] == f"not made: {why}"


def test_conflicts_are_told_on_both_sides() -> None:
    plan = planned(
        a_series(*two_slots(), assignments=taught_by("amina").assignments, config=rules(on_tutor_busy="skip"))
    )

    assert lines(plan, "s/a/2026-09-07")["conflict"] == "s/b/2026-09-07 gives way to it (tutor: skip)"
    assert lines(plan, "s/b/2026-09-07")["conflict"] == (
        "amina is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30 (tutor: skip)"
    )
    assert lines(plan, "s/b/2026-09-07")["rules"] == "weeks_ahead = 4 (built-in); on_tutor_busy = skip (series)"


def test_the_place_in_a_package_is_told() -> None:
    series = a_series(
        a_slot(),
        packages=[Package("p", starts_on="2026-09-07", ends_on="2026-12-31", sessions=2)],
        cancellations=[Cancellation.day("trip", "a", "2026-09-07")],
    )

    assert lines(planned(series), FOUR[1])["package"] == "number 2 of 2 in p"
    assert lines(planned(series), FOUR[2])["package"] == "number 3 of 2 in p, which makes up for a/2026-09-07"


@pytest.mark.parametrize(
    ("day", "now", "plan", "clock"),
    [
        (
            "2026-03-29",
            "2026-03-20 00:00",
            "CREATE (due): 02:30 doesn't exist that day in Europe/Paris (on_gap = shift)",
            f"01:30–02:30 UTC by its slot; Europe/Paris is UTC+02:00 then (tzdata {tzdata_version()}); "
            "its time doesn't exist that day, since the clocks go forward",
        ),
        (
            "2026-10-25",
            "2026-10-20 00:00",
            "CREATE (due): 02:30 comes twice that day in Europe/Paris (on_overlap = earlier)",
            f"00:30–01:30 UTC by its slot; Europe/Paris is UTC+02:00 then (tzdata {tzdata_version()}); "
            "its time comes twice that day, since the clocks go back",
        ),
    ],
)
def test_clock_changes_are_told(day: str, now: str, plan: str, clock: str) -> None:
    series = a_series(a_slot(days="SU", start="02:30", duration=60), starts_on="2026-03-01")

    told = lines(planned(series, now=utc(now)), f"s/a/{day}")

    assert (told["plan"], told["clock"]) == (plan, clock)


def test_a_session_whose_series_is_not_known_or_has_ended_is_told_of_too() -> None:
    stray = manual("stray", "2026-09-08 10:00", "2026-09-08 11:00", series_id="gone", origin="GENERATED")
    session = made()[0]

    assert "its series gone is not known" in lines(planned(None, stray), "stray")["kept"]
    ended = planned(School(a_series(a_slot(), status="ENDED")), session)
    assert "its series s has ended" in lines(ended)["kept"]
    asleep = planned(School(a_series(a_slot(), config=rules(auto_generate=False))), session)
    assert "its series s isn't planned" in lines(asleep)["kept"]


def test_a_session_whose_slot_has_no_date_for_it_is_told_why() -> None:
    told = lines(planned(a_series(a_slot(days="TU")), made()[0]))

    assert told["plan"] == "CANCEL (no-date): slot a has no lesson on Monday 2026-09-07"
    assert told["date"] == "none: slot a has no lesson on Monday 2026-09-07"


@pytest.mark.parametrize("session_id", ["", "nonsense", "t/a/2026-09-07", "s/a/x"])
def test_a_session_that_nobody_knows_is_refused(session_id: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        planned().explain(session_id)

    assert str(error.value) == f"no session {session_id!r}"


@pytest.mark.parametrize(
    ("session_id", "why"),
    [
        ("s/b/2026-09-07", "none: the series has no slot b"),
        ("s/a/2026-09-08", "none: slot a has no lesson on Tuesday 2026-09-08"),
        ("s/a/2026-08-31", "none: the series starts on 2026-09-07"),
    ],
)
def test_a_date_on_which_there_is_no_lesson_says_why(session_id: str, why: str) -> None:
    assert lines(planned(), session_id)["date"] == why


def test_names_cannot_break_out_of_their_line() -> None:
    hostile = Tutor("amina", name="\x1b[31mAmina\n  plan   nothing\u202e", hourly_rate="30 EUR")
    plan = planned(School(taught_by("amina", members=["kim"]), tutors=[hostile]))

    story = plan.explain(FIRST)

    assert len(story.splitlines()) == len(planned(school("amina", members=["kim"])).explain(FIRST).splitlines())
    assert not {"\x1b", "\u202e", "\r"} & set(story)


@given(small_schools())
def test_every_change_and_every_session_has_a_story_that_names_what_is_done(given_school: School) -> None:
    existing = [moved(each, DAY) for each in made(given_school)[::3]]
    plan = planned(given_school, *existing, now=NOW + 2 * DAY)

    for change in plan.changes[::3]:
        assert change.why
        assert f"{change.kind.value}" in lines(plan, change.id)["plan"]
    for session in plan.unchanged:
        assert lines(plan, session.id)["plan"].startswith("nothing: ")
