"""What becomes of sessions that exist: what follows its slot, what people did, and what is no longer wanted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import (
    Cancellation,
    Closure,
    School,
    Series,
    Session,
    SessionStatus,
    Tutor,
    plan_sessions,
)
from recurly_sessions.values.session import PINNABLE
from tests.planning.helpers import a_series, a_slot, days
from tests.planning.plans import (
    DAY,
    FOUR,
    HOUR,
    NOW,
    WEEK,
    after,
    by_id,
    changed,
    confirmed,
    ids,
    issues,
    later,
    made,
    manual,
    moments,
    moved,
    planned,
    rules,
    small_schools,
    steps,
    taught_by,
    two_slots,
    utc,
)
from tests.plans import history

OFF = ("cancellation_reason", "cause_id", "status")
LATER = a_slot(start="19:00", end="20:30")
GONE = a_series(a_slot("b", days="TU", starts_on="2030-01-01"))
CLOSED = ("CANCELLED", "COMPLETED", "NO_SHOW_STUDENT", "NO_SHOW_TUTOR", "RESCHEDULED")


def first(series: Series | None = None, **fields: Any) -> Session:
    """The first session of a series, with some fields changed."""
    return changed(made(series)[0], **fields)


def alone(what: Any, session: Session, **more: Any) -> list[tuple[str, ...]]:
    """What a plan does to one session that exists; the others are left out."""
    return [each for each in steps(planned(what, session, **more)) if each[2] == session.id]


def mondays_off(*dates: str, **more: Any) -> Series:
    return a_series(a_slot(), cancellations=[Cancellation.day("trip", "a", day) for day in dates], **more)


# --- following ------------------------------------------------------------------------------------------------------


def test_a_pending_session_follows_the_time_of_its_slot() -> None:
    plan = planned(a_series(LATER), first())

    assert steps(plan)[0] == ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")
    assert plan.changes[0].before == first()
    assert plan.changes[0].after == later(first(), HOUR, version=2)


def test_a_pending_session_follows_the_length_of_its_slot() -> None:
    plan = planned(a_series(a_slot(end="20:00")), first())

    assert steps(plan)[0] == ("UPDATE", "moved", FOUR[0], "ends_at")
    assert plan.changes[0].after == changed(first(), ends_at=utc("2026-09-07 18:00"), version=2)


def test_a_pending_session_follows_the_roster() -> None:
    plan = planned(taught_by("luc"), first(taught_by("amina")))

    assert steps(plan)[0] == ("UPDATE", "reassigned", FOUR[0], "tutor_id")
    assert plan.changes[0].after == first(taught_by("amina"), tutor_id="luc", version=2)
    assert plan.changes[0].why == "luc's turn: nobody else is in the rotation"


def test_a_pending_session_follows_rooms_and_zones() -> None:
    session = first()

    assert alone(a_series(a_slot(room_id="blue")), session) == [("UPDATE", "relinked", FOUR[0], "room_id")]
    assert alone(a_series(a_slot(), room_id="blue"), session) == []
    assert alone(a_series(a_slot(room_id="blue"), room_id="blue"), session) == []
    assert alone(a_series(a_slot(), timezone="Europe/Berlin"), session) == [("UPDATE", "relinked", FOUR[0], "timezone")]
    assert alone(a_series(a_slot(), timezone="Europe/London"), session) == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at", "timezone")
    ]


def test_a_session_that_is_in_another_room_than_its_slot_comes_back_to_the_series_room() -> None:
    session = first(a_series(a_slot(room_id="blue")))

    assert planned(a_series(a_slot()), session).changes[0].after == changed(session, room_id=None, version=2)


def test_the_first_of_several_codes_is_the_most_telling() -> None:
    school = School(
        taught_by("luc", slots=[LATER], config=rules(confirm_assigned=True)), tutors=[Tutor("luc", hourly_rate=30)]
    )

    assert alone(school, first()) == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "price", "starts_at", "status", "tutor_id")
    ]


def test_a_pending_session_is_confirmed_when_the_rules_say_so_and_there_is_a_tutor() -> None:
    confirming = rules(confirm_assigned=True)

    plan = planned(taught_by("amina", config=confirming), first(taught_by("amina")))

    assert steps(plan)[0] == ("UPDATE", "confirmed", FOUR[0], "status")
    assert plan.changes[0].after == confirmed(first(taught_by("amina")), version=2)
    assert planned(a_series(a_slot(), config=confirming), *made()).changes == ()


def test_a_confirmed_session_stays_confirmed_when_the_rules_no_longer_say_so() -> None:
    session = confirmed(first(taught_by("amina")))

    assert alone(taught_by("amina"), session) == []


@pytest.mark.parametrize(
    ("follow", "expected"),
    [
        ("never", []),
        ("time", [("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")]),
        ("all", [("UPDATE", "moved", FOUR[0], "ends_at", "price", "starts_at", "tutor_id")]),
    ],
)
def test_a_confirmed_session_follows_as_far_as_the_rules_say(follow: str, expected: list[tuple[str, ...]]) -> None:
    tutors = [Tutor("amina", hourly_rate=30), Tutor("luc", hourly_rate=40)]
    session = confirmed(made(School(taught_by("amina"), tutors=tutors))[0])
    changed_series = taught_by("luc", slots=[LATER], config=rules(confirmed_follow=follow))

    assert alone(School(changed_series, tutors=tutors), session) == expected


def test_a_confirmed_session_without_tutor_is_pending_again_if_all_follows() -> None:
    session = confirmed(first(taught_by("amina")))

    plan = planned(a_series(a_slot(), config=rules(confirmed_follow="all")), session)

    assert steps(plan)[0] == ("UPDATE", "reassigned", FOUR[0], "status", "tutor_id")
    assert plan.changes[0].after == changed(session, status="PENDING", tutor_id=None, version=2)


def test_a_confirmed_session_whose_room_or_zone_changes_follows() -> None:
    session = confirmed(first())

    assert alone(a_series(a_slot(room_id="blue"), timezone="Europe/Berlin"), session) == [
        ("UPDATE", "relinked", FOUR[0], "room_id", "timezone")
    ]


def test_own_notes_and_links_stay_and_are_never_looked_at() -> None:
    session = first(notes="bring a ruler", meeting_url="https://example.org/own", updated_by="kim")
    session = changed(session, updated_at="2026-08-01T00:00Z", version=7)

    plan = planned(a_series(LATER, meeting_url="https://example.org/all"), session)

    assert plan.changes[0].after == later(session, HOUR, version=8)
    assert planned(a_series(a_slot(), meeting_url="https://example.org/all"), *made()).changes == ()


# --- what people did ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ("starts_at", ["price", "room_id", "tutor_id"]),
        ("ends_at", ["price", "room_id", "tutor_id"]),
        ("tutor_id", ["ends_at", "price", "room_id", "starts_at"]),
        ("price", ["ends_at", "room_id", "starts_at", "tutor_id"]),
        ("room_id", ["ends_at", "price", "starts_at", "tutor_id"]),
        ("notes", ["ends_at", "price", "room_id", "starts_at", "tutor_id"]),
        ("meeting_url", ["ends_at", "price", "room_id", "starts_at", "tutor_id"]),
        ("status", ["ends_at", "price", "room_id", "starts_at", "tutor_id"]),
        ("package_id", ["ends_at", "price", "room_id", "starts_at", "tutor_id"]),
    ],
)
def test_a_pinned_field_stays_and_the_others_follow(pinned: str, expected: list[str]) -> None:
    tutors = [Tutor("amina", hourly_rate=30), Tutor("luc", hourly_rate=40)]
    session = changed(made(School(taught_by("amina"), tutors=tutors))[0], pinned=[pinned])
    school = School(
        taught_by("luc", slots=[a_slot(start="19:00", end="21:00", room_id="blue")]),
        # The price of Amina's hours changes as well.
        tutors=[Tutor("amina", hourly_rate=31), Tutor("luc", hourly_rate=40)],
    )

    update = alone(school, session)[0]

    assert list(update[3:]) == expected


def test_what_can_be_pinned_is_tried_here() -> None:
    assert PINNABLE == (
        "ends_at", "meeting_url", "notes", "package_id", "price", "room_id", "starts_at", "status", "tutor_id"
    )  # fmt: skip


def test_a_pinned_status_is_not_confirmed_by_the_rules() -> None:
    session = first(taught_by("amina"), pinned=["status"])

    assert alone(taught_by("amina", config=rules(confirm_assigned=True)), session) == []


@pytest.mark.parametrize("fields", [{"pinned": ["starts_at"]}, {"original_starts_at": "2026-09-07T16:00Z"}])
def test_a_moved_session_is_neither_moved_back_nor_made_again(fields: dict[str, Any]) -> None:
    session = later(first(), DAY, **fields)

    plan = planned(a_series(LATER), session)

    assert [step for step in steps(plan) if "2026-09-07" in step[2]] == []
    assert len(plan.creates) == 3


def test_a_moved_session_follows_the_roster_and_costs_its_own_length() -> None:
    tutors = [Tutor("luc", hourly_rate=40)]
    session = moved(first(), DAY)
    longer = changed(session, ends_at=session.ends_at + HOUR)

    plan = planned(School(taught_by("luc"), tutors=tutors), longer)

    assert plan.updates[0].after == changed(longer, tutor_id="luc", price="100 EUR", version=2)


@pytest.mark.requirement("BC-1")
@pytest.mark.parametrize("slot", [None, "a"])
def test_a_session_made_by_hand_is_never_touched(slot: str | None) -> None:
    occurs_on = None if slot is None else "2026-09-07"
    session = manual("own", "2026-09-08 10:00", "2026-09-08 11:00", slot_id=slot, occurs_on=occurs_on, tutor_id="zoe")

    for series in (taught_by("luc", slots=[LATER]), GONE, mondays_off("2026-09-07")):
        plan = planned(series, session)

        assert session in plan.unchanged
        assert [step for step in steps(plan) if step[2] == FOUR[0]] == (
            [("CREATE", "due", FOUR[0])] if slot is None and series is not GONE and not series.cancellations else []
        )


@pytest.mark.parametrize("status", CLOSED)
def test_a_session_that_is_closed_is_never_touched_nor_made_again(status: str) -> None:
    session = first(status=status)

    for series in (taught_by("luc", slots=[LATER]), GONE, mondays_off("2026-09-07")):
        assert alone(series, session) == []


@pytest.mark.parametrize("status", ["PENDING", "CONFIRMED"])
def test_a_session_that_has_started_is_never_touched(status: str) -> None:
    session = first(status=status)

    for now in (session.starts_at, session.starts_at + HOUR, session.starts_at + WEEK):
        assert alone(a_series(LATER), session, now=now) == []
        assert alone(GONE, session, now=now) == []


def test_a_session_that_a_person_cancelled_is_not_revived() -> None:
    by_hand = first(status="CANCELLED", cancellation_reason="the student is ill")
    in_a_name = first(status="CANCELLED", cause_id="bill-7", pinned=["status"])

    assert alone(a_series(LATER), by_hand) == alone(a_series(LATER), in_a_name) == []


def test_a_session_is_not_moved_into_the_past() -> None:
    now = utc("2026-09-07 15:00")
    message = (
        "s/a/2026-09-07 would move to 2026-09-07 16:30, which has passed, so it stays where it is; "
        "move or cancel it by hand"
    )

    plan = planned(a_series(a_slot(start="16:30", end="18:00")), first(), now=now)

    assert [step for step in steps(plan) if step[2] == FOUR[0]] == []
    assert issues(plan) == [("would-start-in-past", message)]
    assert plan.issues[0].series_id == "s"


# --- stand-ins ------------------------------------------------------------------------------------------------------


def test_a_session_without_slot_that_starts_at_the_same_time_stands_in() -> None:
    own = manual("own", "2026-09-14 16:00", "2026-09-14 16:45", tutor_id="zoe")

    plan = planned(taught_by("amina"), own)

    assert ids(change.after for change in plan.changes) == [FOUR[0], FOUR[2], FOUR[3]]
    assert plan.stand_ins == ((FOUR[1], "own"),)
    assert own in plan.unchanged
    assert "Kept\n  own stands in for s/a/2026-09-14" in str(plan)
    assert plan.issues == ()


@pytest.mark.parametrize("status", SessionStatus)
def test_a_stand_in_may_be_in_any_state(status: SessionStatus) -> None:
    old = manual("old", "2026-09-14 16:00", "2026-09-14 17:30", status=status, origin="GENERATED")

    plan = planned(None, old)

    assert plan.stand_ins == ((FOUR[1], "old"),)
    assert len(plan.changes) == 3


def test_a_session_stands_in_for_one_occurrence_the_one_of_the_smaller_slot_id() -> None:
    own = manual("own", "2026-09-07 16:00", "2026-09-07 17:00")

    plan = planned(a_series(*two_slots()), own, window=days("2026-09-07", "2026-09-07"))

    assert steps(plan) == [("CREATE", "due", "s/b/2026-09-07")]
    assert plan.stand_ins == (("s/a/2026-09-07", "own"),)


def test_two_sessions_stand_in_for_two_occurrences_by_their_ids() -> None:
    sessions = [manual(id, "2026-09-07 16:00", "2026-09-07 17:00") for id in ("z", "y", "x")]

    plan = planned(a_series(*two_slots()), *sessions, window=days("2026-09-07", "2026-09-07"))

    assert plan.changes == ()
    assert plan.stand_ins == (("s/a/2026-09-07", "x"), ("s/b/2026-09-07", "y"))


def test_a_session_stands_in_only_in_its_own_series_at_the_very_start() -> None:
    elsewhere = manual("elsewhere", "2026-09-07 16:00", "2026-09-07 17:30", series_id="t")
    late = manual("late", "2026-09-07 16:01", "2026-09-07 17:30")

    plan = planned(None, elsewhere, late)

    assert ids(change.after for change in plan.creates) == list(FOUR)
    assert plan.stand_ins == ()


def test_a_session_does_not_stand_in_for_an_occurrence_that_has_a_session_or_is_called_off() -> None:
    own = manual("own", "2026-09-07 16:00", "2026-09-07 17:30")

    assert planned(None, *made(), own).stand_ins == ()
    assert planned(mondays_off("2026-09-07"), own).stand_ins == ()


# --- no longer wanted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "code", "cause", "reason"),
    [
        (GONE, "slot-gone", "a", "the series has no slot a"),
        (a_series(a_slot(active=False)), "slot-inactive", "a", "slot a is not active"),
        (mondays_off("2026-09-07"), "called-off", "trip", "called off by trip"),
        (
            a_series(a_slot(), cancellations=[Cancellation.week("trip", None, "2026-09-10", reason="away")]),
            "called-off",
            "trip",
            "called off by trip (away)",
        ),
        (a_series(a_slot(days="TU")), "no-date", "a", "slot a has no lesson on Monday 2026-09-07"),
        (
            a_series(a_slot(excluded_dates=["2026-09-07"])),
            "no-date",
            "a",
            "slot a has no lesson on Monday 2026-09-07",
        ),
        (a_series(a_slot(), starts_on="2026-09-08"), "out-of-dates", "s", "the series starts on 2026-09-08"),
        (
            a_series(a_slot(), starts_on="2026-01-01", ends_on="2026-09-06"),
            "out-of-dates",
            "s",
            "the series ends on 2026-09-06",
        ),
        (a_series(a_slot(starts_on="2026-09-14")), "out-of-dates", "a", "slot a starts on 2026-09-14"),
        (
            a_series(a_slot(ends_on="2026-09-06"), starts_on="2026-01-01"),
            "out-of-dates",
            "a",
            "slot a ends on 2026-09-06",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["pending", "confirmed", "moved"])
def test_a_session_that_is_no_longer_wanted_is_cancelled_with_its_cause(
    series: Series, code: str, cause: str, reason: str, kind: str
) -> None:
    session = {
        "pending": first(),
        "confirmed": confirmed(first()),
        # A moved session stays only out of days off, and one hour later is the same day.
        "moved": moved(first(), HOUR),
    }[kind]

    plan = planned(series, session, window=days("2026-09-01", "2026-09-07"))

    assert steps(plan) == [("CANCEL", code, FOUR[0], *OFF)]
    assert plan.cancels[0].after == changed(
        session, status="CANCELLED", cause_id=cause, cancellation_reason=reason, version=2
    )
    assert plan.cancels[0].why == reason


def test_a_closed_day_cancels_with_the_closure_s_id() -> None:
    school = School(
        a_series(a_slot()), closures=[Closure("fair", "2026-09-07", "2026-09-08", reason="the hall is let")]
    )

    plan = planned(school, first(), window=days("2026-09-01", "2026-09-07"))

    assert plan.cancels[0].after == first(
        status="CANCELLED", cause_id="fair", cancellation_reason="closed: fair (the hall is let)", version=2
    )


def test_a_date_that_falls_in_a_gap_is_no_date_if_gaps_are_skipped() -> None:
    series = a_series(a_slot(days="SU", start="02:30", duration=60), starts_on="2027-01-01")
    window = days("2027-03-28", "2027-03-28")
    session = made(series, window=window)[0]

    plan = planned(attrs.evolve(series, config=rules(on_gap="skip")), session, window=window)

    assert steps(plan) == [("CANCEL", "no-date", "s/a/2027-03-28", *OFF)]


def test_taking_back_what_called_sessions_off_brings_them_back_as_if_they_were_pending() -> None:
    session = confirmed(first(taught_by("amina")))
    off = planned(
        attrs.evolve(taught_by("amina"), cancellations=[Cancellation.day("trip", "a", "2026-09-07")]), session
    )
    cancelled = off.cancels[0].after

    plan = planned(taught_by("luc", slots=[LATER]), cancelled)

    assert steps(plan)[0] == (
        "REINSTATE", "wanted-again", FOUR[0],
        "cancellation_reason", "cause_id", "ends_at", "starts_at", "status", "tutor_id",
    )  # fmt: skip
    assert plan.reinstates[0].after == later(first(taught_by("amina")), HOUR, tutor_id="luc", version=3)
    assert plan.reinstates[0].because == "no longer off: called off by trip"


def test_a_session_that_is_brought_back_is_confirmed_if_new_ones_are() -> None:
    session = first(taught_by("amina"), status="CANCELLED", cause_id="trip", cancellation_reason="called off by trip")

    plan = planned(taught_by("amina", config=rules(confirm_assigned=True)), session)

    assert plan.reinstates[0].after == confirmed(first(taught_by("amina")), version=2)


def test_a_session_is_not_brought_back_into_the_past() -> None:
    session = first(status="CANCELLED", cause_id="trip")
    earlier = a_series(a_slot(start="16:30"))

    assert alone(earlier, session, now=utc("2026-09-07 15:00")) == []
    assert alone(None, session, now=session.starts_at) == []


def test_a_moved_session_comes_back_at_the_time_to_which_it_was_moved() -> None:
    session = changed(
        moved(first(), DAY), status="CANCELLED", cause_id="trip", cancellation_reason="called off by trip"
    )

    plan = planned(a_series(a_slot()), session)

    assert plan.reinstates[0].after == changed(moved(first(), DAY), version=2)


def test_a_session_that_is_off_for_another_reason_now_says_so() -> None:
    session = first(status="CANCELLED", cause_id="trip", cancellation_reason="called off by trip")
    closed = School(a_series(a_slot()), closures=[Closure("fair", "2026-09-07", "2026-09-07")])

    plan = planned(closed, session)

    assert steps(plan)[0] == ("UPDATE", "recaused", FOUR[0], "cancellation_reason", "cause_id")
    assert plan.updates[0].after == changed(session, cause_id="fair", cancellation_reason="closed: fair", version=2)
    assert plan.updates[0].why == "still off: closed: fair"
    assert alone(mondays_off("2026-09-07"), session) == []


def test_a_session_with_a_pinned_status_stays_and_that_is_told() -> None:
    session = confirmed(first(), pinned=["status"])
    message = (
        "s/a/2026-09-07 stays though called off by trip: a person has set its status; "
        "cancel it by hand if it should be off"
    )

    plan = planned(mondays_off("2026-09-07"), session)

    assert alone(mondays_off("2026-09-07"), session) == []
    assert issues(plan) == [("kept-pinned", message)]
    assert dict(plan.issues[0].details) == {"cause_id": "trip", "session_id": FOUR[0]}


def test_a_session_moved_out_of_a_week_off_stays_and_that_is_told() -> None:
    week = a_series(a_slot(), cancellations=[Cancellation.week("trip", "a", "2026-09-07")])
    session = moved(first(), WEEK + HOUR)
    message = (
        "s/a/2026-09-07 stays though called off by trip: a person has moved it to 2026-09-14 19:00; "
        "cancel it by hand if it should be off"
    )

    plan = planned(week, session)

    assert FOUR[0] not in ids(change.after for change in plan.changes)
    assert issues(plan) == [("moved-out-of-days-off", message)]
    assert alone(week, moved(first(), 6 * DAY)) == [("CANCEL", "called-off", FOUR[0], *OFF)]


def test_a_session_moved_out_of_a_closure_stays_but_not_one_moved_into_a_day_that_it_closes() -> None:
    school = School(a_series(a_slot()), closures=[Closure("fair", "2026-09-07", "2026-09-08")])

    assert alone(school, moved(first(), 2 * DAY)) == []
    assert alone(school, moved(first(), DAY)) == [("CANCEL", "closed", FOUR[0], *OFF)]


def test_a_session_moved_out_of_days_off_keeps_its_tutor_and_follows_in_other_fields() -> None:
    """The turn of a date that is called off may have passed to another date."""
    trip = [Cancellation.day("trip", "a", "2026-09-07")]
    off = taught_by("luc", slots=[a_slot(room_id="blue")], cancellations=trip, timezone="Europe/Berlin")
    session = moved(first(taught_by("amina")), DAY)

    assert alone(off, session) == [("UPDATE", "relinked", FOUR[0], "room_id", "timezone")]


def test_a_session_moved_into_days_off_of_others_stays() -> None:
    """What is called off is the date on which it was due; it was moved by a person who saw the calendar."""
    session = moved(first(), WEEK)

    assert alone(mondays_off("2026-09-14"), session) == []


def test_a_slot_that_is_gone_takes_moved_sessions_along_wherever_they_are() -> None:
    session = moved(first(), 30 * DAY)

    assert alone(GONE, session) == [("CANCEL", "slot-gone", FOUR[0], *OFF)]


# --- properties -----------------------------------------------------------------------------------------------------


def some_done(data: DataObject, sessions: Sequence[Session]) -> list[Session]:
    """The sessions, with some moved, confirmed, taken over, held or cancelled by people."""
    fates = {
        "nothing": lambda session: session,
        "moved": lambda session: moved(session, timedelta(hours=data.draw(st.integers(-30, 60)))),
        "confirmed": history.confirm,
        "pinned": lambda session: history.pin(session, "tutor_id", "price"),
        "manual": history.take_over,
        "cancelled": history.cancel,
        "completed": history.complete,
    }
    return [fates[data.draw(st.sampled_from(sorted(fates)))](session) for session in sessions]


def is_open_and_generated(session: Session) -> bool:
    return session.is_open and session.origin == "GENERATED"


@pytest.mark.requirement("P2")
@given(st.data())
def test_all_sessions_to_come_of_a_slot_that_goes_or_sleeps_are_cancelled(data: DataObject) -> None:
    school, now = data.draw(small_schools()), data.draw(moments())
    sessions = some_done(data, made(school))
    series = data.draw(st.sampled_from(school.series))
    slot = data.draw(st.sampled_from(series.slots))
    if data.draw(st.booleans()):
        without = attrs.evolve(
            series, slots=[attrs.evolve(slot, active=False) if each is slot else each for each in series.slots]
        )
    else:
        others = {each.id for each in series.slots if each is not slot}
        without = attrs.evolve(
            series,
            slots=[each for each in series.slots if each is not slot],
            assignments=[each for each in series.assignments if each.slot_id in {None, *others}],
            cancellations=[each for each in series.cancellations if each.slot_id in {None, *others}],
        )
    school = attrs.evolve(school, series=[without if each is series else each for each in school.series])

    plan = plan_sessions(school, now=now, existing=sessions, only=[series.id])

    of_slot = [each for each in sessions if (each.series_id, each.slot_id) == (series.id, slot.id)]
    expected = [each.id for each in of_slot if each.starts_at > now and is_open_and_generated(each)]
    touched = {change.id: change for change in plan.changes if change.id in by_id(of_slot)}
    assert touched.keys() == set(expected)
    assert {(change.after.status, change.after.cause_id) for change in touched.values()} <= {("CANCELLED", slot.id)}
    assert not any((change.series_id, change.after.slot_id) == (series.id, slot.id) for change in plan.creates)


@pytest.mark.requirement("P20")
@pytest.mark.requirement("P21")
@pytest.mark.requirement("P22")
@given(st.integers(0, 40), st.booleans(), st.sets(st.integers(1, 7), min_size=1), st.integers(0, 20))
def test_a_week_off_cancels_the_slot_s_sessions_of_that_week_and_back_they_are_the_same(
    day: int, every_slot: bool, weekdays: set[int], passed: int
) -> None:
    series = taught_by(
        "amina", "luc", slots=[a_slot("a", days=weekdays), a_slot("b", days="MO,SU", start="10:00", end="11:00")]
    )
    existing = made(series, window=days("2026-09-07", "2026-10-18"))
    now = NOW + passed * DAY
    off = Cancellation.week("trip", None if every_slot else "a", NOW.date() + day * DAY)

    plan = planned(
        attrs.evolve(series, cancellations=[off]), *existing, now=now, window=days("2026-09-07", "2026-10-18")
    )
    cancelled = after(existing, plan)
    back = planned(series, *cancelled, now=now, window=days("2026-09-07", "2026-10-18"))

    expected = [
        session.id
        for session in existing
        if session.occurs_on is not None
        and session.occurs_on.isocalendar()[:2] == off.first_day.isocalendar()[:2]
        and (every_slot or session.slot_id == "a")
        and session.starts_at > now
    ]
    assert steps(plan) == [("CANCEL", "called-off", each, *OFF) for each in expected]
    assert {change.after.cause_id for change in plan.cancels} <= {"trip"}
    assert steps(back) == [("REINSTATE", "wanted-again", each, *OFF) for each in expected]
    assert {id: attrs.evolve(session, version=1) for id, session in by_id(after(cancelled, back)).items()} == by_id(
        existing
    )


@pytest.mark.requirement("P37")
@pytest.mark.requirement("MIG-5")
@pytest.mark.requirement("BC-2")
@given(st.data())
def test_a_first_plan_leaves_every_session_that_is_there_untouched_and_stands_in_for_none_twice(
    data: DataObject,
) -> None:
    """Sessions from before know no slot; many are at the times of what would be made."""
    school = data.draw(small_schools())
    would = made(school)
    chosen = data.draw(st.lists(st.sampled_from(would), unique_by=lambda each: each.id)) if would else []
    older = [
        attrs.evolve(
            session,
            id=f"old-{number}",
            slot_id=None,
            occurs_on=None,
            origin=data.draw(st.sampled_from(("MANUAL", "GENERATED"))),
            status=data.draw(st.sampled_from(SessionStatus)),
            starts_at=session.starts_at - timedelta(minutes=data.draw(st.sampled_from((0, 0, 0, 5)))),
        )
        for number, session in enumerate(chosen)
    ]

    plan = planned(school, *older)

    assert plan.creates == plan.changes
    assert {change.id for change in plan.changes}.isdisjoint(by_id(older))
    assert {session.id for session in plan.unchanged} == {each.id for each in older if each.series_id in plan.planned}
    starts = [(each.series_id, each.starts_at) for each in would]
    for place in set(starts):
        there = sum((each.series_id, each.starts_at) == place for each in older)
        new = sum((change.series_id, change.after.starts_at) == place for change in plan.creates)
        assert new == max(0, starts.count(place) - there)


@pytest.mark.requirement("P25")
@given(st.data())
def test_whatever_is_missing_is_filled_in_just_as_it_was(data: DataObject) -> None:
    school = data.draw(small_schools())
    sessions = made(school)
    missing = set(data.draw(st.lists(st.sampled_from(sessions), unique_by=lambda each: each.id))) if sessions else set()

    plan = planned(school, *(each for each in sessions if each not in missing))

    assert {change.after for change in plan.creates} == missing
    assert plan.creates == plan.changes
