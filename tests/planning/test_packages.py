"""Sessions by the package: the first N, their numbers and make-ups, and what is short or lost."""

from datetime import date, timedelta
from itertools import islice
from typing import Any

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from recurly_sessions import Cancellation, Package, Plan, Series, Slot, Window
from recurly_sessions.values.config import GAPS
from recurly_sessions.values.issue import Audience, Issue
from tests.planning.helpers import PARIS, a_series, a_slot, count_calls, days
from tests.planning.plans import (
    after,
    changed,
    ids,
    made,
    manual,
    moved,
    planned,
    rules,
    steps,
    utc,
)

AUTUMN = days("2026-09-01", "2026-12-31")


def package(sessions: int, ends_on: str = "2026-10-31", id: str = "p", starts_on: str = "2026-09-07") -> Package:
    return Package(id, starts_on=starts_on, ends_on=ends_on, sessions=sessions)


def sold(*packages: Package, slots: Any = None, **more: Any) -> Series:
    return a_series(*(slots or [a_slot()]), packages=packages, **more)


def numbers(sessions: Any) -> list[tuple[str, str | None, int | None]]:
    return [(f"{each.occurs_on:%m-%d}", each.package_id, each.number) for each in sessions]


def off(*dates: str) -> list[Cancellation]:
    return [Cancellation.day(f"off-{number}", None, day) for number, day in enumerate(dates, start=1)]


def short(package_id: str, missing: int, message: str, extra: str, series_ends_on: str = "") -> Issue:
    details = {"package_id": package_id, "short": missing, "extra_days": extra, "series_ends_on": series_ends_on}
    return Issue("package-short", series_id="s", message=message, audience=Audience.CREATOR, details=details)


def lost(session_id: str, message: str, proposed: str) -> Issue:
    start, end = (f"{proposed}T{clock}:00+00:00" if proposed else "" for clock in ("16:00", "17:30"))
    details = {"package_id": "p", "session_id": session_id, "proposed": proposed, "starts_at": start, "ends_at": end}
    return Issue("package-lesson-lost", series_id="s", message=message, audience=Audience.CREATOR, details=details)


@pytest.mark.requirement("PKG-1")
@pytest.mark.requirement("PKG-2")
@given(
    sessions=st.sampled_from((8, 12, 20)) | st.integers(1, 40),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    length=st.integers(0, 120),
    zone=st.sampled_from((PARIS, "Asia/Karachi", "America/New_York", "Pacific/Apia")),
)
def test_a_package_is_the_first_n_dates_of_its_days_in_utc(
    sessions: int, weekdays: set[int], length: int, zone: str
) -> None:
    last = date(2026, 9, 7) + timedelta(days=length)
    slot = a_slot(days=weekdays, start="18:00", duration=60)
    series = sold(package(sessions, str(last)), slots=[slot], timezone=zone)

    new = made(series, window=Window.dates("2026-09-07", last, zone))

    every_day = (date(2026, 9, 7) + timedelta(days=number) for number in range(length + 1))
    expected = list(islice((day for day in every_day if day.isoweekday() in weekdays), sessions))
    assert [session.occurs_on for session in new] == expected
    assert [session.number for session in new] == list(range(1, len(expected) + 1))
    assert {session.starts_at.utcoffset() for session in new} <= {timedelta(0)}
    assert [session.local_start.isoformat()[:16] for session in new] == [f"{day}T18:00" for day in expected]


def test_what_is_beyond_a_package_or_between_two_is_not_made() -> None:
    series = sold(package(2, "2026-10-04"), package(3, "2026-11-30", id="q", starts_on="2026-10-19"))

    assert numbers(made(series, window=AUTUMN)) == [
        ("09-07", "p", 1), ("09-14", "p", 2), ("10-19", "q", 1), ("10-26", "q", 2), ("11-02", "q", 3),
    ]  # fmt: skip


