"""What once went wrong with whole plans, and must not again."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Cancellation,
    Closure,
    Config,
    Package,
    School,
    Series,
    Session,
    Slot,
    Tutor,
    diff_sessions,
    plan_sessions,
    round_robin,
)
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.school import Booking

NOW = "2026-09-01T08:00Z"
DAY = timedelta(days=1)


def a_class(id: str = "maths", **more: Any) -> Series:
    said: dict[str, Any] = {
        "timezone": "Europe/Paris",
        "starts_on": "2026-09-07",
        "slots": [Slot("mon", days="MO", start="18:00", end="19:00")],
        "assignments": round_robin("amina"),
    }
    return Series(id, **said | more)


def of_code(issues: tuple[Issue, ...], code: str) -> list[str]:
    return [issue.message for issue in issues if issue.code == code]


def piano(sessions: int = 4, **more: Any) -> Series:
    autumn = Package("autumn", starts_on="2026-09-07", ends_on="2026-10-30", sessions=sessions)
    return a_class("piano", packages=[autumn], config=Config(weeks_ahead=9), **more)


@pytest.mark.parametrize(
    "fields",
    [
        {"slot_id": None, "occurs_on": None, "origin": "MANUAL", "notes": "agreed with Ben"},
        {"series_id": "other"},
        {"occurs_on": "2026-09-21"},
    ],
)
def test_no_session_is_made_under_an_id_that_another_has(fields: dict[str, Any]) -> None:
    made = plan_sessions(a_class(), now=NOW).sessions_after
    own = attrs.evolve(made[1], starts_at="2026-09-16T10:00Z", ends_at="2026-09-16T12:00Z", **fields)
    existing = [made[0], own, made[3]]

    plan = plan_sessions(a_class(), now=NOW, existing=existing)

    assert own.id not in {change.id for change in plan.creates}
    assert of_code(plan.issues, "id-taken") == [
        "maths/mon/2026-09-14 is due, but a session of something else has that id, so it isn't made; "
        "give that session another id, or the slot and date for which it stands"
    ]
    assert not plan_sessions(a_class(), now=NOW, existing=plan.sessions_after)


def test_a_session_of_a_package_that_is_over_is_explained() -> None:
    stored = plan_sessions(piano(), now=NOW).sessions_after

    story = plan_sessions(piano(), now="2026-12-10T08:00Z", existing=stored).explain(stored[2].id)

    assert "number 3 of 4 in autumn" in story


def test_a_lesson_that_is_made_up_already_is_not_lost_as_well() -> None:
    stored = [
        attrs.evolve(each, status="CANCELLED") if each.number == 2 else each
        for each in plan_sessions(piano(), now=NOW).sessions_after
    ]
    ill = piano(cancellations=[Cancellation.day("ill", "mon", "2026-09-14")])

    plan = plan_sessions(ill, now=NOW, existing=stored)

    assert [change.code for change in plan.creates] == ["make-up"]
    assert of_code(plan.issues, "package-lesson-lost") == []


def test_calling_off_a_make_up_changes_no_other_number() -> None:
    days = ("2026-09-14", "2026-09-21")
    off = [Cancellation.day(f"off-{day}", "mon", day) for day in days]
    stored = plan_sessions(piano(cancellations=off), now=NOW).sessions_after
    more = [*off, Cancellation.day("again", "mon", "2026-10-05")]

    plan = plan_sessions(piano(cancellations=more), now=NOW, existing=stored)

    assert [(change.kind.name, change.id, change.after.number) for change in plan.changes] == [
        ("CANCEL", "piano/mon/2026-10-05", 5),
        ("CREATE", "piano/mon/2026-10-19", 7),
    ]


def test_a_stored_session_far_off_stops_no_slot() -> None:
    daily = a_class(slots=[Slot("day", rrule="FREQ=DAILY", start="18:00", end="19:00")])
    first = plan_sessions(daily, now=NOW).sessions_after[0]
    late = attrs.evolve(
        first, id="late", occurs_on="3000-09-07", starts_at="3000-09-07T16:00Z", ends_at="3000-09-07T17:00Z"
    )

    plan = plan_sessions(daily, now=NOW, existing=[late])

    assert len(plan.creates) == 22
    assert of_code(plan.issues, "out-of-reach") == [
        "late was due on 3000-09-07, further off than rules are followed, so it stays as it is"
    ]
    assert plan.unchanged == (late,)


def test_conflicts_are_told_on_the_clock_of_the_config() -> None:
    school = School(
        [a_class(timezone=None, config=Config(on_unavailable="flag"))],
        tutors=[Tutor("amina", availability=())],
        base=Config(timezone="Europe/Paris"),
    )
    stored = [
        attrs.evolve(each, id=f"own-{number}")
        for number, each in enumerate(plan_sessions(school, now=NOW).sessions_after)
    ]

    assert "times in Europe/Paris" in str(plan_sessions(school, now=NOW))
    assert "times in Europe/Paris" in str(plan_sessions(school, now=NOW, existing=stored))


def test_a_conflict_is_told_on_the_clock_that_its_session_will_have() -> None:
    both = [a_class("a"), a_class("b")]
    stored = plan_sessions(both, now=NOW).sessions_after
    moved = [attrs.evolve(each, timezone="Europe/London") for each in both]

    plan = plan_sessions(moved, now=NOW, existing=stored)
    again = plan_sessions(moved, now=NOW, existing=plan.sessions_after)

    assert plan.conflicts == again.conflicts
    assert plan.conflicts[0].why == "amina is taken by a/mon/2026-09-07 on Mon 2026-09-07 18:00–19:00"


def test_a_conflict_with_a_lesson_over_midnight_says_so() -> None:
    night = [a_class(each, slots=[Slot("mon", days="MO", start="23:00", end="01:00")]) for each in ("a", "b")]

    plan = plan_sessions(night, now=NOW)

    assert plan.conflicts[0].why == "amina is taken by a/mon/2026-09-07 on Mon 2026-09-07 23:00–01:00 (+1)"


def test_of_many_members_who_clash_alike_some_are_told() -> None:
    members = [f"m{number:03}" for number in range(300)]

    plan = plan_sessions([a_class("a", members=members), a_class("b", members=members)], now=NOW)

    students = [conflict.who for conflict in plan.conflicts if conflict.kind == "student"]
    assert students == members[:20] * len(plan.creates[::2])


def test_a_long_table_of_conflicts_ends() -> None:
    series = [a_class(f"c{number:03}", ends_on="2026-09-07") for number in range(60)]

    table = plan_sessions(series, now=NOW).conflict_table()

    assert table.endswith("… and 490 more; see conflict_sheet()")


def test_many_packages_and_closures_are_planned_in_time() -> None:
    first = a_class().starts_on
    packages = [
        Package(f"p{week}", starts_on=first + week * 7 * DAY, ends_on=first + (week * 7 + 6) * DAY, sessions=9)
        for week in range(200)
    ]
    closures = [Closure(f"h{number}", first + number * DAY, first + number * DAY) for number in range(3_000)]

    plan = plan_sessions(School([a_class(packages=packages)], closures=closures), now=NOW)

    assert len(of_code(plan.issues, "package-short")) == 200


@pytest.mark.parametrize("config", [Config(), 5])
def test_a_diff_wants_rules_that_are_resolved(config: Any) -> None:
    with pytest.raises(InvalidValueError) as error:
        diff_sessions([], [], now=NOW, config=config)

    assert str(error.value).startswith("diff_sessions: config must be resolved, got ")


@pytest.mark.parametrize("snapshot", [None, 5, School([])])
def test_only_a_snapshot_tells_what_has_changed(snapshot: Any) -> None:
    with pytest.raises(InvalidValueError) as error:
        plan_sessions(a_class(), now=NOW).changed_since(snapshot)

    assert str(error.value).startswith("Plan.changed_since must be given a Snapshot, got ")


def test_only_names_series_by_text() -> None:
    with pytest.raises(InvalidValueError) as error:
        plan_sessions(School([a_class()]), now=NOW, only=[["maths"]])  # type: ignore[list-item]

    assert str(error.value) == "plan_sessions: only must be a list of str values, got ['maths']"


def lesson(**fields: Any) -> Session:
    return attrs.evolve(plan_sessions(a_class(), now=NOW).sessions_after[0], **fields)


def test_a_lesson_of_two_years_stops_no_plan_and_no_choices() -> None:
    tutors = [Tutor("amina", availability=()), Tutor("luc", availability=())]
    camp = Slot("camp", rrule="FREQ=YEARLY;INTERVAL=4", start="10:00", duration=2 * 366 * DAY)
    rotating = a_class(slots=[camp], config=Config(absence_turn="next"))
    manual = lesson(id="own", series_id="other", origin="MANUAL", slot_id=None, occurs_on=None)
    manual = attrs.evolve(manual, ends_at=manual.ends_at + 2 * 366 * DAY)

    plan = plan_sessions(School([rotating, a_class("other")], tutors=tutors), now=NOW, existing=[manual])

    assert [change.decision and change.decision.why for change in plan.creates if change.after.slot_id == "camp"] == [
        "amina's turn: nobody else is in the rotation, but amina is not free for more than a year at once; "
        "and nobody else can"
    ]
    assert [each.why for each in plan.conflicts if each.session_id == "own"] == [
        "amina is not free for more than a year at once"
    ]
    assert [row.choices[0] for row in plan.conflict_sheet() if row.session_id == "own"] == ["move it"]


def test_a_booking_until_the_end_of_the_calendar_is_told() -> None:
    away = Booking("away", tutor_id="amina", starts_at="2026-09-05T22:00Z", ends_at="9999-12-31T23:59Z")

    plan = plan_sessions(a_class(), now=NOW, bookings=[away])

    assert plan.conflicts[0].why == "amina is taken by away on Sun 2026-09-06 00:00–23:59 (+2912194)"


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_stored_session_on_the_last_day_of_the_calendar_stops_nothing(timezone: str) -> None:
    daily = a_class(slots=[Slot("day", days="MO,TU,WE,TH,FR,SA,SU", start="18:00", end="19:00")], timezone=timezone)
    last = lesson(
        slot_id="day", occurs_on="9999-12-31", starts_at="9999-12-31T23:00Z", ends_at="9999-12-31T23:30Z", id="last"
    )

    plan = plan_sessions(daily, now=NOW, existing=[attrs.evolve(last, timezone=timezone)])

    assert plan.creates
    assert of_code(plan.issues, "series-failed") == []


def test_a_rate_change_reaches_no_session_that_starts_now() -> None:
    tutors = [Tutor("amina", hourly_rate="30 EUR")]
    session = lesson(price="1 EUR")

    plan = plan_sessions(School([a_class()], tutors=tutors), now=session.starts_at, existing=[session])

    assert session in plan.unchanged
