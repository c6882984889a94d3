"""A series in another timezone, and the world's rules changing under stored sessions: both are plans like any other."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Cancellation
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.time.zones import tzdata_version
from tests.planning.helpers import PARIS, a_series, a_slot, days
from tests.planning.plans import (
    DAY,
    FOUR,
    HOUR,
    after,
    changed,
    confirmed,
    later,
    made,
    moved,
    planned,
    rules,
    steps,
    utc,
)

AUTUMN = days("2026-10-01", "2026-11-30")


# --- other rules than those of the stored sessions ------------------------------------------------------------------


def test_sessions_that_were_made_under_other_rules_are_moved_and_the_release_is_named() -> None:
    first, second, third, fourth = made()

    plan = planned(None, later(first, HOUR), second, later(third, -HOUR), fourth)

    assert steps(plan) == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at"),
        ("UPDATE", "moved", FOUR[2], "ends_at", "starts_at"),
    ]
    assert [change.after for change in plan.changes] == [changed(first, version=2), changed(third, version=2)]
    assert [change.why for change in plan.changes] == ["slot a is at 18:00–19:30 (Europe/Paris)"] * 2
    assert plan.tzdata == tzdata_version()
    assert f"(tzdata {tzdata_version()})" in plan.explain(FOUR[0])


def test_a_slot_with_a_duration_tells_its_length_when_it_is_moved() -> None:
    series = a_series(a_slot(duration=90))

    plan = planned(series, later(made(series)[0], HOUR))

    assert plan.updates[0].why == "slot a is at 18:00 for 90 minutes (Europe/Paris)"


@given(st.lists(st.sampled_from((-120, -60, -30, 0, 0, 30, 60)), min_size=9, max_size=9), st.integers(0, 60))
def test_exactly_the_sessions_that_are_off_are_moved(minutes: list[int], passed: int) -> None:
    right = made(window=AUTUMN)
    stored = [later(each, timedelta(minutes=off)) for each, off in zip(right, minutes, strict=True)]
    now = utc("2026-10-01 00:00") + passed * DAY

    plan = planned(None, *stored, now=now, window=AUTUMN)

    expected = [
        changed(wanted, version=2)
        for wanted, session, off in zip(right, stored, minutes, strict=True)
        if off and session.starts_at > now and wanted.starts_at > now
    ]
    assert sorted((change.after for change in plan.changes), key=lambda each: each.id) == expected


def test_confirmed_sessions_follow_the_world_s_clocks_but_not_what_people_have_moved() -> None:
    first, second, third, fourth = made()
    existing = [
        confirmed(later(first, HOUR)),
        moved(second, HOUR),
        confirmed(later(third, HOUR), pinned=["starts_at"]),
        later(fourth, HOUR, status="COMPLETED"),
    ]

    assert steps(planned(None, *existing)) == [("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")]
    strict = a_series(a_slot(), config=rules(confirmed_follow="never"))
    assert steps(planned(strict, *existing)) == []


# --- a series in another timezone -----------------------------------------------------------------------------------


def test_a_series_that_moves_to_another_zone_keeps_its_time_on_the_wall() -> None:
    series = a_series(a_slot())

    plan = planned(series.in_timezone("America/New_York"), *made(series))

    assert steps(plan) == [("UPDATE", "moved", each, "ends_at", "starts_at", "timezone") for each in FOUR]
    assert [change.after for change in plan.changes] == [
        later(each, 6 * HOUR, timezone="America/New_York", version=2) for each in made(series)
    ]
    assert {change.why for change in plan.changes} == {"the series is in America/New_York, no longer in Europe/Paris"}


def test_a_zone_with_the_same_clock_changes_nothing_but_its_name() -> None:
    series = a_series(a_slot())

    plan = planned(series.in_timezone("Europe/Berlin"), *made(series))

    assert steps(plan) == [("UPDATE", "relinked", each, "timezone") for each in FOUR]
    assert {change.why for change in plan.changes} == {"the series is in Europe/Berlin now"}


def test_a_series_that_keeps_its_instants_moves_only_when_both_clocks_differ() -> None:
    """Clocks go back on October 25th in Paris and on November 1st in New York."""
    series = a_series(a_slot())
    moving = series.in_timezone("America/New_York", keep="instants", on="2026-10-05")

    plan = planned(moving, *made(series, window=AUTUMN), now=utc("2026-10-01 00:00"), window=AUTUMN)

    assert [slot.start.isoformat("minutes") for slot in moving.slots] == ["12:00"]
    assert {change.id: change.fields for change in plan.changes} == {
        **{f"s/a/2026-{day}": ("timezone",) for day in ("10-05", "10-12", "10-19")},
        "s/a/2026-10-26": ("ends_at", "starts_at", "timezone"),
        **{f"s/a/2026-{day}": ("timezone",) for day in ("11-02", "11-09", "11-16", "11-23", "11-30")},
    }
    assert plan.changes[3].after.starts_at == utc("2026-10-26 16:00")


def test_phases_move_along_when_instants_are_kept() -> None:
    slot = a_slot().changed_from("2026-11-02", start="19:00", end="20:00")

    moving = a_series(slot).in_timezone("Europe/London", keep="instants", on="2026-10-01")

    assert moving.slots == (a_slot(start="17:00", end="18:30").changed_from("2026-11-02", start="18:00", end="19:00"),)


def test_instants_cannot_be_kept_over_midnight() -> None:
    with pytest.raises(InvalidValueError) as error:
        a_series(a_slot()).in_timezone("Asia/Tokyo", keep="instants", on="2026-09-07")

    assert str(error.value) == (
        "Slot.start must stay on its day when it moves by 420 minutes, got \"18:00 in slot 'a'\"; "
        "change its days and its time by hand"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timezone": "Mars/Phobos"}, "Series.timezone must be an IANA timezone like Europe/Paris, got 'Mars/Phobos'"),
        ({"timezone": "UTC", "keep": "both"}, "Series.in_timezone: keep must be wall or instants, got 'both'"),
        (
            {"timezone": "UTC", "keep": "instants"},
            "Series.in_timezone: on must be a day on which to compare both clocks, got None",
        ),
        (
            {"timezone": "UTC", "keep": "instants", "on": "soon"},
            "Series.in_timezone: on must be a date like 2026-09-07, got 'soon'",
        ),
    ],
)
def test_what_cannot_be_moved_is_refused(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        a_series(a_slot()).in_timezone(**arguments)

    assert str(error.value).startswith(message)


def test_a_series_without_a_zone_of_its_own_cannot_keep_its_instants() -> None:
    with pytest.raises(InvalidValueError) as error:
        a_series(a_slot(), timezone=None).in_timezone("UTC", keep="instants", on="2026-09-07")

    assert str(error.value) == (
        "Series.in_timezone must have a timezone of its own, got None; "
        "the config says it; set the series' own timezone first"
    )


def test_a_zone_that_the_config_says_is_a_plan_too() -> None:
    series = a_series(a_slot(), timezone=None, config=rules(timezone=PARIS))
    moving = attrs.evolve(series, config=rules(timezone="Europe/London"))

    assert steps(planned(moving, *made(series)))[0] == ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at", "timezone")


def test_cancelled_sessions_of_a_series_that_moved_come_back_in_the_new_zone() -> None:
    series = a_series(a_slot())
    trip = [Cancellation.day("trip", "a", "2026-09-07")]
    existing = made(series)
    off = after(existing, planned(attrs.evolve(series, cancellations=trip), *existing))

    plan = planned(series.in_timezone("Europe/London"), *off)

    assert plan.reinstates[0].after == later(existing[0], HOUR, timezone="Europe/London", version=3)