def test_the_dates_of_all_slots_are_numbered_by_start_and_then_by_slot() -> None:
    slots = [a_slot("b", days="WE"), a_slot("c", start="17:00", end="17:30"), a_slot("a", start="17:00", end="18:00")]

    new = made(sold(package(4), slots=slots), window=AUTUMN)

    assert [(session.id, session.number) for session in new] == [
        ("s/a/2026-09-07", 1), ("s/c/2026-09-07", 2), ("s/b/2026-09-09", 3), ("s/a/2026-09-14", 4),
    ]  # fmt: skip


def test_a_session_that_is_called_off_keeps_its_number_and_its_make_up_is_appended() -> None:
    plan = planned(sold(package(4), cancellations=off("2026-09-14", "2026-09-28")), window=AUTUMN)

    assert [(change.code, *numbers([change.after])[0]) for change in plan.creates] == [
        ("due", "09-07", "p", 1),
        ("due", "09-21", "p", 3),
        ("make-up", "10-05", "p", 5),
        ("make-up", "10-12", "p", 6),
    ]
    assert [change.because for change in plan.creates] == [
        "",
        "",
        "it makes up for a/2026-09-14 in package p",
        "it makes up for a/2026-09-28 in package p",
    ]
    assert plan.issues == ()


def test_calling_off_one_date_of_a_package_changes_no_other_and_appends_one() -> None:
    existing = made(sold(package(4)), window=AUTUMN)
    series = sold(package(4), cancellations=off("2026-09-21"))

    plan = planned(series, *existing, window=AUTUMN)

    assert steps(plan) == [
        ("CANCEL", "called-off", "s/a/2026-09-21", "cancellation_reason", "cause_id", "status"),
        ("CREATE", "make-up", "s/a/2026-10-05"),
    ]
    assert plan.cancels[0].after.number == 3
    assert plan.creates[0].after.number == 5


def test_a_make_up_that_is_called_off_as_well_moves_on() -> None:
    new = made(sold(package(2), cancellations=off("2026-09-14", "2026-09-21")), window=AUTUMN)

    assert numbers(new) == [("09-07", "p", 1), ("09-28", "p", 4)]


def test_a_make_up_that_stays_though_its_date_is_called_off_keeps_its_number() -> None:
    first, make_up = made(sold(package(2), cancellations=off("2026-09-14")), window=AUTUMN)
    pinned = changed(make_up, pinned=["status"])

    plan = planned(sold(package(2), cancellations=off("2026-09-14", "2026-09-21")), first, pinned, window=AUTUMN)

    assert steps(plan) == [("CREATE", "make-up", "s/a/2026-09-28")]
    assert numbers([pinned, plan.creates[0].after]) == [("09-21", "p", 3), ("09-28", "p", 4)]
    assert [issue.code for issue in plan.issues] == ["kept-pinned"]


def test_a_cancellation_taken_back_brings_the_session_back_and_takes_the_make_up_away() -> None:
    series = sold(package(2))
    called_off = sold(package(2), cancellations=off("2026-09-14"))
    existing = made(series, window=AUTUMN)
    existing = after(existing, planned(called_off, *existing, window=AUTUMN))

    plan = planned(series, *existing, window=AUTUMN)

    assert steps(plan) == [
        ("REINSTATE", "wanted-again", "s/a/2026-09-14", "cancellation_reason", "cause_id", "status"),
        ("CANCEL", "beyond-package", "s/a/2026-09-21", "cancellation_reason", "cause_id", "status"),
    ]
    assert plan.cancels[0].after.cause_id == "p"
    assert plan.cancels[0].after.cancellation_reason == "package p has no session left for it"


@pytest.mark.requirement("PKG-8")
def test_the_second_month_is_made_beside_the_first_and_nothing_need_be_deleted() -> None:
    first = sold(package(4, "2026-10-04"))
    both = sold(package(4, "2026-10-04"), package(4, "2026-11-01", id="q", starts_on="2026-10-05"))
    existing = made(first, window=AUTUMN)

    plan = planned(both, *existing, window=AUTUMN)

    assert numbers(change.after for change in plan.creates) == [
        ("10-05", "q", 1), ("10-12", "q", 2), ("10-19", "q", 3), ("10-26", "q", 4),
    ]  # fmt: skip
    assert [change.kind for change in plan.changes] == ["CREATE"] * 4
    assert plan.unchanged == existing
    assert not planned(both, *after(existing, plan), window=AUTUMN)


