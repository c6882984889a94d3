"""Who or what is booked twice, who gives way, and what is done about it."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Availability,
    Closure,
    Conflict,
    Member,
    Plan,
    School,
    Series,
    Session,
    Tutor,
    find_conflicts,
    round_robin,
)
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.school import Booking
from tests.planning.helpers import PARIS, a_series, a_slot, count_lines, days
from tests.planning.plans import (
    DAY,
    FOUR,
    HOUR,
    after,
    changed,
    found,
    ids,
    made,
    manual,
    moved,
    planned,
    rules,
    step,
    steps,
    taught_by,
    utc,
)

ONE_DAY = days("2026-09-01", "2026-09-07")
# Tutor A teaches slot a, and slot b an hour later: half an hour too much.
OVERLAPPING = (a_slot("a"), a_slot("b", start="19:00", end="20:00"))
A, B = "s/a/2026-09-07", "s/b/2026-09-07"


def clashing(**more: Any) -> Series:
    said: dict[str, Any] = {"slots": OVERLAPPING, "assignments": round_robin("amina"), **more}
    return a_series(**said)


def one(session_id: str = "x", start: str = "2026-09-07 16:00", end: str = "2026-09-07 17:00", **more: Any) -> Session:
    return manual(session_id, start, end, **{"origin": "GENERATED", "tutor_id": "amina", **more})


def on_monday(what: Any, *existing: Session, **more: Any) -> Plan:
    return planned(what, *existing, window=ONE_DAY, **more)


# --- what is found --------------------------------------------------------------------------------------------------


def test_a_tutor_who_is_booked_twice_is_told_with_the_overlap() -> None:
    plan = on_monday(School(clashing(), tutors=[Tutor("amina", name="Amina")]))

    assert plan.conflicts == (
        Conflict(
            "tutor",
            session_id=B,
            other=A,
            who="amina",
            starts_at=utc("2026-09-07 17:00"),
            ends_at=utc("2026-09-07 17:30"),
            reaction="flag",
            why="Amina is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30",
        ),
    )
    assert steps(plan) == [("CREATE", "due", A), ("CREATE", "due", B)]


def test_a_student_who_is_booked_twice_is_told_for_each_active_member() -> None:
    members = [Member("kim", name="Kim"), Member("lea"), Member("max", active=False)]
    plan = on_monday(clashing(assignments=(), members=members))

    assert found(plan.conflicts) == [("student", B, A, "kim", "flag"), ("student", B, A, "lea", "flag")]
    assert plan.conflicts[0].why == "Kim is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30"


def test_a_room_that_is_booked_twice_is_told() -> None:
    plan = on_monday(clashing(assignments=(), room_id="blue"))

    assert found(plan.conflicts) == [("room", B, A, "blue", "flag")]
    assert plan.conflicts[0].why == "room blue is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30"


@pytest.mark.requirement("IN-4")
def test_rooms_and_tutors_are_taken_into_account_a_slot_s_own_room_first() -> None:
    series = a_series(
        a_slot("a", room_id="red"),
        a_slot("b"),
        a_slot("c", room_id="red"),
        room_id="blue",
        assignments=[*round_robin("amina", slot_id="a"), *round_robin("amina", slot_id="b")],
    )

    plan = on_monday(series)

    assert [(change.after.room_id, change.after.tutor_id) for change in plan.creates] == [
        ("red", "amina"), (None, "amina"), ("red", None),
    ]  # fmt: skip
    assert found(plan.conflicts) == [
        ("tutor", "s/b/2026-09-07", "s/a/2026-09-07", "amina", "flag"),
        ("room", "s/c/2026-09-07", "s/a/2026-09-07", "red", "flag"),
    ]


def test_series_clash_with_each_other() -> None:
    school = [taught_by("amina"), attrs.evolve(taught_by("amina"), id="r")]

    assert found(on_monday(school).conflicts) == [("tutor", A, "r/a/2026-09-07", "amina", "flag")]


def test_touching_ends_do_not_clash() -> None:
    slots = [a_slot("a"), a_slot("b", start="19:30", end="20:00"), a_slot("c", start="17:00", end="18:00")]

    assert on_monday(clashing(slots=slots, members=["kim"], room_id="blue")).conflicts == ()


@pytest.mark.parametrize(
    ("booking", "expected"),
    [
        ({"tutor_id": "amina"}, [("tutor", A, "b1", "amina", "flag")]),
        ({"member_id": "kim"}, [("student", A, "b1", "kim", "flag")]),
        ({"room_id": "blue"}, [("room", A, "b1", "blue", "flag")]),
        ({"tutor_id": "luc", "member_id": "lea", "room_id": "red"}, []),
    ],
)
def test_bookings_are_in_the_way_and_always_stay(booking: dict[str, str], expected: list[Any]) -> None:
    series = taught_by("amina", members=["kim"], room_id="blue")
    taken = Booking("b1", starts_at=utc("2026-09-07 17:00"), ends_at=utc("2026-09-07 18:00"), **booking)

    plan = on_monday(series, moved(made(series)[0], timedelta(0)), bookings=[taken])

    assert found(plan.conflicts) == expected


def test_hours_that_do_not_cover_the_whole_session_are_told() -> None:
    hours = [
        Availability("mondays", start="17:00", end="19:00", weekday="MO"),
        Availability("away", start="00:00", end="24:00", date="2026-09-14", mode="block"),
    ]
    tutors = [Tutor("amina", name="Amina", availability=hours)]

    plan = planned(School(taught_by("amina"), tutors=tutors), window=days("2026-09-07", "2026-09-14"))

    assert plan.conflicts == (
        Conflict(
            "unavailable",
            session_id=FOUR[0],
            who="amina",
            starts_at=utc("2026-09-07 16:00"),
            ends_at=utc("2026-09-07 17:30"),
            why="Amina is not free on Monday 2026-09-07 from 19:00: outside their hours",
        ),
        Conflict(
            "unavailable",
            session_id=FOUR[1],
            other="away",
            who="amina",
            starts_at=utc("2026-09-14 16:00"),
            ends_at=utc("2026-09-14 17:30"),
            why="Amina is not free on Monday 2026-09-14 from 18:00: blocked by 'away'",
        ),
    )


def test_hours_are_on_the_tutor_s_own_clock() -> None:
    hours = [Availability("mondays", start="17:00", end="18:30", weekday="MO")]
    london = School(taught_by("amina"), tutors=[Tutor("amina", availability=hours, timezone="Europe/London")])
    here = School(taught_by("amina"), tutors=[Tutor("amina", availability=hours)])

    assert on_monday(london).conflicts == ()
    assert [each.why for each in on_monday(here).conflicts] == [
        "amina is not free on Monday 2026-09-07 from 18:30: outside their hours"
    ]


def test_hours_of_a_tutor_elsewhere_are_told_on_the_clock_that_they_are_kept_on() -> None:
    hours = [Availability("mondays", start="17:00", end="18:00", weekday="MO")]
    school = School(taught_by("amina"), tutors=[Tutor("amina", availability=hours, timezone="Europe/London")])

    plan = on_monday(school)

    assert [each.why for each in plan.conflicts] == [
        "amina is not free on Monday 2026-09-07 from 18:00: outside their hours (Europe/London time)"
    ]


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-09-10 10:00", "2028-09-10 10:00", "not free for more than a year at once"),
        ("9900-09-10 10:00", "9900-09-10 11:00", "not free outside the years 1900 to 9899"),
        ("1899-09-10 10:00", "1899-09-10 11:00", "not free outside the years 1900 to 9899"),
        ("9900-01-01 23:00", "9900-01-02 01:00", "not free outside the years 1900 to 9899"),
    ],
)
def test_nobody_is_free_for_a_lesson_for_which_hours_are_not_looked_up(start: str, end: str, why: str) -> None:
    always = [Availability(f"all-{day}", start="00:00", end="24:00", weekday=day) for day in range(1, 8)]
    school = School(taught_by("amina"), tutors=[Tutor("amina", availability=always)])
    odd = one("odd", start, end)

    conflicts = find_conflicts([odd], school=school)

    assert [(each.session_id, each.kind, each.other, each.why) for each in conflicts] == [
        ("odd", "unavailable", None, f"amina is {why}")
    ]


def test_of_a_lesson_that_began_long_ago_nothing_is_told_whatever_its_tutor_s_hours() -> None:
    school = School(taught_by("amina"), tutors=[Tutor("amina", availability=())])
    odd = one("odd", "2020-09-10 10:00", "2022-09-10 10:00", origin="MANUAL")

    assert found(on_monday(school, odd).conflicts) == [("unavailable", A, None, "amina", "flag")]


def test_lessons_of_nobody_of_a_stranger_and_of_who_keeps_no_hours_hide_no_other() -> None:
    school = School(taught_by("amina"), tutors=[Tutor("amina", availability=()), Tutor("luc")])
    sessions = [one("a", tutor_id=None), one("b", tutor_id="stranger"), one("c", tutor_id="luc"), one("d")]

    conflicts = find_conflicts(sessions, school=school)

    assert found(conflicts) == [("unavailable", "d", None, "amina", "flag")]


def test_a_series_that_ignores_hours_hides_no_other() -> None:
    lax = taught_by("amina", config=rules(on_unavailable="ignore"))
    strict = attrs.evolve(taught_by("luc"), id="t")
    never = [Tutor("amina", availability=()), Tutor("luc", availability=())]
    school = School([lax, strict], tutors=never)

    assert found(on_monday(school).conflicts) == [("unavailable", "t/a/2026-09-07", None, "luc", "flag")]


@pytest.mark.parametrize(("hours", "many"), [(None, 0), ((), 1)])
def test_hours_that_are_not_tracked_are_no_conflict_and_none_at_all_are_never(hours: Any, many: int) -> None:
    school = School(taught_by("amina"), tutors=[Tutor("amina", availability=hours)])

    assert len(on_monday(school).conflicts) == many


@pytest.mark.parametrize(("on_closure", "made_too", "told"), [("skip", 0, 0), ("flag", 1, 1), ("ignore", 1, 0)])
def test_a_closed_day_is_skipped_flagged_or_ignored(on_closure: str, made_too: int, told: int) -> None:
    school = School(
        a_series(a_slot()), closures=[Closure("fair", "2026-09-07", "2026-09-07")], base=rules(on_closure=on_closure)
    )

    plan = on_monday(school)

    expected = Conflict(
        "closed",
        session_id=A,
        other="fair",
        starts_at=utc("2026-09-07 16:00"),
        ends_at=utc("2026-09-07 17:30"),
        why="Monday 2026-09-07 is closed: fair",
    )
    assert (len(plan.creates), plan.conflicts) == (made_too, (expected,) * told)


def test_a_session_that_stands_on_a_closed_day_though_nothing_called_it_off_is_flagged() -> None:
    school = School(a_series(a_slot()), closures=[Closure("fair", "2026-09-08", "2026-09-08")])
    own = manual("own", "2026-09-08 10:00", "2026-09-08 11:00")

    plan = on_monday(school, moved(made()[0], DAY), own)

    assert found(plan.conflicts) == [("closed", "own", "fair", None, "flag"), ("closed", A, "fair", None, "flag")]


@pytest.mark.parametrize("status", ["CANCELLED", "RESCHEDULED"])
def test_a_session_that_is_off_is_in_nobody_s_way(status: str) -> None:
    assert on_monday(taught_by("amina"), one(status=status, start="2026-09-07 15:00")).conflicts == ()


def test_sessions_of_series_that_are_not_planned_are_in_the_way_and_stay() -> None:
    draft = attrs.evolve(taught_by("amina"), id="draft", status="DRAFT", members=["kim"])
    stored = one("other", series_id="draft", slot_id="x", occurs_on="2026-09-07")
    school = School([taught_by("amina", members=["kim"]), draft])

    plan = on_monday(school, stored)

    assert found(plan.conflicts) == [
        ("student", A, "other", "kim", "flag"), ("tutor", A, "other", "amina", "flag"),
    ]  # fmt: skip
    assert on_monday(School([draft]), stored, one("z", series_id="draft")).conflicts == ()


def test_conflicts_look_past_the_edges_of_the_window() -> None:
    """A lesson that is not made yet is already in the way of one within the window."""
    night = a_slot("a", days="SU", start="23:00", end="01:00")
    early = a_slot("b", days="MO", start="00:00", end="02:00")
    window = days("2026-09-14", "2026-09-14")

    plan = planned(clashing(slots=[night, early]), window=window)

    assert ids(change.after for change in plan.creates) == ["s/b/2026-09-14"]
    assert found(plan.conflicts) == [("tutor", "s/b/2026-09-14", "s/a/2026-09-13", "amina", "flag")]


def test_what_would_have_started_before_now_is_in_nobody_s_way() -> None:
    now = utc("2026-09-07 16:30")

    assert planned(clashing(), now=now, window=days("2026-09-07", "2026-09-07")).conflicts == ()


def test_a_conflict_of_sessions_that_have_started_is_no_longer_told() -> None:
    series = clashing()
    existing = made(series, window=ONE_DAY)

    assert len(on_monday(series, *existing, now=utc("2026-09-07 16:30")).conflicts) == 1
    assert on_monday(series, *existing, now=utc("2026-09-07 17:00")).conflicts == ()


def test_conflicts_come_by_the_start_of_the_overlap() -> None:
    plan = planned(clashing(members=["kim"], room_id="blue"), window=days("2026-09-07", "2026-09-14"))

    assert [(each.kind, each.session_id) for each in plan.conflicts] == [
        ("room", B), ("student", B), ("tutor", B),
        ("room", "s/b/2026-09-14"), ("student", "s/b/2026-09-14"), ("tutor", "s/b/2026-09-14"),
    ]  # fmt: skip


def test_conflicts_of_one_session_at_one_time_come_by_who_and_then_by_whom() -> None:
    school = School(a_series(a_slot(), members=["lea", "kim"]))
    slot: dict[str, Any] = {"slot_id": "a", "tutor_id": None}
    # By rank, "y" comes before "x".
    first = one("y", occurs_on="2026-09-07", status="COMPLETED", **slot)
    second = one("x", occurs_on="2026-09-08", pinned=["notes"], **slot)
    last = one("z", occurs_on="2026-09-09", **slot)

    conflicts = find_conflicts([last, second, first], school=school)

    assert found(conflicts) == [
        ("student", "x", "y", "kim", "flag"), ("student", "x", "y", "lea", "flag"),
        ("student", "z", "x", "kim", "flag"), ("student", "z", "y", "kim", "flag"),
        ("student", "z", "x", "lea", "flag"), ("student", "z", "y", "lea", "flag"),
    ]  # fmt: skip


# --- who stays ------------------------------------------------------------------------------------------------------


def ranked(name: str) -> Session:
    """Sessions of tutor Amina at one time, from the one that stays to the one that gives way first; ids say nothing."""
    slot = {"slot_id": "q", "occurs_on": "2026-09-07", "series_id": "q"}
    start = utc("2026-09-07 16:00")
    table: dict[str, dict[str, Any]] = {
        "completed": {"id": "z", "status": "COMPLETED", **slot},
        "pinned": {"id": "y", "pinned": ["notes"], **slot},
        "moved": {"id": "y", "original_starts_at": start, **slot},
        "manual": {"id": "y", "origin": "MANUAL", **slot},
        "without slot": {"id": "y", "series_id": "q"},
        "confirmed": {"id": "x", "status": "CONFIRMED", **slot},
        "pending": {"id": "w", **slot},
        "pending and later": {"id": "a", "starts_at": start + HOUR / 4, **slot},
    }
    said = {"origin": "GENERATED", "timezone": PARIS, "tutor_id": "amina", "starts_at": start, **table[name]}
    return Session(**{"ends_at": start + HOUR, **said})


@pytest.mark.parametrize(
    ("stays", "gives_way"),
    [
        ("completed", "pinned"),
        ("completed", "manual"),
        ("pinned", "confirmed"),
        ("moved", "confirmed"),
        ("manual", "confirmed"),
        ("without slot", "confirmed"),
        ("confirmed", "pending"),
        ("pending", "pending and later"),
    ],
)
def test_one_total_order_says_who_stays(stays: str, gives_way: str) -> None:
    sessions = [ranked(stays), ranked(gives_way)]

    for given in (sessions, sessions[::-1]):
        assert found(find_conflicts(given)) == [("tutor", ranked(gives_way).id, ranked(stays).id, "amina", "flag")]


def test_one_that_has_started_stays_whatever_the_other_is() -> None:
    started = one("z", "2026-09-07 15:00", "2026-09-07 17:00", slot_id="q", occurs_on="2026-09-07")
    pinned = one("a", "2026-09-07 16:00", "2026-09-07 17:00", pinned=["notes"])

    assert found(find_conflicts([pinned, started], now=utc("2026-09-07 15:00"))) == [
        ("tutor", "a", "z", "amina", "flag")
    ]
    assert found(find_conflicts([pinned, started], now=utc("2026-09-07 14:59"))) == [
        ("tutor", "z", "a", "amina", "flag")
    ]
    assert found(find_conflicts([pinned, started])) == [("tutor", "z", "a", "amina", "flag")]


def test_of_equals_the_smaller_id_stays() -> None:
    slot = {"slot_id": "q", "occurs_on": "2026-09-07"}

    assert found(find_conflicts([one("b", **slot), one("a", **slot)])) == [("tutor", "b", "a", "amina", "flag")]


def test_the_promised_start_counts_not_the_one_to_which_a_session_was_moved() -> None:
    promised_early = one("z", "2026-09-07 16:30", "2026-09-07 17:30", original_starts_at="2026-09-07T10:00Z")
    promised_late = one("a", "2026-09-07 16:00", "2026-09-07 17:00", original_starts_at="2026-09-07T20:00Z")

    assert found(find_conflicts([promised_early, promised_late])) == [("tutor", "a", "z", "amina", "flag")]


def test_a_new_session_that_would_be_confirmed_ranks_as_one() -> None:
    confirming = attrs.evolve(clashing(slots=[a_slot("z", start="19:00", end="20:00")]), id="t")
    confirming = attrs.evolve(confirming, config=rules(confirm_assigned=True))

    plan = on_monday([taught_by("amina"), confirming])

    assert found(plan.conflicts) == [("tutor", A, "t/z/2026-09-07", "amina", "flag")]


def test_at_most_twenty_others_are_listed_for_one_session_and_person() -> None:
    sessions = [one(f"{number:03}") for number in range(30)]

    conflicts = find_conflicts(sessions)

    others = [each.other for each in conflicts if each.session_id == "029"]
    assert others == [f"{number:03}" for number in range(20)]
    assert len(conflicts) == sum(min(number, 20) for number in range(30))


# --- what is done ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "series"),
    [
        ("on_tutor_busy", {}),
        (
            "on_student_busy",
            {"members": ["kim"], "assignments": [*round_robin("amina", slot_id="a"), *round_robin("luc", slot_id="b")]},
        ),
        (
            "on_room_busy",
            {"room_id": "blue", "assignments": [*round_robin("amina", slot_id="a"), *round_robin("luc", slot_id="b")]},
        ),
    ],
)
@pytest.mark.parametrize("said", ["ignore", "flag", "unassign", "skip"])
def test_the_one_that_gives_way_reacts_as_its_rules_say(rule: str, series: dict[str, Any], said: str) -> None:
    plan = on_monday(clashing(config=rules(**{rule: said}), **series))

    new = {change.id: change.after.tutor_id for change in plan.creates}
    theirs = "luc" if series else "amina"
    expected = {
        "ignore": {A: "amina", B: theirs},
        "flag": {A: "amina", B: theirs},
        "unassign": {A: "amina", B: None},
        "skip": {A: "amina"},
    }
    assert new == expected[said]
    assert [each.reaction for each in plan.conflicts] == ([] if said == "ignore" else [said])


@pytest.mark.parametrize("said", ["ignore", "flag", "unassign", "skip"])
def test_a_tutor_who_is_not_available_is_dealt_with_as_the_rules_say(said: str) -> None:
    school = School(
        taught_by("amina"), tutors=[Tutor("amina", availability=(), hourly_rate=30)], base=rules(on_unavailable=said)
    )

    plan = on_monday(school)

    expected = {
        "ignore": [("amina", "45.00 EUR")],
        "flag": [("amina", "45.00 EUR")],
        "unassign": [(None, "0.00 EUR")],
        "skip": [],
    }
    assert [(each.after.tutor_id, str(each.after.price)) for each in plan.creates] == expected[said]
    assert [each.reaction for each in plan.conflicts] == ([] if said == "ignore" else [said])


def test_the_reaction_is_told_with_the_change() -> None:
    plan = on_monday(clashing(config=rules(on_tutor_busy="unassign")))

    assert plan.creates[1].why == (
        "amina's turn: nobody else is in the rotation; left without tutor: "
        "amina is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30"
    )
    assert plan.creates[1].decision is not None
    assert plan.creates[1].decision.tutor_id is None


def test_skipping_wins_over_leaving_without_tutor() -> None:
    plan = on_monday(clashing(room_id="blue", config=rules(on_tutor_busy="unassign", on_room_busy="skip")))

    assert steps(plan) == [("CREATE", "due", A)]
    assert found(plan.conflicts) == [("room", B, A, "blue", "skip"), ("tutor", B, A, "amina", "unassign")]


def test_a_stored_session_that_is_skipped_is_cancelled_because_of_the_other() -> None:
    existing = made(clashing(), window=ONE_DAY)

    plan = on_monday(clashing(config=rules(on_tutor_busy="skip")), *existing)

    assert steps(plan) == [("CANCEL", "conflict", B, "cancellation_reason", "cause_id", "status")]
    assert plan.cancels[0].after == changed(
        existing[1],
        status="CANCELLED",
        cause_id=A,
        cancellation_reason="amina is taken by s/a/2026-09-07 on Mon 2026-09-07 18:00–19:30",
        version=2,
    )


def test_a_stored_session_that_is_left_without_tutor_costs_accordingly_and_gets_the_tutor_back() -> None:
    known = [Tutor("amina", hourly_rate=30)]
    existing = made(School(clashing(), tutors=known), window=ONE_DAY)
    unassigning = School(clashing(config=rules(on_tutor_busy="unassign")), tutors=known)

    plan = on_monday(unassigning, *existing)
    freed = attrs.evolve(unassigning, series=[clashing(slots=[OVERLAPPING[1], a_slot("a", active=False)])])
    back = on_monday(freed, *after(existing, plan))

    assert steps(plan) == [("UPDATE", "reassigned", B, "price", "tutor_id")]
    assert plan.updates[0].after == changed(existing[1], tutor_id=None, price="0 EUR", version=2)
    assert [step(change) for change in back.changes if change.id == B] == [
        ("UPDATE", "reassigned", B, "price", "tutor_id")
    ]
    assert back.updates[0].after == changed(existing[1], version=3)


def test_a_date_that_was_skipped_is_offered_again_when_it_is_free() -> None:
    skipping = clashing(config=rules(on_tutor_busy="skip"))
    existing = made(skipping, window=ONE_DAY)
    cancelled = changed(made(clashing(), window=ONE_DAY)[1], status="CANCELLED", cause_id=A)
    free = attrs.evolve(skipping, slots=[a_slot("a", active=False), OVERLAPPING[1]])

    assert [step(change) for change in on_monday(free, *existing).changes if change.id == B] == [("CREATE", "due", B)]
    assert [step(change)[:3] for change in on_monday(free, existing[0], cancelled).changes if change.id == B] == [
        ("REINSTATE", "wanted-again", B)
    ]


def test_planning_again_after_reactions_changes_nothing() -> None:
    for said in ("flag", "unassign", "skip"):
        series = clashing(members=["kim"], config=rules(on_tutor_busy=said, on_student_busy=said))
        for existing in ((), made(clashing(members=["kim"]), window=ONE_DAY)):
            plan = on_monday(series, *existing)
            again = on_monday(series, *after(existing, plan))

            assert again.changes == ()
            assert [each.session_id for each in again.conflicts] == [each.session_id for each in plan.conflicts]


def test_a_reaction_never_leads_to_another() -> None:
    """The third clashes only with the second, which is not held; what is found comes from before any reaction."""
    slots = [a_slot("a"), a_slot("b", start="19:00", end="20:30"), a_slot("c", start="20:00", end="21:00")]

    plan = on_monday(clashing(slots=slots, config=rules(on_tutor_busy="skip")))

    assert ids(change.after for change in plan.creates) == [A]
    assert found(plan.conflicts) == [
        ("tutor", B, A, "amina", "skip"), ("tutor", "s/c/2026-09-07", B, "amina", "skip"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "CONFIRMED"},
        {"pinned": ["notes"]},
        {"original_starts_at": "2026-09-07T17:00Z"},
        {"origin": "MANUAL"},
    ],
)
@pytest.mark.parametrize("said", ["unassign", "skip"])
def test_what_people_have_agreed_or_touched_is_only_flagged(fields: dict[str, Any], said: str) -> None:
    first, second = made(clashing(), window=ONE_DAY)
    # Both alike, so that the second gives way.
    existing = [changed(first, **fields), changed(second, **fields)]

    plan = on_monday(clashing(config=rules(on_tutor_busy=said)), *existing)

    assert plan.changes == ()
    assert found(plan.conflicts) == [("tutor", B, A, "amina", "flag")]


def test_a_pinned_tutor_is_in_the_way_of_the_other_series() -> None:
    series, other = taught_by("amina"), attrs.evolve(taught_by("luc"), id="t", config=rules(on_tutor_busy="skip"))
    pinned = changed(made(series)[0], tutor_id="luc", pinned=["tutor_id"])

    plan = on_monday([series, other], pinned)

    assert steps(plan) == []
    assert found(plan.conflicts) == [("tutor", "t/a/2026-09-07", A, "luc", "skip")]


def test_the_rules_of_the_one_that_gives_way_decide() -> None:
    strict = attrs.evolve(taught_by("amina"), id="a", config=rules(on_tutor_busy="skip"))
    lax = attrs.evolve(taught_by("amina"), id="b", config=rules(on_tutor_busy="ignore"))

    assert (len(on_monday([strict, lax]).creates), on_monday([strict, lax]).conflicts) == (2, ())


# --- find_conflicts by itself ---------------------------------------------------------------------------------------


def test_conflicts_can_be_found_among_sessions_without_a_plan() -> None:
    sessions = [one("a"), one("b", "2026-09-07 16:30", "2026-09-07 17:30")]

    assert find_conflicts(sessions) == [
        Conflict(
            "tutor",
            session_id="b",
            other="a",
            who="amina",
            starts_at=utc("2026-09-07 16:30"),
            ends_at=utc("2026-09-07 17:00"),
            why="amina is taken by a on Mon 2026-09-07 18:00–19:00",
        )
    ]
    assert find_conflicts(sessions[:1]) == find_conflicts([]) == []


def test_with_a_school_members_hours_rooms_and_closures_count_too() -> None:
    school = School(
        a_series(a_slot(), members=["kim"], room_id="blue"),
        tutors=[Tutor("amina", availability=())],
        closures=[Closure("fair", "2026-09-07", "2026-09-07")],
        base=rules(on_closure="flag"),
    )
    sessions = [one("a"), one("b", tutor_id=None)]

    assert found(find_conflicts(sessions, school=school)) == [
        ("closed", "a", "fair", None, "flag"),
        ("unavailable", "a", None, "amina", "flag"),
        ("closed", "b", "fair", None, "flag"),
        ("room", "b", "a", "blue", "flag"),
        ("student", "b", "a", "kim", "flag"),
    ]


@pytest.mark.parametrize(
    ("fields", "now", "said"),
    [
        ({}, None, "unassign"),
        ({}, "2026-09-07 15:00", "unassign"),
        ({"status": "CONFIRMED"}, None, "flag"),
        ({"pinned": ["notes"]}, None, "flag"),
        ({"original_starts_at": "2026-09-08T10:00Z"}, None, "flag"),
        ({"origin": "MANUAL"}, None, "flag"),
        ({"series_id": "unknown"}, None, "flag"),
        ({}, "2026-09-07 16:30", "flag"),
    ],
)
def test_found_conflicts_say_what_the_rules_of_the_series_do(
    fields: dict[str, Any], now: str | None, said: str
) -> None:
    """A booking stays whatever the session is, also one that has started."""
    school = School(a_series(a_slot(), config=rules(on_tutor_busy="unassign")))
    session = one("a", **{"slot_id": "a", "occurs_on": "2026-09-07", **fields})
    taken = Booking("b1", starts_at=utc("2026-09-07 16:30"), ends_at=utc("2026-09-07 18:00"), tutor_id="amina")

    conflicts = find_conflicts([session], school=school, bookings=[taken], now=None if now is None else utc(now))

    assert found(conflicts) == [("tutor", "a", "b1", "amina", said)]


def test_what_a_series_ignores_is_not_found() -> None:
    school = School(a_series(a_slot(), config=rules(on_tutor_busy="ignore")))
    sessions = [one("a", series_id="other"), one("b")]

    assert find_conflicts(sessions, school=school) == []
    assert found(find_conflicts([one("b", series_id="other"), one("a")], school=school)) == [
        ("tutor", "b", "a", "amina", "flag")
    ]


@pytest.mark.parametrize("status", ["CANCELLED", "RESCHEDULED"])
def test_what_is_off_is_not_looked_at(status: str) -> None:
    school = School(a_series(a_slot()), tutors=[Tutor("amina", availability=())])

    assert found(find_conflicts([one("a", status=status), one("b")], school=school)) == [
        ("unavailable", "b", None, "amina", "flag")
    ]


def test_conflicts_with_bookings_are_found_without_a_school() -> None:
    taken = Booking("b1", starts_at=utc("2026-09-07 16:30"), ends_at=utc("2026-09-07 18:00"), tutor_id="amina")

    assert found(find_conflicts([one("a")], bookings=[taken])) == [("tutor", "a", "b1", "amina", "flag")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sessions": "maths"}, "find_conflicts: sessions must be a list, got 'maths'"),
        ({"sessions": [1]}, "find_conflicts: sessions must be a list of Session values, got 1"),
        ({"sessions": [one("a"), one("a")]}, "find_conflicts: sessions must not have two of one id, got 'a'"),
        ({"bookings": [1]}, "find_conflicts: bookings must be a list of Booking values, got 1"),
        ({"school": 1}, "find_conflicts: school must be a School, got 1"),
        ({"now": "yesterday"}, "find_conflicts: now must be an instant like 2026-09-07T16:00:00Z, got 'yesterday'"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_its_place(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        find_conflicts(**{"sessions": [], **arguments})

    assert str(error.value) == message


def test_four_times_the_series_take_four_times_the_work() -> None:
    def lines(count: int) -> int:
        names = [f"s{number}" for number in range(count)]
        sessions = [one(name, series_id=name, tutor_id=name) for name in names]
        school = School(
            [attrs.evolve(a_series(), id=name) for name in names], closures=[Closure("may", "2027-05-01", "2027-05-01")]
        )
        return count_lines(lambda: find_conflicts(sessions, school=school))

    lines(10)  # so that what is computed once is there

    assert lines(200) < 4.5 * lines(50)
