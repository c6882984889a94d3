"""When time alone asks for something new: never later than it does, and seldom much earlier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Config, Series, Slot, resolve_config
from recurly_sessions.config import ResolvedConfig, zone_of
from recurly_sessions.planning.due import due_at
from recurly_sessions.planning.expand import expand_days
from recurly_sessions.planning.span import span_of
from recurly_sessions.testing import series
from recurly_sessions.testing.strategies import TELLING_ZONES

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)  # a Monday, 10:00 in Paris
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def a_series(*slots: Slot, timezone: str = "Europe/Paris", starts_on: str = "2020-01-06", **more: Any) -> Series:
    return Series("maths", timezone=timezone, starts_on=starts_on, slots=slots, **more)


def due(one: Series, now: datetime = NOW, weeks: int = 2) -> datetime:
    return due_at(one, resolve_config(Config(weeks_ahead=weeks)), now=now)


def test_the_next_occurrence_beyond_the_weeks_ahead_is_due_right_after_the_clock_has_shown_its_time() -> None:
    evening = Slot("mon", days="MO", start="18:00", end="19:30")
    morning = Slot("tue", days="TU", start="9:00", end="10:00")

    assert due(a_series(evening)) == datetime(2026, 9, 7, 16, tzinfo=UTC) + MOMENT
    assert due(a_series(morning)) == datetime(2026, 9, 8, 7, tzinfo=UTC) + MOMENT
    assert due(a_series(evening, morning), datetime(2026, 9, 7, 17, tzinfo=UTC)) == due(a_series(morning))


def test_near_a_clock_change_it_is_due_three_hours_before() -> None:
    evening = Slot("sun", days="SU", start="18:00", end="19:30")

    assert due(a_series(evening), datetime(2026, 10, 24, tzinfo=UTC)) == datetime(2026, 10, 25, 14, tzinfo=UTC) + MOMENT


def test_a_series_without_any_is_looked_at_again_after_four_weeks() -> None:
    over = a_series(Slot("mon", days="MO", start="18:00", end="19:30"), ends_on="2026-09-10")

    assert due(over) == due(a_series()) == datetime(2026, 10, 4, 22, tzinfo=UTC) + MOMENT


def test_what_is_in_the_way_earlier_is_due_earlier() -> None:
    one = a_series(Slot("mon", days="MO", start="18:00", end="19:30"))

    assert due_at(one, resolve_config(Config(weeks_ahead=2)), now=NOW, early=5 * HOUR) == due(one) - 5 * HOUR


def held(one: Series, config: ResolvedConfig, now: datetime) -> set[tuple[str, object]]:
    """The occurrences that may be made at a moment."""
    zone = zone_of(one, config)
    span = span_of(now, zone, weeks=config.weeks_ahead, on_overlap=config.on_overlap, window=None)
    days = (span.first.toordinal() - 1, span.last.toordinal() + 1)
    columns = expand_days(one, [days], config=config, zone=zone)
    slots = {slot.id: slot for slot in one.slots}
    rows = zip(columns.slot_ids, columns.dates, columns.starts, strict=True)
    return {(slot_id, day) for slot_id, day, start in rows if span.holds(slots[slot_id], day, start)}


@pytest.mark.parametrize("zone", [*TELLING_ZONES, "Pacific/Kwajalein"])
def test_nothing_comes_into_the_weeks_ahead_before(zone: str) -> None:
    around = {"Pacific/Apia": datetime(2011, 12, 3, tzinfo=UTC), "Pacific/Kwajalein": datetime(1993, 8, 1, tzinfo=UTC)}
    near = around.get(zone, datetime(2026, 3, 29, tzinfo=UTC))

    @given(st.data())
    def check(data: DataObject) -> None:
        one = data.draw(series("s", zone=zone, around=near.date()), label="series")
        now = near + timedelta(minutes=data.draw(st.integers(-60 * 24 * 60, 60 * 24 * 60), label="now"))
        rules = Config(
            weeks_ahead=data.draw(st.integers(1, 5)),
            on_overlap=data.draw(st.sampled_from(("earlier", "later"))),
            on_gap=data.draw(st.sampled_from(("shift", "skip"))),
        )
        config = resolve_config(rules)
        until = due_at(one, config, now=now)
        before = held(one, config, now)

        for share in (0.2, 0.5, 0.9, 1.0):
            moment = now + (until - now) * share - timedelta(microseconds=1)
            if moment > now:
                assert held(one, config, moment) <= before, f"at {moment.isoformat()}"

    check()