def test_a_session_follows_the_package_in_which_its_date_lies() -> None:
    existing = made(sold(package(2)), window=AUTUMN)
    pinned = changed(existing[1], pinned=["package_id"])

    plan = planned(sold(package(2, id="q")), existing[0], pinned, window=AUTUMN)

    assert [change.after for change in plan.changes] == [changed(existing[0], package_id="q", version=2)]
    assert [(*step, change.why) for step, change in zip(steps(plan), plan.changes, strict=True)] == [
        ("UPDATE", "relinked", "s/a/2026-09-07", "package_id", "number 1 of package q")
    ]


def test_sessions_outside_every_package_are_cancelled_when_packages_come() -> None:
    existing = made(window=days("2026-09-07", "2026-09-21"))

    plan = planned(sold(package(1, "2026-09-14")), *existing, window=AUTUMN)

    assert steps(plan) == [
        ("UPDATE", "relinked", "s/a/2026-09-07", "number", "package_id"),
        ("CANCEL", "beyond-package", "s/a/2026-09-14", "cancellation_reason", "cause_id", "status"),
        ("CANCEL", "outside-packages", "s/a/2026-09-21", "cancellation_reason", "cause_id", "status"),
    ]
    assert [change.after.cause_id for change in plan.cancels] == ["p", "s"]
    assert plan.cancels[1].why == "the date is in none of the series' packages"


def test_a_package_counts_up_to_and_with_its_last_day() -> None:
    series = sold(package(2, "2026-09-14"), package(1, "2026-09-30", id="q", starts_on="2026-09-15"))

    new = made(series, now=utc("2026-09-14 08:00"), window=days("2026-09-14", "2026-09-30"))

    assert numbers(new) == [("09-14", "p", 2), ("09-21", "q", 1)]


def test_a_window_does_not_change_the_numbers() -> None:
    series = sold(package(6), cancellations=off("2026-09-14"))

    whole = made(series, window=AUTUMN)
    parts = [
        made(series, window=days(*edges)) for edges in (("2026-09-01", "2026-09-28"), ("2026-09-29", "2026-12-31"))
    ]

    assert (*parts[0], *parts[1]) == whole


# --- short ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PKG-9")
def test_a_package_that_does_not_fit_says_how_many_are_short_and_which_days_would_fix_it() -> None:
    message = (
        "package p is 2 of 6 sessions short: 4 fit from 2026-09-07 to 2026-09-30; let it last until 2026-10-12, "
        "which adds 2026-10-05, 2026-10-12, or add extra dates or a slot"
    )

    plan = planned(sold(package(6, "2026-09-30")), window=AUTUMN)

    assert len(plan.creates) == 4
    assert plan.issues == (short("p", 2, message, "2026-10-05, 2026-10-12"),)
    assert planned(sold(package(6, "2026-10-12")), window=AUTUMN).issues == ()


def test_what_is_called_off_and_cannot_be_made_up_is_short_too() -> None:
    message = (
        "package p is 1 of 4 sessions short: 3 fit from 2026-09-07 to 2026-09-28; let it last until 2026-10-05, "
        "which adds 2026-10-05, or add extra dates or a slot"
    )

    plan = planned(sold(package(4, "2026-09-28"), cancellations=off("2026-09-14")), window=AUTUMN)

    assert plan.issues == (short("p", 1, message, "2026-10-05"),)


def test_the_days_that_would_fix_a_package_are_not_called_off() -> None:
    plan = planned(sold(package(5, "2026-09-28"), cancellations=off("2026-10-05")), window=AUTUMN)

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == ["2026-10-12"]


