"""Plans of small schools, worked out by hand, where random ones seldom get to."""

from datetime import timedelta

import attrs
import pytest

from recurly_sessions import Cancellation, Config, Package, SessionStatus, Slot, Window, plan_sessions, round_robin
from tests.plans import history
from tests.plans.examples import BOTH, MONDAY, NOW, WEEK, a_course, a_school, a_session

EVENING = MONDAY + timedelta(hours=3)
PACKAGE = Package("p", starts_on="2026-09-07", ends_on="2026-10-04", sessions=2)


@pytest.mark.parametrize("days", [0, 1, 2, 3, 7, 30])
def test_what_has_started_is_left_alone_wherever_the_window_begins(days: int) -> None:
    school = a_school(a_course(room_id="red"), base=Config(default_rate=20))
    window = Window(MONDAY - timedelta(days=days), MONDAY + timedelta(days=1))

    plan = plan_sessions(school, existing=[attrs.evolve(BOTH[0], room_id="blue")], now=EVENING, window=window)

    assert plan.changes == ()


@pytest.mark.parametrize("days", [0, 1, 2, 3, 7, 30])
def test_nothing_is_made_that_would_have_started_wherever_the_window_begins(days: int) -> None:
    window = Window(MONDAY - timedelta(days=days), MONDAY + WEEK + timedelta(hours=1))

    plan = plan_sessions(a_school(), now=EVENING, window=window)

    assert [change.id for change in plan.creates] == ["maths/mon/2026-09-14"]


def test_a_session_without_tutor_is_flagged_because_nobody_can_be_taken_off_it() -> None:
    rules = Config(weeks_ahead=1, on_student_busy="unassign")
    alone = [a_course(each, assignments=(), members=["kim"]) for each in ("a", "b")]

    plan = plan_sessions(a_school(*alone, base=rules), now=NOW)

    found = [(each.kind, each.session_id, each.other, each.reaction) for each in plan.conflicts]
    assert found == [("student", "b/mon/2026-09-07", "a/mon/2026-09-07", "flag")]


def test_a_session_moved_out_of_the_days_off_keeps_its_tutor_and_follows_in_the_rest() -> None:
    course = a_course(cancellations=[Cancellation.day("trip", "mon", "2026-09-07")], room_id="red")
    moved = attrs.evolve(history.move(BOTH[0], timedelta(days=2)), tutor_id="zoe", room_id="blue", price="3 EUR")

    plan = plan_sessions(a_school(course, base=Config(weeks_ahead=1)), existing=[moved], now=NOW)

    after = attrs.evolve(moved, room_id=None, price="0 EUR", version=moved.version + 1)
    assert [(change.code, change.after) for change in plan.changes] == [("repriced", after)]
    assert [issue.code for issue in plan.issues] == ["moved-out-of-days-off"]


def test_a_moved_session_comes_back_when_the_days_off_no_longer_reach_it() -> None:
    moved = history.move(BOTH[0], timedelta(days=2))
    course = a_course(cancellations=[Cancellation("trip", first_day="2026-09-07", last_day="2026-09-09")])
    cancelled = plan_sessions(a_school(course), existing=[moved, BOTH[1]], now=NOW).changes[0].after
    shorter = a_course(cancellations=[Cancellation.day("trip", "mon", "2026-09-07")])

    plan = plan_sessions(a_school(shorter), existing=[cancelled, BOTH[1]], now=NOW)

    assert [(change.code, change.after) for change in plan.changes] == [
        ("wanted-again", attrs.evolve(moved, version=cancelled.version + 1))
    ]


def test_nothing_stands_in_for_what_would_have_started() -> None:
    older = attrs.evolve(BOTH[0], id="old", slot_id=None, occurs_on=None)
    window = Window(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))

    plan = plan_sessions(a_school(), existing=[older], now=EVENING, window=window)

    assert plan.stand_ins == ()


@pytest.mark.parametrize(
    "slots",
    [
        [],
        [Slot("mon", days="MO", start="18:00", end="19:30", active=False)],
        [Slot("mon", days="SU", start="18:00", end="19:30")],
    ],
)
def test_a_package_in_which_nothing_can_take_place_is_short(slots: list[Slot]) -> None:
    package = Package("p", starts_on="2026-09-07", ends_on="2026-09-12", sessions=2)

    plan = plan_sessions(a_school(a_course(slots=slots, assignments=(), packages=[package])), now=NOW)

    short = [dict(issue.details) for issue in plan.issues if issue.code == "package-short"]
    assert [(each["package_id"], each["short"]) for each in short] == [("p", "2")]


def test_each_series_has_its_own_issues() -> None:
    package = Package("p", starts_on="2026-09-07", ends_on="2026-09-12", sessions=2)

    plan = plan_sessions(a_school(*(a_course(each, packages=[package], members=()) for each in ("a", "b"))), now=NOW)

    found = sorted((issue.code, issue.series_id) for issue in plan.issues)
    assert found == [("no-members", "a"), ("no-members", "b"), ("package-short", "a"), ("package-short", "b")]


def test_a_lesson_that_somebody_took_over_makes_up_for_no_other() -> None:
    lost = history.cancel(a_session(package_id="p", number=1))
    own = history.take_over(a_session("2026-09-14", package_id="p", number=2))

    plan = plan_sessions(a_school(a_course(packages=[PACKAGE])), existing=[lost, own], now=NOW)

    assert [dict(issue.details)["session_id"] for issue in plan.issues] == [lost.id]


def test_a_lesson_added_by_hand_makes_up_for_one_that_is_lost() -> None:
    lost = history.cancel(a_session(package_id="p", number=1))
    extra = attrs.evolve(history.manual("extra", "maths", MONDAY + timedelta(days=2), like=lost), package_id="p")

    plan = plan_sessions(a_school(a_course(packages=[PACKAGE])), existing=[lost, extra], now=NOW)

    assert plan.issues == ()


def test_what_is_said_to_be_over_stays_though_it_lies_ahead() -> None:
    alone = [a_course(each, assignments=round_robin("amina")) for each in ("a", "b")]
    over = a_session(series_id="b", status=SessionStatus.COMPLETED)

    plan = plan_sessions(a_school(*alone, base=Config(weeks_ahead=1)), existing=[over], now=NOW)

    assert [(each.session_id, each.other) for each in plan.conflicts] == [("a/mon/2026-09-07", "b/mon/2026-09-07")]


@pytest.mark.parametrize("rule", ["on_student_busy", "on_room_busy"])
def test_a_session_whose_confirmation_is_lost_gives_way_at_once(rule: str) -> None:
    late = Slot("mon", days="MO", start="18:30", duration=60)
    series = [
        a_course("a", assignments=(), members=["kim"], room_id="red"),
        a_course("b", assignments=(), members=["kim"], room_id="red", slots=[late]),
    ]
    first, second = (
        change.after for change in plan_sessions(a_school(*series, base=Config(weeks_ahead=1)), now=NOW).creates
    )
    school = a_school(*series, base=Config.from_mapping({"weeks_ahead": 1, "confirmed_follow": "all", rule: "skip"}))
    stored = [first, attrs.evolve(history.confirm(second), tutor_id="zoe")]

    plan = plan_sessions(school, existing=stored, now=NOW)
    again = plan_sessions(school, existing=history.applied(stored, [each.after for each in plan.changes]), now=NOW)

    assert [(change.id, change.code) for change in plan.changes] == [("b/mon/2026-09-07", "conflict")]
    assert again.changes == ()
