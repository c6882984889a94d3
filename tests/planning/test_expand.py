"""The slots of a series to its occurrences: which dates, when, in which order, and what calls them off."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recurly_sessions import (
    Cancellation,
    Closure,
    Config,
    Occurrence,
    Series,
    Slot,
    Window,
    expand_slots,
    resolve_config,
)
from recurly_sessions.config import ResolvedConfig, config_of
from recurly_sessions.errors import InvalidValueError, RuleReachError
from tests.planning.helpers import PARIS, a_series, a_slot, autumn, count_calls, days, on, times
from tests.reference import naive

DAY = timedelta(days=1)
MONDAYS = "09: 7 14 21 28; 10: 5 12 19 26; 11: 2 9 16 23 30; 12: 7 14 21 28"


def rules(**said: Any) -> ResolvedConfig:
    return resolve_config(Config(**said))


def test_an_occurrence_says_all_about_one_date() -> None:
    series = a_series(a_slot(), cancellations=[Cancellation.day("trip", "a", "2026-10-26")])

    assert expand_slots(series, days("2026-10-19", "2026-10-26")) == [
        Occurrence(
            "s",
            "a",
            date(2026, 10, 19),
            6,
            datetime(2026, 10, 19, 16, tzinfo=UTC),
            datetime(2026, 10, 19, 17, 30, tzinfo=UTC),
        ),
        Occurrence(
            "s",
            "a",
            date(2026, 10, 26),
            7,
            datetime(2026, 10, 26, 17, tzinfo=UTC),
            datetime(2026, 10, 26, 18, 30, tzinfo=UTC),
            called_off_by="trip",
        ),
    ]


# Bounds


@pytest.mark.parametrize(
    ("series", "slot", "expected"),
    [
        ({}, {}, MONDAYS),
        ({"starts_on": "2026-09-14"}, {}, MONDAYS.replace("7 14", "14", 1)),
        ({"starts_on": "2026-09-15"}, {}, MONDAYS.replace("7 14 21", "21", 1)),
        ({}, {"starts_on": "2026-12-14"}, "12: 14 21 28"),
        ({}, {"starts_on": "2026-08-01"}, MONDAYS),
        ({"starts_on": "2026-12-15"}, {"starts_on": "2026-12-14"}, "12: 21 28"),
        ({"ends_on": "2026-09-21"}, {}, "09: 7 14 21"),
        ({"ends_on": "2026-09-20"}, {}, "09: 7 14"),
        ({}, {"ends_on": "2026-09-21"}, "09: 7 14 21"),
        ({"ends_on": "2026-09-21"}, {"ends_on": "2026-09-14"}, "09: 7 14"),
        ({"ends_on": "2026-09-14"}, {"ends_on": "2026-09-21"}, "09: 7 14"),
        ({"ends_on": "2026-09-07"}, {}, "09: 7"),
        ({"ends_on": "2026-09-14"}, {"starts_on": "2026-09-15"}, ""),
        ({}, {"active": False}, ""),
    ],
)
def test_a_slot_lies_within_its_own_days_and_those_of_its_series(
    series: dict[str, str], slot: dict[str, str], expected: str
) -> None:
    assert on(expand_slots(a_series(a_slot(**slot), **series), autumn())) == expected


@pytest.mark.requirement("IN-2")
@given(first=st.integers(0, 40), length=st.integers(0, 60), weekdays=st.sets(st.integers(1, 7), min_size=1))
def test_first_and_last_day_are_inclusive(first: int, length: int, weekdays: set[int]) -> None:
    starts_on = date(2026, 9, 7) + first * DAY
    ends_on = starts_on + length * DAY
    expected = [starts_on + place * DAY for place in range(length + 1)]
    expected = [day for day in expected if day.isoweekday() in weekdays]
    bounds: dict[str, Any] = {"starts_on": starts_on, "ends_on": ends_on}
    wide = {"starts_on": starts_on - 9 * DAY, "ends_on": ends_on + 9 * DAY}

    of_series = expand_slots(a_series(a_slot(days=weekdays), **bounds), autumn())
    of_slot = expand_slots(a_series(a_slot(days=weekdays, **bounds), **wide), autumn())

    assert [each.occurs_on for each in of_series] == expected
    assert [each.occurs_on for each in of_slot] == expected
    assert [each.index for each in of_slot] == list(range(len(expected)))


# Windows


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-09-14T16:00Z", "2026-09-14T16:00:00.000001Z", "09: 14"),
        ("2026-09-14T16:00Z", "2026-09-21T16:00Z", "09: 14"),
        ("2026-09-14T16:00:00.000001Z", "2026-09-21T16:00:00.000001Z", "09: 21"),
        ("2026-09-14T16:00Z", "2026-09-14T16:00Z", ""),
        ("2026-09-01T00:00Z", "2026-09-21T16:00Z", "09: 7 14"),
        ("2026-09-07T16:01Z", "2026-09-30T00:00Z", "09: 14 21 28"),
        ("2026-09-14T16:30Z", "2026-09-14T17:00Z", ""),
        ("2026-09-01T00:00Z", "2026-09-07T16:00Z", ""),
        ("2026-09-01T00:00Z", "2026-09-07T16:01Z", "09: 7"),
    ],
)
def test_a_window_has_what_starts_from_its_start_up_to_and_without_its_end(start: str, end: str, expected: str) -> None:
    assert on(expand_slots(a_series(a_slot()), Window(start, end))) == expected


@pytest.mark.parametrize(
    ("zone", "slot", "start", "end", "expected"),
    [
        # The start of December 30th, which Apia skipped, is at the same time on the 31st.
        ("Pacific/Apia", a_slot(days="FR", end="20:00"), "2011-12-31T04:00Z", "2011-12-31T05:00Z", "2011-12-30"),
        ("Pacific/Apia", a_slot(days="FR", start="00:00"), "2011-12-30T10:00Z", "2011-12-30T11:00Z", "2011-12-30"),
        ("Pacific/Apia", a_slot(days="FR", start="23:59"), "2011-12-31T09:59Z", "2011-12-31T10:00Z", "2011-12-30"),
        # A day without midnight, from its first instant.
        ("America/Sao_Paulo", a_slot(days="SU", start="00:00"), "2018-11-04T03:00Z", "2018-11-04T04:00Z", "2018-11-04"),
        ("America/Sao_Paulo", a_slot(days="SU", start="00:59"), "2018-11-04T03:59Z", "2018-11-04T04:00Z", "2018-11-04"),
        # The first midnight of November 7th comes before the second 23:01 of the 6th.
        ("America/St_Johns", a_slot(days="SU", start="00:00"), "2010-11-07T02:30Z", "2010-11-07T02:31Z", "2010-11-07"),
        ("America/St_Johns", a_slot(days="SU", start="00:00"), "2010-11-07T02:29Z", "2010-11-07T02:45Z", "2010-11-07"),
        ("America/St_Johns", a_slot(days="SA", start="23:30"), "2010-11-07T02:00Z", "2010-11-07T02:01Z", "2010-11-06"),
    ],
)
def test_a_start_that_a_clock_change_moves_to_another_day_is_not_lost(
    *, zone: str, slot: Slot, start: str, end: str, expected: str
) -> None:
    series = a_series(slot, timezone=zone, starts_on="2010-01-01")

    assert [str(each.occurs_on) for each in expand_slots(series, Window(start, end))] == [expected]


def test_windows_side_by_side_have_what_the_whole_has() -> None:
    series = a_series(a_slot(), a_slot("b", days="MO,TH", start="00:30"), a_slot("c", rrule="FREQ=MONTHLY;BYDAY=2TU"))
    edges = [datetime(2026, 9, 1, tzinfo=UTC) + place * timedelta(hours=101) for place in range(30)]

    parts = [each for start, end in pairwise(edges) for each in expand_slots(series, Window(start, end))]

    assert parts == expand_slots(series, Window(edges[0], edges[-1]))


# Order


def test_occurrences_come_by_start_then_slot_then_date() -> None:
    series = a_series(
        a_slot("c", start="18:00"),
        a_slot("b", start="18:00", end="19:00"),
        a_slot("a", start="18:30"),
        a_slot("d", start="17:00"),
        a_slot("0", days="TU", start="09:00"),
        a_slot("e", rrule="FREQ=WEEKLY;BYDAY=MO,TU", start="18:00"),
    )

    found = [(each.slot_id, each.occurs_on.day) for each in expand_slots(series, days("2026-09-07", "2026-09-08"))]

    assert found == [("d", 7), ("b", 7), ("c", 7), ("e", 7), ("a", 7), ("0", 8), ("e", 8)]


@pytest.mark.parametrize("days_of_b", ["MO", "MO,TU"])
def test_of_two_slots_at_one_instant_the_smaller_id_comes_first(days_of_b: str) -> None:
    series = a_series(a_slot("b", days=days_of_b), a_slot("a"))

    found = [each.slot_id for each in expand_slots(series, days("2026-09-07", "2026-09-07"))]

    assert found == ["a", "b"]


def test_of_one_slot_at_one_instant_the_earlier_date_comes_first() -> None:
    """Apia skipped December 30th: its 18:00 and that of the 31st are one instant."""
    slot = a_slot(days="FR,SA", duration=60)
    series = a_series(slot, timezone="Pacific/Apia", starts_on="2011-12-01")
    window = Window("2011-12-31T00:00Z", "2012-01-01T00:00Z")

    assert [(each.occurs_on.day, each.shifted) for each in expand_slots(series, window)] == [(30, "gap"), (31, None)]


# Indexes


def test_the_index_is_the_ordinal_among_all_dates_whatever_the_window() -> None:
    series = a_series(a_slot(days="MO,WE", extra_dates=["2026-09-11"], excluded_dates=["2026-09-14"]))

    whole = {each.occurs_on: each.index for each in expand_slots(series, autumn())}
    singly = {each.occurs_on: each.index for day in whole for each in expand_slots(series, days(str(day), str(day)))}

    assert singly == whole
    assert list(whole.values()) == list(range(len(whole)))
    assert on(expand_slots(series, autumn())).startswith("09: 7 9 11 16 21")


def test_dates_that_are_called_off_are_counted() -> None:
    series = a_series(a_slot(), cancellations=[Cancellation.day("trip", None, "2026-09-14")])

    found = [(each.occurs_on.day, each.index, each.called_off_by) for each in expand_slots(series, autumn())]

    assert found[:3] == [(7, 0, None), (14, 1, "trip"), (21, 2, None)]


def test_a_weekly_slot_costs_the_same_however_old_it_is() -> None:
    """The very same calls are made for a window of a series of this year and of one from long ago."""
    window = days("9800-01-01", "9800-01-31", "UTC")

    def calls(starts_on: str) -> int:
        slots = [a_slot("a", days="MO,WE"), a_slot("b", rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")]
        series = a_series(*slots, starts_on=starts_on)
        return count_calls(lambda: expand_slots(series, window))

    for starts_on in ("9799-12-27", "1900-01-01"):
        calls(starts_on)  # so that what is computed once is there

    assert calls("9799-12-27") == calls("1900-01-01")


def test_a_rule_that_is_not_weekly_is_refused_beyond_its_reach() -> None:
    series = a_series(a_slot(rrule="FREQ=MONTHLY;BYDAY=2TU"), starts_on="1900-01-01")

    with pytest.raises(RuleReachError) as error:
        expand_slots(series, autumn())

    assert str(error.value) == (
        "s/a: the rule 'FREQ=MONTHLY;BYDAY=2TU' counts from 1900-01-01 and is followed for 100 years, "
        "got a window up to 2026-12-31; let the slot start later, or state the rule again in a later phase"
    )


def test_a_rule_that_is_stated_again_in_a_phase_is_followed_from_there() -> None:
    slot = a_slot(rrule="FREQ=MONTHLY;BYDAY=2TU").changed_from("1990-01-01", rrule="FREQ=MONTHLY;BYDAY=1TU")

    assert on(expand_slots(a_series(slot, starts_on="1900-01-01"), days("2026-09-01", "2026-10-31"))) == "09: 1; 10: 6"


# Phases


def test_a_phase_changes_time_and_days_and_the_count_runs_on() -> None:
    slot = (
        a_slot()
        .changed_from("2026-09-21", start="19:00")
        .changed_from("2026-10-01", days="TH", end="20:00")
        .changed_from("2026-10-15", duration=30)
    )

    found = expand_slots(a_series(slot), days("2026-09-01", "2026-10-20"))

    assert on(found) == "09: 7 14 21 28; 10: 1 8 15"
    assert [each.index for each in found] == list(range(7))
    assert times(found) == [
        "2026-09-07T16:00/2026-09-07T17:30",
        "2026-09-14T16:00/2026-09-14T17:30",
        "2026-09-21T17:00/2026-09-21T18:30",
        "2026-09-28T17:00/2026-09-28T18:30",
        "2026-10-01T17:00/2026-10-01T18:00",
        "2026-10-08T17:00/2026-10-08T18:00",
        "2026-10-15T17:00/2026-10-15T17:30",
    ]


@pytest.mark.parametrize("window", [autumn(), days("2026-09-22", "2026-10-10"), days("2026-10-05", "2026-10-05")])
def test_the_index_counts_over_phases_from_any_window(window: Window) -> None:
    slot = a_slot().changed_from("2026-09-22", days="TU,TH").changed_from("2026-10-01", rrule="FREQ=WEEKLY;BYDAY=MO")
    series = a_series(slot)
    whole = {each.occurs_on: each for each in expand_slots(series, autumn())}

    found = expand_slots(series, window)

    assert found
    assert found == [whole[each.occurs_on] for each in found]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        # A phase that says no days leaves every second week as it was.
        ({"start": "19:00"}, "09: 7 21; 10: 5 19; 11: 2 16 30; 12: 14 28"),
        ({"duration": 30}, "09: 7 21; 10: 5 19; 11: 2 16 30; 12: 14 28"),
        # One that states the rule again begins it anew.
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2"}, "09: 7 21 29; 10: 13 27; 11: 10 24; 12: 8 22"),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}, "09: 7 21; 10: 12 26; 11: 9 23; 12: 7 21"),
        ({"days": "WE"}, "09: 7 21 30; 10: 7 14 21 28; 11: 4 11 18 25; 12: 2 9 16 23 30"),
    ],
)
def test_the_interval_of_a_rule_counts_from_the_phase_that_states_it(phase: dict[str, Any], expected: str) -> None:
    slot = a_slot(rrule="FREQ=WEEKLY;INTERVAL=2").changed_from("2026-09-29", **phase)

    assert on(expand_slots(a_series(slot), autumn())) == expected


def test_the_count_of_a_rule_runs_on_over_a_phase_that_changes_the_time() -> None:
    slot = a_slot(rrule="FREQ=MONTHLY;BYDAY=1MO;COUNT=3").changed_from("2026-10-01", start="10:00", end="11:00")

    assert times(expand_slots(a_series(slot), autumn())) == [
        "2026-09-07T16:00/2026-09-07T17:30",
        "2026-10-05T08:00/2026-10-05T09:00",
        "2026-11-02T09:00/2026-11-02T10:00",
    ]


def test_a_phase_over_two_phases_goes_on_with_the_rule_stated_last() -> None:
    slot = (
        a_slot()
        .changed_from("2026-09-15", rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TU")
        .changed_from("2026-10-01", start="19:00")
    )

    assert on(expand_slots(a_series(slot), autumn())) == "09: 7 14 15; 10: 6 27; 11: 17; 12: 8 29"


@pytest.mark.parametrize(
    ("starts_on", "expected"),
    [
        # The phase is in force before the slot's first day, so its rule counts from there.
        ("2026-09-07", "09: 7 21; 10: 5"),
        ("2026-09-14", "09: 14 28; 10: 12"),
    ],
)
def test_a_phase_from_before_the_first_day_is_in_force_from_the_first(starts_on: str, expected: str) -> None:
    slot = a_slot(days="WE").changed_from("2026-09-01", rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")

    assert on(expand_slots(a_series(slot, starts_on=starts_on), days("2026-09-01", "2026-10-15"))) == expected


def test_a_phase_from_after_the_last_day_never_comes() -> None:
    slot = a_slot().changed_from("2026-09-22", days="FR").changed_from("2027-01-01", days="SA")

    assert on(expand_slots(a_series(slot, ends_on="2026-09-28"), autumn())) == "09: 7 14 21 25"
    assert on(expand_slots(a_series(slot, ends_on="2026-09-21"), autumn())) == "09: 7 14 21"
    assert on(expand_slots(a_series(slot, ends_on="2026-09-25"), autumn())) == "09: 7 14 21 25"


def test_a_phase_begins_on_its_day_and_not_before() -> None:
    slot = a_slot(days="MO,TU").changed_from("2026-09-15", start="10:00", end="11:00")

    assert times(expand_slots(a_series(slot), days("2026-09-14", "2026-09-15"))) == [
        "2026-09-14T16:00/2026-09-14T17:30",
        "2026-09-15T08:00/2026-09-15T09:00",
    ]


# Extra and excluded dates


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ({"extra_dates": ["2026-09-09"]}, "09: 7 9 14 21 28"),
        ({"extra_dates": ["2026-09-07", "2026-09-14"]}, "09: 7 14 21 28"),
        ({"excluded_dates": ["2026-09-14"]}, "09: 7 21 28"),
        ({"excluded_dates": ["2026-09-15"]}, "09: 7 14 21 28"),
        ({"excluded_dates": ["2026-09-07"]}, "09: 14 21 28"),
        ({"excluded_dates": ["2026-09-28"], "ends_on": "2026-09-28"}, "09: 7 14 21"),
        ({"extra_dates": ["2026-09-09"], "excluded_dates": ["2026-09-09", "2026-09-14"]}, "09: 7 21 28"),
        ({"extra_dates": ["2026-09-14"], "excluded_dates": ["2026-09-14"]}, "09: 7 21 28"),
        # They're bound like all other dates.
        ({"extra_dates": ["2026-09-06", "2026-09-08"]}, "09: 7 8 14 21 28"),
        ({"extra_dates": ["2026-09-06", "2026-09-08"], "starts_on": "2026-09-08"}, "09: 8 14 21 28"),
        ({"extra_dates": ["2026-09-08", "2026-09-09"], "starts_on": "2026-09-09"}, "09: 9 14 21 28"),
        ({"extra_dates": ["2026-09-15", "2026-09-16"], "ends_on": "2026-09-15"}, "09: 7 14 15"),
        # An UNTIL or a COUNT ends the rule, not what is added to it.
        ({"rrule": "FREQ=WEEKLY;UNTIL=20260914", "extra_dates": ["2026-09-20"]}, "09: 7 14 20"),
        ({"rrule": "FREQ=WEEKLY;COUNT=2", "extra_dates": ["2026-09-20"]}, "09: 7 14 20"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=2MO", "extra_dates": ["2026-09-14", "2026-09-20"]}, "09: 14 20"),
    ],
)
def test_dates_are_added_and_taken_out(slot: dict[str, Any], expected: str) -> None:
    found = expand_slots(a_series(a_slot(**slot)), days("2026-09-01", "2026-09-30"))

    assert on(found) == expected
    assert [each.index for each in found] == list(range(len(found)))


def test_an_extra_date_has_the_time_of_the_phase_on_its_day() -> None:
    slot = a_slot(extra_dates=["2026-09-16", "2026-09-23"]).changed_from("2026-09-21", start="10:00", end="11:00")

    assert times(expand_slots(a_series(slot), days("2026-09-16", "2026-09-23"))) == [
        "2026-09-16T16:00/2026-09-16T17:30",
        "2026-09-21T08:00/2026-09-21T09:00",
        "2026-09-23T08:00/2026-09-23T09:00",
    ]


# Rules that end


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;UNTIL=20260921", "09: 7 14 21"),
        ("FREQ=WEEKLY;UNTIL=20260921T180000", "09: 7 14 21"),
        ("FREQ=WEEKLY;UNTIL=20260921T175959", "09: 7 14"),
        ("FREQ=WEEKLY;UNTIL=20260921T160000Z", "09: 7 14 21"),
        ("FREQ=WEEKLY;UNTIL=20260921T155959Z", "09: 7 14"),
        ("FREQ=WEEKLY;UNTIL=20260906", ""),
        ("FREQ=WEEKLY;COUNT=2", "09: 7 14"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "09: 8 15"),
        ("FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261110", "09: 8; 10: 13; 11: 10"),
    ],
)
def test_a_rule_ends_when_it_says(rule: str, expected: str) -> None:
    assert on(expand_slots(a_series(a_slot(rrule=rule)), autumn())) == expected


def test_until_in_z_is_compared_with_the_instant_that_an_overlap_means() -> None:
    slot = a_slot(rrule="FREQ=WEEKLY;UNTIL=20261025T003000Z", start="02:30", end="04:00")
    series = a_series(slot, starts_on="2026-10-18")

    assert on(expand_slots(series, autumn())) == "10: 18 25"
    assert on(expand_slots(series, autumn(), config=rules(on_overlap="later"))) == "10: 18"


# Clock changes


@pytest.mark.parametrize(
    ("slot", "day", "expected", "shifted"),
    [
        # Starts and ends are those of the clock; a duration is elapsed time.
        ({"start": "01:00", "end": "04:00"}, "2026-03-29", "2026-03-29T00:00/2026-03-29T02:00", None),
        ({"start": "01:00", "duration": 180}, "2026-03-29", "2026-03-29T00:00/2026-03-29T03:00", None),
        ({"start": "01:00", "end": "04:00"}, "2026-10-25", "2026-10-24T23:00/2026-10-25T03:00", None),
        ({"start": "01:00", "duration": 180}, "2026-10-25", "2026-10-24T23:00/2026-10-25T02:00", None),
        # In the gap and in the overlap.
        ({"start": "02:30", "end": "04:00"}, "2026-03-29", "2026-03-29T01:30/2026-03-29T02:00", "gap"),
        ({"start": "02:30", "end": "03:30"}, "2026-03-29", "2026-03-29T01:30/2026-03-29T02:30", "gap"),
        ({"start": "02:00", "end": "02:45"}, "2026-03-29", "2026-03-29T01:00/2026-03-29T01:45", "gap"),
        ({"start": "01:30", "end": "02:30"}, "2026-03-29", "2026-03-29T00:30/2026-03-29T01:30", None),
        ({"start": "02:30", "end": "04:00"}, "2026-10-25", "2026-10-25T00:30/2026-10-25T03:00", "overlap"),
        ({"start": "02:15", "end": "02:45"}, "2026-10-25", "2026-10-25T00:15/2026-10-25T00:45", "overlap"),
        ({"start": "01:30", "end": "02:30"}, "2026-10-25", "2026-10-24T23:30/2026-10-25T00:30", None),
        # Over midnight, and a whole day.
        ({"days": "SA", "start": "23:00", "end": "07:00"}, "2026-03-28", "2026-03-28T22:00/2026-03-29T05:00", None),
        ({"days": "SA", "start": "23:00", "end": "07:00"}, "2026-10-24", "2026-10-24T21:00/2026-10-25T06:00", None),
        ({"days": "SA", "start": "18:00", "end": "18:00"}, "2026-10-24", "2026-10-24T16:00/2026-10-25T17:00", None),
        ({"days": "SA", "start": "18:00", "end": "24:00"}, "2026-10-24", "2026-10-24T16:00/2026-10-24T22:00", None),
        ({"days": "SA", "start": "00:00", "end": "24:00"}, "2026-10-24", "2026-10-23T22:00/2026-10-24T22:00", None),
        ({"days": "SA", "start": "00:00", "end": "24:00"}, "2026-10-31", "2026-10-30T23:00/2026-10-31T23:00", None),
        ({"days": "SA", "start": "18:00", "end": "17:59"}, "2026-10-24", "2026-10-24T16:00/2026-10-25T16:59", None),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(
    slot: dict[str, Any], day: str, expected: str, shifted: str | None
) -> None:
    series = a_series(a_slot(**{"days": "SU", **slot}), starts_on="2026-01-01")

    found = expand_slots(series, days(day, day))

    assert times(found) == [expected]
    assert [each.shifted for each in found] == [shifted]


@pytest.mark.parametrize(
    ("zone", "slot", "window", "expected"),
    [
        # Half an hour is skipped at 2:00: 2:15 is 2:45, and 2:30 is past by then.
        (
            "Australia/Lord_Howe",
            a_slot(days="SU", start="02:15", end="02:30"),
            Window("2023-09-30T12:00Z", "2023-10-01T12:00Z"),
            "2023-09-30T15:45/2023-09-30T16:00",
        ),
        # A day is skipped: 18:00 is that of the next day, and 12:00 is past by then.
        (
            "Pacific/Apia",
            a_slot(days="FR", start="18:00", end="12:00"),
            Window("2011-12-31T00:00Z", "2011-12-31T23:00Z"),
            "2011-12-31T04:00/2011-12-31T22:00",
        ),
        # 2:00 is 3:00, when the lesson was to end.
        (
            PARIS,
            a_slot(days="SU", start="02:00", end="03:00"),
            Window("2026-03-29T00:00Z", "2026-03-30T00:00Z"),
            "2026-03-29T01:00/2026-03-29T02:00",
        ),
        # A minute later, the end is an end.
        (
            PARIS,
            a_slot(days="SU", start="02:00", end="03:01"),
            Window("2026-03-29T00:00Z", "2026-03-30T00:00Z"),
            "2026-03-29T01:00/2026-03-29T01:01",
        ),
    ],
)
def test_an_end_that_the_clock_shows_no_later_than_the_start_gives_way_to_the_length(
    *, zone: str, slot: Slot, window: Window, expected: str
) -> None:
    assert times(expand_slots(a_series(slot, timezone=zone, starts_on="2011-01-01"), window)) == [expected]


def test_an_overlap_means_the_later_instant_if_the_config_says_so() -> None:
    series = a_series(
        a_slot("a", days="SU", start="02:30", end="04:00"),
        a_slot("b", days="SU", start="01:30", end="02:45"),
        a_slot("c", days="SU", start="02:15", duration=30),
        config=Config(on_overlap="later"),
        starts_on="2026-10-01",
    )

    found = expand_slots(series, days("2026-10-25", "2026-10-25"))

    assert {each.slot_id: (time, each.shifted) for each, time in zip(found, times(found), strict=True)} == {
        "b": ("2026-10-24T23:30/2026-10-25T01:45", None),
        "c": ("2026-10-25T01:15/2026-10-25T01:45", "overlap"),
        "a": ("2026-10-25T01:30/2026-10-25T03:00", "overlap"),
    }


def test_a_start_that_does_not_exist_is_left_out_if_the_config_says_so() -> None:
    series = a_series(
        a_slot("a", days="SU", start="02:30", end="04:00"),
        a_slot("b", days="SU", start="03:00", end="04:00"),
        starts_on="2026-03-22",
        config=Config(on_gap="skip"),
        cancellations=[
            Cancellation.day("x", "a", "2026-03-29"),
            Cancellation.day("y", "a", "2026-04-05"),
            Cancellation.day("z", "b", "2026-03-29"),
        ],
    )

    found = expand_slots(series, days("2026-03-22", "2026-04-05"))

    assert [(each.slot_id, each.occurs_on.day, each.index, each.called_off_by) for each in found] == [
        ("a", 22, 0, None),
        ("b", 22, 0, None),
        ("b", 29, 1, "z"),
        ("a", 5, 2, "y"),
        ("b", 5, 2, None),
    ]


def test_an_overlap_is_not_left_out_with_the_gaps() -> None:
    series = a_series(a_slot(days="SU", start="02:30", end="04:00"), config=Config(on_gap="skip"))

    found = expand_slots(series, days("2026-10-18", "2026-11-01"))

    assert [(each.occurs_on.day, each.shifted) for each in found] == [(18, None), (25, "overlap"), (1, None)]


# Days off


def called_off(series: Series, config: ResolvedConfig | None = None, window: Window | None = None) -> dict[str, str]:
    """The dates that are called off, and by what."""
    found = expand_slots(series, window or autumn(), config=config)
    return {f"{each.slot_id} {each.occurs_on:%m-%d}": each.called_off_by for each in found if each.called_off_by}


def test_a_cancellation_calls_off_its_days_of_its_slot_or_of_all() -> None:
    series = a_series(
        a_slot("a"),
        a_slot("b", days="MO,TU"),
        cancellations=[
            Cancellation("one", first_day="2026-09-14", last_day="2026-09-21", slot_id="b"),
            Cancellation("all", first_day="2026-10-05", last_day="2026-10-05"),
            Cancellation.week("week", "b", "2026-11-04"),
        ],
    )

    assert called_off(series) == {
        "b 09-14": "one",
        "b 09-15": "one",
        "b 09-21": "one",
        "a 10-05": "all",
        "b 10-05": "all",
        "b 11-02": "week",
        "b 11-03": "week",
    }


@pytest.mark.parametrize("reverse", [False, True])
def test_a_cancellation_is_named_before_a_closure_and_the_smaller_id_before_the_greater(reverse: bool) -> None:
    off = [("z", "2026-09-14", "2026-09-21"), ("y", "2026-09-21", "2026-09-28")]
    cancellations = [Cancellation(id, first_day=first, last_day=last) for id, first, last in off]
    closures = [
        Closure("a", "2026-09-14", "2026-10-05"),
        Closure("c", "2026-09-28", "2026-10-12"),
        Closure("b", "2026-10-05", "2026-10-12"),
    ]
    series = a_series(a_slot(), cancellations=cancellations[::-1] if reverse else cancellations)
    config = rules(closures=closures[::-1] if reverse else closures)

    assert called_off(series, config) == {
        "a 09-14": "z",
        "a 09-21": "y",
        "a 09-28": "y",
        "a 10-05": "a",
        "a 10-12": "b",
    }


@pytest.mark.parametrize(("on_closure", "expected"), [("skip", {"a 09-14": "shut"}), ("flag", {}), ("ignore", {})])
def test_a_closure_calls_days_off_only_if_the_config_skips_them(on_closure: str, expected: dict[str, str]) -> None:
    config = rules(closures=[Closure("shut", "2026-09-14", "2026-09-14")], on_closure=on_closure)

    assert called_off(a_series(a_slot()), config) == expected


def test_a_cancellation_calls_days_off_whatever_becomes_of_closures() -> None:
    series = a_series(a_slot(), cancellations=[Cancellation.day("trip", None, "2026-09-14")])

    assert called_off(series, rules(on_closure="ignore")) == {"a 09-14": "trip"}


@pytest.mark.parametrize(
    ("branch_id", "expected"),
    [
        (None, {"a 09-14": "all"}),
        ("north", {"a 09-14": "all", "a 09-21": "north"}),
        ("south", {"a 09-14": "all", "a 09-28": "south"}),
    ],
)
def test_the_closure_of_a_branch_holds_for_that_branch(branch_id: str | None, expected: dict[str, str]) -> None:
    closures = [
        Closure("all", "2026-09-14", "2026-09-14"),
        Closure("north", "2026-09-21", "2026-09-21", branch_id="north"),
        Closure("south", "2026-09-28", "2026-09-28", branch_id="south"),
    ]

    assert called_off(a_series(a_slot(), branch_id=branch_id), rules(closures=closures)) == expected


def closed(closure: Closure, first: str, last: str) -> list[str]:
    """The days of a span on which a daily slot is closed."""
    series = a_series(a_slot(days="MO,TU,WE,TH,FR,SA,SU"), starts_on="2000-01-01")
    found = expand_slots(series, days(first, last), config=rules(closures=[closure]))
    return [f"{each.occurs_on:%m-%d}" for each in found if each.called_off_by]


@pytest.mark.parametrize("year", [2010, 2025, 2026, 2027, 2040])
def test_a_yearly_closure_comes_every_year_before_and_after_the_one_named(year: int) -> None:
    closure = Closure("may", "2026-05-01", "2026-05-02", yearly=True)

    assert closed(closure, f"{year}-04-20", f"{year}-05-20") == ["05-01", "05-02"]
    assert closed(closure, f"{year}-05-02", f"{year}-05-02") == ["05-02"]


@pytest.mark.parametrize("year", [2010, 2025, 2026, 2027])
def test_a_yearly_closure_may_go_over_new_year(year: int) -> None:
    closure = Closure("xmas", "2026-12-30", "2027-01-02", yearly=True)

    assert closed(closure, f"{year}-12-20", f"{year + 1}-01-20") == ["12-30", "12-31", "01-01", "01-02"]
    assert closed(closure, f"{year}-01-01", f"{year}-01-10") == ["01-01", "01-02"]
    assert closed(closure, f"{year}-12-20", f"{year}-12-31") == ["12-30", "12-31"]


def test_a_closure_that_is_not_yearly_comes_once() -> None:
    closure = Closure("xmas", "2026-12-30", "2027-01-02")

    assert closed(closure, "2026-12-20", "2027-01-20") == ["12-30", "12-31", "01-01", "01-02"]
    assert closed(closure, "2027-12-20", "2028-01-20") == []


@pytest.mark.parametrize(
    ("first", "last", "in_2023", "in_2024"),
    [
        ("2024-02-29", "2024-02-29", [], ["02-29"]),
        ("2024-02-27", "2024-02-29", ["02-27", "02-28"], ["02-27", "02-28", "02-29"]),
        ("2024-02-29", "2024-03-02", ["03-01", "03-02"], ["02-29", "03-01", "03-02"]),
        ("2023-02-28", "2023-03-01", ["02-28", "03-01"], ["02-28", "02-29", "03-01"]),
        ("2023-03-01", "2023-03-01", ["03-01"], ["03-01"]),
    ],
)
def test_of_a_yearly_closure_around_february_29_the_days_that_exist_are_closed(
    first: str, last: str, in_2023: list[str], in_2024: list[str]
) -> None:
    closure = Closure("leap", first, last, yearly=True)

    assert closed(closure, "2023-02-20", "2023-03-10") == in_2023
    assert closed(closure, "2024-02-20", "2024-03-10") == in_2024


def test_a_yearly_closure_of_nearly_a_year_ends_on_february_29() -> None:
    closure = Closure("long", "2023-03-02", "2024-02-29", yearly=True)

    assert closed(closure, "2024-02-27", "2024-03-03") == ["02-27", "02-28", "02-29", "03-02", "03-03"]
    assert closed(closure, "2023-02-26", "2023-03-03") == ["02-26", "02-27", "02-28", "03-02", "03-03"]


# Timezones


def test_the_timezone_may_come_from_the_config() -> None:
    silent = a_series(a_slot(), timezone=None)
    own_config = a_series(a_slot(), timezone=None, config=Config(timezone="Asia/Tokyo"))
    window = days("2026-09-07", "2026-09-07", "UTC")

    assert times(expand_slots(silent, window, config=rules(timezone="UTC"))) == ["2026-09-07T18:00/2026-09-07T19:30"]
    assert times(expand_slots(own_config, window)) == ["2026-09-07T09:00/2026-09-07T10:30"]


def test_the_timezone_of_the_series_wins_over_that_of_the_config() -> None:
    found = expand_slots(a_series(a_slot()), days("2026-09-07", "2026-09-07"), config=rules(timezone="UTC"))

    assert times(found) == ["2026-09-07T16:00/2026-09-07T17:30"]


def test_a_series_without_any_timezone_is_refused() -> None:
    with pytest.raises(InvalidValueError) as error:
        expand_slots(a_series(a_slot(), timezone=None), autumn())

    assert str(error.value) == (
        "Series.timezone must be said by the series or by a config, got None; "
        "series 's' has none, and no config says one"
    )


def test_a_series_without_slots_has_no_occurrences() -> None:
    assert expand_slots(a_series(), autumn()) == []


def test_a_resolved_config_holds_instead_of_the_series_own() -> None:
    series = a_series(a_slot(days="SU", start="02:30"), starts_on="2026-03-29", config=Config(on_gap="skip"))
    window = days("2026-03-29", "2026-03-29")

    assert expand_slots(series, window) == expand_slots(series, window, config=config_of(series)) == []
    assert on(expand_slots(series, window, config=rules())) == "03: 29"


# Slots that share their dates


def test_slots_of_the_same_dates_come_out_as_each_by_itself() -> None:
    """They're expanded together: different times, lengths, ends on the next day, and days off of one alone."""
    slots = [
        a_slot("a", days="SA,SU", start="02:30", end="03:15"),
        a_slot("b", days="SA,SU", start="09:00", end="12:00"),
        a_slot("c", days="SU,SA", start="23:00", end="01:00"),
        a_slot("d", days="SA,SU", start="22:00", end="22:00"),
        a_slot("e", days="SA,SU", start="02:30", duration=45),
        a_slot("f", days="SA,SU", start="12:00", duration=300),
        a_slot("g", days="SA,SU", start="09:00", end="11:00", starts_on="2026-03-28"),
        a_slot("h", days="SA,SU", start="09:00", end="11:00", ends_on="2026-03-28"),
        a_slot("i", days="SA,SU", start="09:00", end="11:00", excluded_dates=["2026-03-28"]),
        a_slot("j", days="SA,SU", start="09:00", end="11:00", extra_dates=["2026-03-27"]),
        a_slot("k", days="SA,SU", start="09:00", end="11:00").changed_from("2026-03-29", start="08:00"),
        a_slot("l", rrule="FREQ=WEEKLY;BYDAY=SA,SU", start="09:00", end="11:00"),
        a_slot("m", days="SA,SU", start="09:00", end="11:00", active=False),
    ]
    off = [Cancellation.day("x", "b", "2026-03-29"), Cancellation.day("y", "f", "2026-03-28")]
    window = Window("2026-03-21T09:00Z", "2026-04-05T10:30Z")
    for config in (
        rules(),
        rules(on_gap="skip", on_overlap="later"),
        rules(closures=[Closure("z", "2026-04-04", "2026-04-04")]),
    ):
        together = expand_slots(a_series(*slots, starts_on="2026-03-21", cancellations=off), window, config=config)

        for slot in slots:
            mine = [each for each in off if each.slot_id == slot.id]
            alone = a_series(slot, starts_on="2026-03-21", cancellations=mine)
            assert [each for each in together if each.slot_id == slot.id] == expand_slots(alone, window, config=config)