@pytest.mark.parametrize(("sessions", "found"), [(5, "no more dates"), (6, "only 1 more")])
def test_a_package_is_not_told_to_last_into_the_next(sessions: int, found: str) -> None:
    begins = {5: "2026-10-05", 6: "2026-10-06"}[sessions]
    series = sold(package(sessions, "2026-09-28"), package(1, id="q", starts_on=begins))
    message = (
        f"package p is {sessions - 4} of {sessions} sessions short: 4 fit from 2026-09-07 to 2026-09-28; "
        f"the slots have {found} before package q begins on {begins}: add extra dates or a slot"
    )

    assert planned(series, window=AUTUMN).issues == (short("p", sessions - 4, message, ""),)


def test_a_package_may_be_told_to_last_until_the_day_before_the_next() -> None:
    series = sold(package(5, "2026-09-28"), package(1, id="q", starts_on="2026-10-06"))

    plan = planned(series, window=AUTUMN)

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == ["2026-10-05"]


def test_a_package_that_ends_with_its_series_is_told_to_last_longer_with_it() -> None:
    message = (
        "package p is 1 of 5 sessions short: 4 fit from 2026-09-07 to 2026-09-28; "
        "let it and the series last until 2026-10-05, which adds 2026-10-05, or add extra dates or a slot"
    )

    plan = planned(sold(package(5, "2026-09-28"), ends_on="2026-09-28"), window=AUTUMN)

    assert plan.issues == (short("p", 1, message, "2026-10-05", "2026-10-05"),)


def test_dates_of_a_slot_that_has_ended_would_not_fix_a_package() -> None:
    slots = [a_slot(ends_on="2026-09-28"), a_slot("b", days="WE", starts_on="2026-10-10")]

    plan = planned(sold(package(5, "2026-09-30"), slots=slots), window=AUTUMN)

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == ["2026-10-14"]


@st.composite
def short_series(draw: st.DrawFn) -> Series:
    """Series whose packages rarely fit: slots and the series may end, days are called off, hours are skipped."""
    first = date(2026, 9, 7)
    ends = st.none() | st.integers(0, 60).map(lambda later: first + timedelta(days=later))
    slots = [
        a_slot(
            each, days=draw(st.sampled_from(("MO", "TU,SU", "WE"))), start=draw(st.sampled_from(("18:00", "02:30"))),
            duration=60, ends_on=draw(ends),
        )
        for each in draw(st.sampled_from(("a", "ab", "abc")))
    ]  # fmt: skip
    packages, begins = [], first
    for each in draw(st.sampled_from(("p", "pq", "pqr"))):
        lasts = begins + timedelta(days=draw(st.integers(0, 40)))
        packages.append(Package(each, starts_on=begins, ends_on=lasts, sessions=draw(st.integers(1, 12))))
        begins = lasts + timedelta(days=draw(st.integers(1, 30)))
    days_off = draw(st.lists(st.integers(0, 90).map(lambda later: str(first + timedelta(days=later))), max_size=4))
    said = {"cancellations": off(*days_off), "ends_on": draw(ends), "config": rules(on_gap=draw(st.sampled_from(GAPS)))}
    return sold(*packages, slots=slots, **said)


@given(series=short_series())
def test_a_package_that_lasts_as_long_as_it_is_told_is_no_longer_short(series: Series) -> None:
    told = {details["package_id"]: details for details in shorts(series)}

    longer = [
        attrs.evolve(each, ends_on=told[each.id]["extra_days"].split(", ")[-1])
        if told.get(each.id, {}).get("extra_days")
        else each
        for each in series.packages
    ]
    ends_on = max((details["series_ends_on"] for details in told.values()), default="") or series.ends_on
    after = shorts(attrs.evolve(series, packages=longer, ends_on=ends_on))

    followed = {each for each, details in told.items() if details["extra_days"]}
    event(f"followed: {len(followed)}, series too: {ends_on != series.ends_on}")
    assert followed.isdisjoint(details["package_id"] for details in after)


def shorts(series: Series) -> list[dict[str, str]]:
    return [dict(issue.details) for issue in planned(series).issues if issue.code == "package-short"]


