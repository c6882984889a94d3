"""The naive planner itself, on schools that are small enough to be worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Availability,
    Cancellation,
    Closure,
    Config,
    Money,
    Origin,
    Package,
    School,
    Session,
    SessionStatus,
    Slot,
    Tutor,
    Window,
)
from recurly_sessions.values.school import Booking
from recurly_sessions.values.series import SeriesStatus
from tests.plans import history
from tests.plans.examples import BOTH, MONDAY, NOW, WEEK, a_course, a_school, a_session, two_courses
from tests.reference.planner import NaivePlan, plan


def planned(school: School, *sessions: Session, now: datetime = NOW, **more: Any) -> NaivePlan:
    return plan(school, sessions, now=now, **more)


def kinds(made: NaivePlan) -> dict[str, tuple[str, str]]:
    return {session_id: (kind, code) for session_id, (kind, code, _) in made.changes.items()}


def later(session: Session, **more: Any) -> Session:
    return attrs.evolve(session, version=session.version + 1, **more)


def test_two_weeks_ahead_are_two_sessions_by_turns() -> None:
    made = planned(a_school())

    creates = {each.id: ("CREATE", "due", each) for each in BOTH}
    assert made == NaivePlan(creates, set(), {}, set(), set())


def test_what_is_there_is_not_made_again() -> None:
    assert planned(a_school(), *BOTH) == NaivePlan({}, set(), {}, set(), set())


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (MONDAY - timedelta(minutes=1), ["2026-09-07", "2026-09-14"]),
        (MONDAY, ["2026-09-07", "2026-09-14"]),
        (MONDAY + timedelta(minutes=1), ["2026-09-14", "2026-09-21"]),
    ],
)
def test_a_weekly_slot_has_so_many_sessions_whatever_the_time_of_day(now: datetime, days: list[str]) -> None:
    made = planned(a_school(), now=now)

    assert list(made.changes) == [f"maths/mon/{day}" for day in days]


def test_a_clock_change_within_the_window_costs_no_session() -> None:
    made = planned(a_school(), now=datetime(2026, 10, 19, 16, 30, tzinfo=UTC))

    starts = {session_id: after.starts_at for session_id, (_, _, after) in made.changes.items()}
    assert starts == {
        "maths/mon/2026-10-26": datetime(2026, 10, 26, 17, tzinfo=UTC),
        "maths/mon/2026-11-02": datetime(2026, 11, 2, 17, tzinfo=UTC),
    }


def test_an_hour_that_comes_twice_costs_no_session() -> None:
    daily = a_course(slots=[Slot("night", days="MO,TU,WE,TH,FR,SA,SU", start="02:30", duration=30)])

    made = planned(a_school(daily, base=Config(weeks_ahead=1)), now=datetime(2026, 10, 25, 1, 10, tzinfo=UTC))

    assert [session_id[-5:] for session_id in sorted(made.changes)] == [
        "10-26", "10-27", "10-28", "10-29", "10-30", "10-31", "11-01",
    ]  # fmt: skip


def test_a_window_bounds_what_is_made_and_not_what_is_changed() -> None:
    school = a_school(base=Config(confirm_assigned=True))
    window = Window(MONDAY + 2 * WEEK, MONDAY + 3 * WEEK)

    made = planned(school, *BOTH, window=window)

    assert made.changes == {
        "maths/mon/2026-09-07": ("UPDATE", "confirmed", later(BOTH[0], status="CONFIRMED")),
        "maths/mon/2026-09-14": ("UPDATE", "confirmed", later(BOTH[1], status="CONFIRMED")),
        "maths/mon/2026-09-21": ("CREATE", "due", a_session("2026-09-21", status="CONFIRMED")),
    }


def test_only_active_series_are_planned_unless_they_are_named() -> None:
    school = a_school(
        a_course("draft", status=SeriesStatus.DRAFT),
        a_course("ended", status=SeriesStatus.ENDED),
        a_course("by-hand", config=Config(auto_generate=False)),
    )

    assert planned(school).changes == {}
    assert {after.series_id for _, _, after in planned(school, only=("draft", "ended")).changes.values()} == {"draft"}


def test_a_price_is_rate_times_hours_times_members_rounded_half_up_once() -> None:
    course = a_course(members=["kim", "lea"], slots=[Slot("mon", days="MO", start="18:00", duration=50)])
    school = a_school(
        course, tutors=[Tutor("amina", hourly_rate="33.33 EUR")], base=Config(weeks_ahead=2, default_rate=12)
    )

    made = planned(school)

    prices = {session_id: (after.tutor_id, after.price) for session_id, (_, _, after) in made.changes.items()}
    assert prices == {
        "maths/mon/2026-09-07": ("amina", Money("55.55", "EUR")),  # 33.33 * 5/6 * 2
        "maths/mon/2026-09-14": (None, Money("20.00", "EUR")),  # Luc has no profile: 12 * 5/6 * 2
    }


def test_half_a_coin_is_rounded_up() -> None:
    school = a_school(tutors=[Tutor("amina", hourly_rate="0.01 EUR"), Tutor("luc", hourly_rate="0.335")])

    made = planned(school)

    assert [after.price for _, _, after in made.changes.values()] == [
        Money("0.02", "EUR"),  # 1.5 coins
        Money("0.50", "EUR"),  # 50.25 coins
    ]


def test_a_rate_change_reprices_pending_sessions_only() -> None:
    school = a_school(tutors=[Tutor("amina", hourly_rate="30 EUR"), Tutor("luc", hourly_rate="30 EUR")])
    confirmed = attrs.evolve(BOTH[0], status=SessionStatus.CONFIRMED)

    made = planned(school, confirmed, BOTH[1])

    assert made.changes == {BOTH[1].id: ("UPDATE", "repriced", later(BOTH[1], price="45 EUR"))}


@pytest.mark.parametrize(
    ("follow", "changes"),
    [
        ("never", {"room_id": "red"}),
        ("time", {"room_id": "red", "starts_at": MONDAY + timedelta(hours=1), "ends_at": MONDAY + timedelta(hours=2)}),
        (
            "all",
            {
                "room_id": "red",
                "starts_at": MONDAY + timedelta(hours=1),
                "ends_at": MONDAY + timedelta(hours=2),
                "tutor_id": None,
                "price": "12 EUR",
                "status": "PENDING",
            },
        ),
    ],
)
def test_a_confirmed_session_follows_as_much_as_the_rules_say(follow: str, changes: dict[str, Any]) -> None:
    slot = Slot("mon", days="MO", start="19:00", duration=60, room_id="red")
    school = a_school(
        a_course(slots=[slot], assignments=[], room_id="blue"),
        base=Config(weeks_ahead=1, confirmed_follow=follow, default_rate=12),
    )
    confirmed = attrs.evolve(BOTH[0], status=SessionStatus.CONFIRMED)

    made = planned(school, confirmed)

    code = "relinked" if follow == "never" else "moved"
    assert made.changes == {confirmed.id: ("UPDATE", code, later(confirmed, **changes))}


def test_what_is_pinned_stays_and_the_rest_follows() -> None:
    school = a_school(
        a_course(slots=[Slot("mon", days="MO", start="19:00", duration=60)]),
        base=Config(weeks_ahead=1),
        tutors=[Tutor("amina", hourly_rate=10), Tutor("zoe", hourly_rate="20 EUR")],
    )
    substituted = history.pin_tutor(BOTH[0], "zoe")

    made = planned(school, substituted)

    start = MONDAY + timedelta(hours=1)
    after = later(substituted, starts_at=start, ends_at=start + timedelta(hours=1), price="20 EUR")
    assert made.changes == {substituted.id: ("UPDATE", "moved", after)}


def test_a_moved_session_is_not_moved_back_but_priced_as_long_as_it_lasts() -> None:
    school = a_school(base=Config(weeks_ahead=1, default_rate=10))
    moved = history.lengthen(history.drift(BOTH[0], timedelta(hours=2)), timedelta(minutes=30))

    made = planned(school, moved)

    assert made.changes == {moved.id: ("UPDATE", "repriced", later(moved, price="20 EUR"))}


@pytest.mark.parametrize(
    "untouched",
    [
        history.cancel(BOTH[0]),
        history.cancel_and_pin(BOTH[0]),
        history.put_off(BOTH[0]),
        history.complete(BOTH[0]),
        history.take_over(BOTH[0]),
        attrs.evolve(BOTH[0], starts_at=NOW),
    ],
)
def test_what_a_person_decided_and_what_has_started_is_left_alone(untouched: Session) -> None:
    school = a_school(a_course(slots=[Slot("mon", days="MO", start="20:00", duration=45)]), base=Config(weeks_ahead=1))

    assert planned(school, untouched).changes == {}


@pytest.mark.parametrize(
    ("changes", "code", "cause"),
    [
        ({"slots": [Slot("tue", days="TU", start="18:00", end="19:30", active=False)]}, "slot-gone", "mon"),
        ({"slots": [Slot("mon", days="MO", start="18:00", end="19:30", active=False)]}, "slot-inactive", "mon"),
        ({"slots": [Slot("mon", days="WE", start="18:00", end="19:30", ends_on="2026-09-08")]}, "no-date", "mon"),
        ({"starts_on": "2026-09-08", "ends_on": "2026-09-08"}, "out-of-dates", "maths"),
        ({"cancellations": [Cancellation.day("trip", "mon", "2026-09-07")]}, "called-off", "trip"),
        ({"config": Config(closures=[Closure("fair", "2026-09-07", "2026-09-07")])}, "closed", "fair"),
        (
            {"packages": [Package("p", starts_on="2026-09-08", ends_on="2026-09-13", sessions=1)]},
            "outside-packages",
            "maths",
        ),
    ],
)
def test_what_is_no_longer_wanted_is_cancelled_and_says_by_what(changes: dict[str, Any], code: str, cause: str) -> None:
    made = planned(a_school(a_course(**changes), base=Config(weeks_ahead=1)), BOTH[0])

    cancelled = later(BOTH[0], status="CANCELLED", cause_id=cause)
    assert made.changes == {BOTH[0].id: ("CANCEL", code, cancelled)}


def test_a_session_comes_back_when_its_cause_is_taken_back() -> None:
    off = attrs.evolve(BOTH[0], status="CANCELLED", cause_id="trip", cancellation_reason="a trip", tutor_id="zoe")

    made = planned(a_school(base=Config(weeks_ahead=1)), off)

    back = later(off, status="PENDING", cause_id=None, cancellation_reason=None, tutor_id="amina")
    assert made.changes == {off.id: ("REINSTATE", "wanted-again", back)}


def test_a_cancelled_session_names_its_new_cause() -> None:
    off = attrs.evolve(BOTH[0], status="CANCELLED", cause_id="trip", cancellation_reason="a trip")
    school = a_school(closures=[Closure("fair", "2026-09-07", "2026-09-07")], base=Config(weeks_ahead=1))

    made = planned(school, off)

    after = later(off, cause_id="fair", cancellation_reason=None)
    assert made.changes == {off.id: ("UPDATE", "recaused", after)}


def test_a_session_whose_status_is_pinned_stays_with_an_issue() -> None:
    school = a_school(closures=[Closure("fair", "2026-09-07", "2026-09-07")], base=Config(weeks_ahead=1))

    made = planned(school, history.insist(BOTH[0]))

    assert made == NaivePlan(
        {},
        {("closed", BOTH[0].id, "fair", None, MONDAY, MONDAY + timedelta(minutes=90), "flag")},
        {},
        {("kept-pinned", "maths")},
        set(),
    )


@pytest.mark.parametrize(("days", "is_kept"), [(1, False), (2, True)])
def test_a_session_moved_out_of_the_days_off_stays_with_an_issue(days: int, is_kept: bool) -> None:
    course = a_course(cancellations=[Cancellation("trip", first_day="2026-09-07", last_day="2026-09-08")])
    moved = history.move(BOTH[0], timedelta(days=days))

    made = planned(a_school(course, base=Config(weeks_ahead=1)), moved)

    assert kinds(made) == ({} if is_kept else {moved.id: ("CANCEL", "called-off")})
    assert made.issues == ({("moved-out-of-days-off", "maths")} if is_kept else set())


def test_a_session_is_not_moved_into_the_past() -> None:
    school = a_school(a_course(slots=[Slot("mon", days="MO", start="18:00", end="19:30")]), base=Config(weeks_ahead=1))
    late = attrs.evolve(BOTH[0], starts_at=MONDAY + timedelta(hours=1), ends_at=MONDAY + timedelta(hours=2))

    made = planned(school, late, now=MONDAY)

    assert made.changes == {}
    assert made.issues == {("would-start-in-past", "maths")}


def test_an_older_session_without_a_slot_stands_in_for_one_occurrence() -> None:
    twice = a_course(slots=[Slot(each, days="MO", start="18:00", end="19:30") for each in ("b", "a")], assignments=[])
    older = attrs.evolve(BOTH[0], id="old", slot_id=None, occurs_on=None, origin=Origin.MANUAL)

    made = planned(a_school(twice, base=Config(weeks_ahead=1)), history.cancel(older))

    assert made.stand_ins == {"maths/a/2026-09-07": "old"}
    assert kinds(made) == {"maths/b/2026-09-07": ("CREATE", "due")}


def test_of_two_sessions_of_one_identity_one_is_left_alone() -> None:
    copy = history.copy_of(BOTH[0], "a-copy")
    school = a_school(closures=[Closure("fair", "2026-09-07", "2026-09-07")], base=Config(weeks_ahead=1))

    made = planned(school, BOTH[0], copy)

    assert kinds(made) == {BOTH[0].id: ("CANCEL", "closed")}
    assert made.issues == {("two-sessions", "maths")}


def test_sessions_of_an_unknown_series_are_left_alone() -> None:
    made = planned(a_school(base=Config(weeks_ahead=1)), BOTH[0], attrs.evolve(BOTH[0], id="x", series_id="piano"))

    assert made.changes == {}
    assert made.issues == {("unknown-series", "piano")}


def test_a_package_is_made_up_at_its_end_for_what_is_called_off() -> None:
    course = a_course(
        packages=[Package("p", starts_on="2026-09-07", ends_on="2026-10-04", sessions=2)],
        cancellations=[Cancellation.day("trip", "mon", "2026-09-14")],
    )

    made = planned(a_school(course, base=Config(weeks_ahead=6)))

    numbers = {after.id: (code, after.package_id, after.number) for _, code, after in made.changes.values()}
    assert numbers == {"maths/mon/2026-09-07": ("due", "p", 1), "maths/mon/2026-09-21": ("make-up", "p", 3)}
    assert made.issues == set()


def test_a_package_that_is_short_is_an_issue() -> None:
    course = a_course(
        packages=[Package("p", starts_on="2026-09-07", ends_on="2026-09-20", sessions=2)],
        cancellations=[Cancellation.day("trip", "mon", "2026-09-14")],
    )

    made = planned(a_school(course))

    assert kinds(made) == {"maths/mon/2026-09-07": ("CREATE", "due")}
    assert made.issues == {("package-short", "maths")}


def test_a_lesson_of_a_package_that_a_person_cancelled_is_an_issue() -> None:
    course = a_course(packages=[Package("p", starts_on="2026-09-07", ends_on="2026-10-04", sessions=2)])
    lost = history.cancel(attrs.evolve(BOTH[0], package_id="p", number=1))

    made = planned(a_school(course), lost)

    assert kinds(made) == {"maths/mon/2026-09-14": ("CREATE", "due")}
    assert made.issues == {("package-lesson-lost", "maths")}


def test_a_series_of_nobody_is_an_issue() -> None:
    assert planned(a_school(a_course(members=()))).issues == {("no-members", "maths")}


OVERLAP = (MONDAY + timedelta(minutes=30), MONDAY + timedelta(minutes=90))


def test_the_earlier_session_stays_and_the_other_is_flagged() -> None:
    made = planned(two_courses())

    pair = ("b/mon/2026-09-07", "a/mon/2026-09-07")
    assert set(made.changes) == {*pair}
    assert made.conflicts == {
        ("tutor", *pair, "amina", *OVERLAP, "flag"),
        ("student", *pair, "kim", *OVERLAP, "flag"),
        ("room", *pair, "blue", *OVERLAP, "flag"),
    }


def test_the_other_is_made_without_tutor_if_the_rules_say_so() -> None:
    made = planned(two_courses(on_tutor_busy="unassign", on_student_busy="ignore", on_room_busy="ignore"))

    tutors = {after.id: after.tutor_id for _, _, after in made.changes.values()}
    assert tutors == {"a/mon/2026-09-07": "amina", "b/mon/2026-09-07": None}


def test_the_other_is_not_made_or_cancelled_if_the_rules_say_so() -> None:
    school = two_courses(on_tutor_busy="unassign", on_student_busy="ignore", on_room_busy="skip")
    first = planned(two_courses()).changes
    stored = [after for _, _, after in first.values()]

    assert set(planned(school).changes) == {"a/mon/2026-09-07"}
    cancelled = later(stored[1], status="CANCELLED", cause_id="a/mon/2026-09-07")
    assert planned(school, *stored).changes == {"b/mon/2026-09-07": ("CANCEL", "conflict", cancelled)}


def test_a_confirmed_session_stays_though_it_is_later() -> None:
    school = two_courses(on_room_busy="skip")
    stored = {each.id: each for _, _, each in planned(two_courses()).changes.values()}
    confirmed = history.confirm(stored["b/mon/2026-09-07"])

    made = planned(school, stored["a/mon/2026-09-07"], confirmed)

    assert kinds(made) == {"a/mon/2026-09-07": ("CANCEL", "conflict")}


def test_touching_lessons_and_those_of_people_who_left_are_no_conflict() -> None:
    school = two_courses()
    later_slot = Slot("mon", days="MO", start="19:30", duration=60)
    apart = attrs.evolve(school, series=[school.series[0], attrs.evolve(school.series[1], slots=[later_slot])])

    assert planned(apart).conflicts == set()


def test_a_booking_stays() -> None:
    busy = Booking("dentist", starts_at=MONDAY, ends_at=MONDAY + timedelta(minutes=10), tutor_id="amina")

    made = plan(a_school(base=Config(weeks_ahead=1)), (), [busy], now=NOW)

    finding = ("tutor", BOTH[0].id, "dentist", "amina", MONDAY, MONDAY + timedelta(minutes=10), "flag")
    assert made.conflicts == {finding}


def test_hours_that_do_not_cover_a_session_are_a_finding() -> None:
    short = [Availability("mondays", weekday="MO", start="18:00", end="19:00")]
    school = a_school(tutors=[Tutor("amina", availability=short), "luc"], base=Config(weeks_ahead=1))

    made = planned(school)

    finding = ("unavailable", BOTH[0].id, None, "amina", MONDAY, MONDAY + timedelta(minutes=90), "flag")
    assert made.conflicts == {finding}


def test_an_occurrence_beyond_the_window_counts_where_it_reaches_into_it() -> None:
    confirmed = Config(confirm_assigned=True)
    school = two_courses(on_room_busy="ignore", on_student_busy="ignore")
    first, second = school.series
    school = attrs.evolve(school, series=[first, attrs.evolve(second, config=confirmed)])
    window = Window(NOW, MONDAY + timedelta(minutes=10))

    made = planned(school, window=window)

    assert set(made.changes) == {"a/mon/2026-09-07"}
    assert made.conflicts == {("tutor", "a/mon/2026-09-07", "b/mon/2026-09-07", "amina", *OVERLAP, "flag")}