# Against dates counted day by day


@st.composite
def stories(draw: st.DrawFn) -> tuple[Series, Window, ResolvedConfig]:
    """A series around a clock change, and a window whose edges lie anywhere."""
    zone, around = draw(st.sampled_from(sorted(CHANGES.items())))
    first = around - draw(st.integers(0, 40)) * DAY
    slots = []
    for number in range(draw(st.integers(1, 4))):
        minutes = draw(st.sampled_from(TIMES) | st.integers(0, 1439))
        ends = draw(st.sampled_from(TIMES) | st.integers(0, 1439))
        said: dict[str, Any] = {"start": written(minutes)}
        said |= {"end": written(ends)} if draw(st.booleans()) else {"duration": draw(st.integers(1, 1440))}
        said |= draw(
            st.sets(st.integers(1, 7), min_size=1).map(lambda weekdays: {"days": weekdays})
            | st.sampled_from(RULES).map(lambda rule: {"rrule": rule})
        )
        said |= draw(st.fixed_dictionaries({}, optional=dict.fromkeys(("extra_dates", "excluded_dates"), near(around))))
        slot = Slot(str(number), **said)
        if draw(st.booleans()):
            changes: list[dict[str, Any]] = [
                {"start": "02:30"},
                {"days": "SA,SU"},
                {"rrule": "FREQ=DAILY;INTERVAL=3"},
                {"duration": 90},
            ]
            slot = slot.changed_from(around - draw(st.integers(-3, 9)) * DAY, **draw(st.sampled_from(changes)))
        slots.append(slot)
    cancelled = draw(near(around))
    series = Series(
        "s",
        timezone=zone,
        starts_on=first,
        slots=slots,
        cancellations=[Cancellation.day(f"off-{day}", draw(st.sampled_from([None, "0"])), day) for day in cancelled],
    )
    config = rules(
        on_gap=draw(st.sampled_from(["shift", "skip"])),
        on_overlap=draw(st.sampled_from(["earlier", "later"])),
        closures=[Closure("shut", around + DAY, around + 2 * DAY, yearly=draw(st.booleans()))],
    )
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC)
    hours = sorted(draw(st.lists(st.integers(-72, 96), min_size=2, max_size=2)))
    return series, Window(*(begin + timedelta(hours=hour) for hour in hours)), config