def test_the_days_that_would_fix_a_package_may_be_years_ahead() -> None:
    slot = Slot("a", rrule="FREQ=YEARLY;INTERVAL=4", start="18:00", end="19:30")

    plan = planned(sold(package(2), slots=[slot]), window=AUTUMN)

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == ["2030-09-07"]


def test_the_days_that_would_fix_a_package_are_found_though_it_comes_years_after_the_first() -> None:
    second = package(2, "2036-09-08", id="q", starts_on="2036-09-02")

    plan = planned(sold(package(1, "2026-09-07"), second), now=utc("2036-09-01 08:00"))

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == ["2036-09-15"]


def test_a_package_whose_slots_have_no_more_dates_says_so() -> None:
    slot = Slot("a", rrule="FREQ=WEEKLY;COUNT=2", start="18:00", end="19:30")
    message = (
        "package p is 1 of 3 sessions short: 2 fit from 2026-09-07 to 2026-10-31; "
        "the slots have no more dates: add extra dates or a slot"
    )

    assert planned(sold(package(3), slots=[slot]), window=AUTUMN).issues == (short("p", 1, message, ""),)


def test_a_package_may_last_until_the_end_of_the_calendar() -> None:
    slot = Slot("a", rrule="FREQ=WEEKLY;COUNT=2", start="18:00", end="19:30")

    plan = planned(sold(package(3, "9999-12-31"), slots=[slot]), window=AUTUMN)

    assert [(dict(issue.details)["short"], dict(issue.details)["extra_days"]) for issue in plan.issues] == [("1", "")]


def test_a_package_that_lasts_for_thousands_of_years_costs_what_it_uses() -> None:
    def calls(ends_on: str) -> int:
        return count_calls(lambda: planned(sold(package(8, ends_on)), window=AUTUMN))

    for ends_on in ("2027-09-07", "9000-12-31"):
        calls(ends_on)  # so that what is computed once is there

    assert calls("9000-12-31") < 2 * calls("2027-09-07")


def test_a_package_of_many_years_is_dealt_like_a_short_one() -> None:
    sick = Cancellation("sick", first_day="2026-09-14", last_day="2031-08-31")
    some = package(3, "2035-12-31")

    new = made(sold(some, cancellations=[sick]), now=utc("2031-08-20 08:00"), window=days("2031-08-25", "2031-12-31"))

    weeks_off = 259
    assert numbers(new) == [("09-01", "p", weeks_off + 2), ("09-08", "p", weeks_off + 3)]


def test_what_a_clock_change_moves_past_the_next_day_is_dealt_in_order_however_far_one_looks_at_once() -> None:
    # The clocks of Apia skipped December 30th, 2011, so that a lesson on it is given a day later.
    skipped = Slot("a", rrule="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30", start="20:00", end="21:00")
    after_it = Slot("b", rrule="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", start="08:00", end="09:00")
    zone: dict[str, Any] = {"timezone": "Pacific/Apia", "slots": [skipped, after_it], "starts_on": "2011-01-01"}

    for first in ("2009-12-27", "2009-12-28", "2009-12-29", "2011-12-01"):
        one = Package("p", starts_on=first, ends_on="2012-06-30", sessions=1)

        assert ids(made(sold(one, **zone), now=utc("2011-12-20 08:00"), window=days("2011-12-20", "2012-01-20"))) == [
            "s/b/2011-12-31"
        ]


def test_a_rule_that_is_not_followed_further_hides_no_issue_and_stops_no_other_series() -> None:
    old = Slot("a", rrule="FREQ=YEARLY", start="18:00", end="19:30")
    series = sold(package(3, "2026-09-30"), slots=[old], starts_on="1926-10-01")

    plan = planned([series, attrs.evolve(a_series(a_slot()), id="t")], window=days("2026-09-01", "2026-09-28"))

    assert [dict(issue.details)["extra_days"] for issue in plan.issues] == [""]
    assert {change.series_id for change in plan.creates} == {"t"}


def test_dates_that_a_skipped_gap_takes_away_do_not_count_in_a_package() -> None:
    series = a_series(
        a_slot(days="SU", start="02:30", duration=60),
        starts_on="2026-03-01",
        config=rules(on_gap="skip"),
        packages=[Package("p", starts_on="2026-03-22", ends_on="2026-04-30", sessions=2)],
    )

    assert numbers(made(series, now=utc("2026-03-01 00:00"), window=days("2026-03-01", "2026-04-30"))) == [
        ("03-22", "p", 1), ("04-05", "p", 2),
    ]  # fmt: skip


# --- lost -----------------------------------------------------------------------------------------------------------


def test_a_session_that_a_person_called_off_is_told_with_a_date_to_make_it_up() -> None:
    first, second = made(sold(package(2)), window=AUTUMN)
    message = (
        "s/a/2026-09-14 of package p was called off by hand; Monday 2026-09-21 is free for it: "
        "add a session there by hand"
    )

    plan = planned(sold(package(2)), first, changed(second, status="CANCELLED"), window=AUTUMN)

    assert (plan.changes, plan.issues) == ((), (lost("s/a/2026-09-14", message, "2026-09-21"),))


def test_a_session_that_its_tutor_missed_is_told_even_when_there_is_no_day_left_in_the_package() -> None:
    first, second = made(sold(package(2, "2026-09-14")), window=AUTUMN)
    message = (
        "s/a/2026-09-07 of package p was missed by its tutor; Monday 2026-09-21 is free for it, "
        "after its last day 2026-09-14: add a session there by hand"
    )

    plan = planned(
        sold(package(2, "2026-09-14")),
        changed(first, status="NO_SHOW_TUTOR"),
        second,
        now=utc("2026-09-08 00:00"),
        window=AUTUMN,
    )

    assert (plan.changes, plan.issues) == ((), (lost("s/a/2026-09-07", message, "2026-09-21"),))


def test_no_date_that_has_passed_is_proposed_for_a_lost_lesson() -> None:
    first, second = made(sold(package(2)), window=AUTUMN)
    existing = [changed(first, status="COMPLETED"), changed(second, status="NO_SHOW_TUTOR")]

    plan = planned(sold(package(2)), *existing, now=utc("2026-10-20 08:00"))

    assert [dict(issue.details)["proposed"] for issue in plan.issues] == ["2026-10-26"]


def test_a_date_between_two_packages_is_proposed_for_a_lost_lesson() -> None:
    series = sold(package(2, "2026-09-14"), package(1, "2026-10-31", id="q", starts_on="2026-09-28"))
    first, second, other = made(series, window=AUTUMN)

    plan = planned(series, first, changed(second, status="CANCELLED"), other, window=AUTUMN)

    assert [dict(issue.details)["proposed"] for issue in plan.issues] == ["2026-09-21"]


def test_a_date_that_is_called_off_is_not_proposed_for_a_lost_lesson() -> None:
    series = sold(package(2), cancellations=off("2026-09-21"))
    first, second = made(series, window=AUTUMN)

    plan = planned(series, first, changed(second, status="CANCELLED"), window=AUTUMN)

    assert [dict(issue.details)["proposed"] for issue in plan.issues] == ["2026-09-28"]


def test_a_date_proposed_for_a_lost_lesson_is_after_today_and_after_the_last_day_that_the_package_uses() -> None:
    slots = [a_slot("a"), a_slot("b", start="20:00", end="21:00")]
    *held, last = made(sold(package(3), slots=slots), window=AUTUMN)
    existing = [*held, changed(last, status="CANCELLED")]

    early = planned(sold(package(3), slots=slots), *existing, window=AUTUMN)
    late = planned(sold(package(3), slots=slots), *existing, now=utc("2026-09-21 08:00"), window=AUTUMN)

    assert last.id == "s/a/2026-09-14"
    assert [dict(issue.details)["proposed"] for issue in early.issues] == ["2026-09-21"]
    assert [dict(issue.details)["proposed"] for issue in late.issues] == ["2026-09-28"]