CHANGES = {
    PARIS: date(2026, 10, 25),
    "Europe/Berlin": date(2026, 3, 29),
    "Pacific/Apia": date(2011, 12, 30),
    "Antarctica/Troll": date(2023, 10, 29),
    "America/Sao_Paulo": date(2018, 11, 4),
    "America/Bahia": date(2012, 2, 26),
    "America/St_Johns": date(2010, 11, 7),
    "Australia/Lord_Howe": date(2023, 4, 2),
}
TIMES = [0, 1, 30, 60, 90, 119, 120, 150, 179, 180, 1080, 1380, 1410, 1439]
RULES = ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=2;COUNT=30", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=-1SU,1SU,FR"]


def written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def near(day: date) -> st.SearchStrategy[list[date]]:
    return st.lists(st.integers(-6, 6).map(lambda places: day + places * DAY), unique=True, max_size=4)


@pytest.mark.requirement("FR-003")
@given(story=stories())
@example(
    story=(
        a_series(a_slot(days="FR,SA", start="00:00"), timezone="Pacific/Apia", starts_on="2011-12-01"),
        Window("2011-12-30T09:00Z", "2011-12-30T10:00:00.000001Z"),
        rules(),
    )
)
def test_occurrences_are_those_that_going_day_by_day_finds(story: tuple[Series, Window, ResolvedConfig]) -> None:
    series, window, config = story

    found = expand_slots(series, window, config=config)

    rows = [
        (each.slot_id, each.occurs_on, each.index, each.starts_at, each.ends_at, each.called_off_by, each.shifted)
        for each in found
    ]
    assert rows == naive.occurrences(series, window, config)