def test_the_last_day_of_a_package_is_proposed_as_one_of_its_own() -> None:
    series = sold(package(2, "2026-09-21"))
    first, second = made(series, window=AUTUMN)
    message = (
        "s/a/2026-09-14 of package p was called off by hand; Monday 2026-09-21 is free for it: "
        "add a session there by hand"
    )

    plan = planned(series, first, changed(second, status="CANCELLED"), window=AUTUMN)

    assert plan.issues == (lost("s/a/2026-09-14", message, "2026-09-21"),)


def test_dates_are_proposed_for_lost_lessons_in_the_order_in_which_these_begin_and_then_by_id() -> None:
    slots = [a_slot("b"), a_slot("c"), a_slot("a", days="WE")]
    series = sold(package(3), slots=slots)
    existing = [changed(session, status="CANCELLED") for session in made(series, window=AUTUMN)]

    for stored in (existing, existing[::-1]):
        plan = planned(series, *stored, window=AUTUMN)

        details = [dict(issue.details) for issue in plan.issues]
        assert [(each["session_id"], each["proposed"]) for each in details] == [
            ("s/b/2026-09-07", "2026-09-14"), ("s/c/2026-09-07", "2026-09-14"), ("s/a/2026-09-09", "2026-09-16"),
        ]  # fmt: skip


def test_a_lost_lesson_for_which_the_slots_have_no_date_says_so() -> None:
    slot = Slot("a", rrule="FREQ=WEEKLY;COUNT=2", start="18:00", end="19:30")
    first, second = made(sold(package(2), slots=[slot]), window=AUTUMN)
    message = "s/a/2026-09-14 of package p was called off by hand; the slots have no more dates: add a session by hand"

    plan = planned(sold(package(2), slots=[slot]), first, changed(second, status="CANCELLED"), window=AUTUMN)

    assert plan.issues == (lost("s/a/2026-09-14", message, ""),)


def test_lessons_that_are_held_or_whose_student_did_not_come_are_not_lost() -> None:
    first, second = made(sold(package(2)), window=AUTUMN)
    existing = [changed(first, status="COMPLETED"), changed(second, status="NO_SHOW_STUDENT")]

    assert planned(sold(package(2)), *existing, now=utc("2026-10-01 00:00"), window=AUTUMN).issues == ()


def test_a_lesson_that_was_made_up_by_hand_is_not_told_any_more() -> None:
    first, second = made(sold(package(2)), window=AUTUMN)
    instead = manual("extra", "2026-09-22 16:00", "2026-09-22 17:30", package_id="p")

    plan = planned(sold(package(2)), first, changed(second, status="CANCELLED"), instead, window=AUTUMN)

    assert (plan.changes, plan.issues) == ((), ())


def test_a_session_that_a_conflict_skips_is_lost_as_well() -> None:
    series = sold(package(2), room_id="blue", config=rules(on_room_busy="skip"))
    other = manual("other", "2026-09-14 16:00", "2026-09-14 17:00", series_id="else", room_id="blue")

    plan = planned(series, other, window=AUTUMN)

    told = [(issue.code, dict(issue.details).get("session_id")) for issue in plan.issues]
    assert ids(change.after for change in plan.creates) == ["s/a/2026-09-07"]
    assert ("package-lesson-lost", "s/a/2026-09-14") in told


# --- proposed once ---------------------------------------------------------------------------------------------------


def proposed(plan: Plan) -> list[str]:
    """What is proposed for each package that is short and each lesson that is lost, in order."""
    details = [dict(issue.details) for issue in plan.issues]
    return [each["extra_days"] if "extra_days" in each else each["proposed"] for each in details]


@pytest.mark.parametrize(
    "instead",
    [
        {"starts_at": utc("2026-09-21 16:00"), "ends_at": utc("2026-09-21 17:30")},
        {"starts_at": utc("2026-09-21 17:00"), "ends_at": utc("2026-09-21 19:00")},
        {"starts_at": utc("2026-09-21 10:00"), "ends_at": utc("2026-09-21 16:01")},
        {"starts_at": utc("2026-09-24 10:00"), "ends_at": utc("2026-09-24 11:00"), "slot": "a/2026-09-21"},
    ],
)
def test_a_date_that_was_used_to_make_up_by_hand_is_not_proposed_again(instead: dict[str, Any]) -> None:
    series = sold(package(2))
    stored = [changed(session, status="CANCELLED") for session in made(series, window=AUTUMN)]
    slot_id, _, occurs_on = instead.pop("slot", "").partition("/")
    made_up = changed(
        manual("own", "2026-09-21 16:00", "2026-09-21 17:00", package_id="p"),
        **instead, slot_id=slot_id or None, occurs_on=occurs_on or None,
    )  # fmt: skip

    plan = planned(series, *stored, made_up, window=AUTUMN)

    assert [dict(issue.details)["session_id"] for issue in plan.issues] == ["s/a/2026-09-14"]
    assert proposed(plan) == ["2026-09-28"]


@pytest.mark.parametrize(
    ("start", "end", "more"),
    [
        ("2026-09-21 15:00", "2026-09-21 16:00", {}),
        ("2026-09-21 17:30", "2026-09-21 18:00", {}),
        ("2026-09-21 16:00", "2026-09-21 17:30", {"status": "CANCELLED"}),
    ],
)
def test_a_date_beside_which_something_is_or_at_which_something_was_called_off_is_free(
    start: str, end: str, more: dict[str, Any]
) -> None:
    first, second = made(sold(package(2)), window=AUTUMN)

    plan = planned(sold(package(2)), first, changed(second, status="CANCELLED"), manual("x", start, end, **more))

    assert proposed(plan) == ["2026-09-21"]


def test_a_session_that_a_person_moved_to_a_free_date_uses_it() -> None:
    first, second, third = made(sold(package(3)), window=AUTUMN)
    elsewhere = moved(third, timedelta(days=7))

    plan = planned(sold(package(3)), first, changed(second, status="CANCELLED"), elsewhere, window=AUTUMN)

    assert proposed(plan) == ["2026-10-05"]


def test_no_date_is_proposed_for_lessons_of_two_packages() -> None:
    series = sold(package(1, "2026-09-07"), package(1, "2026-09-14", id="q", starts_on="2026-09-14"))
    stored = [changed(session, status="CANCELLED") for session in made(series, window=AUTUMN)]

    assert proposed(planned(series, *stored, window=AUTUMN)) == ["2026-09-21", "2026-09-28"]


def test_no_date_that_would_fix_a_short_package_is_proposed_for_a_lost_lesson() -> None:
    first, second = package(1, "2026-09-13"), package(3, "2026-09-27", id="q", starts_on="2026-09-14")
    series = sold(first, second)
    lesson, *others = made(series, window=AUTUMN)
    stored = [changed(lesson, status="CANCELLED"), *others]

    plan = planned(series, *stored, window=AUTUMN)

    assert [issue.code for issue in plan.issues] == ["package-lesson-lost", "package-short"]
    assert proposed(plan) == ["2026-10-05", "2026-09-28"]


def test_dates_that_do_not_suffice_to_fix_a_package_stay_free_for_lost_lessons() -> None:
    series = sold(package(4, "2026-09-20"), package(1, "2026-10-31", id="q", starts_on="2026-09-28"))
    first, second, other = made(series, window=AUTUMN)

    plan = planned(series, first, changed(second, status="CANCELLED"), other, window=AUTUMN)

    assert proposed(plan) == ["", "2026-09-21"]


@given(series=short_series(), lost=st.sets(st.integers(0, 30)))
def test_all_dates_that_a_plan_proposes_for_a_series_differ(series: Series, lost: set[int]) -> None:
    series = attrs.evolve(series, slots=series.slots[:1])  # so that a day is a date
    stored = [
        changed(each, status="CANCELLED") if at in lost else each for at, each in enumerate(made(series, window=AUTUMN))
    ]

    told = proposed(planned(series, *stored, window=AUTUMN))

    days_told = [day for each in told for day in each.split(", ") if day]
    event(f"some: {len(days_told) > 0}")
    assert len({*days_told}) == len(days_told)
