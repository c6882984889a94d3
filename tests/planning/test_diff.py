"""Sessions as they should be and as they are, to what makes one of the other."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from recurly_sessions import Change, diff_sessions
from recurly_sessions.config import ResolvedConfig
from recurly_sessions.errors import InvalidValueError
from tests.planning.helpers import a_series, a_slot
from tests.planning.plans import (
    DAY,
    FOUR,
    HOUR,
    NOW,
    changed,
    confirmed,
    later,
    made,
    manual,
    moments,
    moved,
    small_series,
    step,
)

OFF = ("cancellation_reason", "cause_id", "status")


def diff(desired: Any, existing: Any, *, now: datetime = NOW, config: ResolvedConfig | None = None) -> list[Change]:
    return diff_sessions(desired, existing, now=now, config=config)


def diffed(desired: Any, existing: Any, **more: Any) -> list[tuple[str, ...]]:
    return [step(change) for change in diff(desired, existing, **more)]


def test_what_is_missing_is_created_and_what_is_there_stays() -> None:
    sessions = made()

    changes = diff(sessions, sessions[1:3])

    assert [(step(change), change.after) for change in changes] == [
        (("CREATE", "due", FOUR[0]), sessions[0]),
        (("CREATE", "due", FOUR[3]), sessions[3]),
    ]
    assert diff(sessions, sessions) == diff([], []) == []


def test_what_is_different_is_updated_field_by_field() -> None:
    first, second, *_ = made()
    wanted = [later(first, HOUR), changed(second, tutor_id="luc", price="30 EUR", room_id="blue")]

    changes = diff(wanted, [second, first])

    assert [step(change) for change in changes] == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at"),
        ("UPDATE", "reassigned", FOUR[1], "price", "room_id", "tutor_id"),
    ]
    assert [change.after for change in changes] == [changed(each, version=2) for each in wanted]
    assert [change.before for change in changes] == [first, second]
    assert changes[1].why == "tutor none → luc, price 0.00 EUR → 30.00 EUR, room none → blue"


def test_what_is_no_longer_desired_is_cancelled_by_its_series() -> None:
    first = made()[0]

    changes = diff([], [first])

    assert [step(change) for change in changes] == [("CANCEL", "not-desired", FOUR[0], *OFF)]
    assert changes[0].after == changed(
        first, status="CANCELLED", cause_id="s", cancellation_reason="it is no longer wanted", version=2
    )


def test_what_a_plan_cancelled_and_is_desired_again_is_brought_back() -> None:
    first = made()[0]
    off = diff([], [first])[0].after

    changes = diff([first], [off])

    assert [step(change) for change in changes] == [("REINSTATE", "wanted-again", FOUR[0], *OFF)]
    assert changes[0].after == changed(first, version=3)


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "MANUAL"},
        {"status": "COMPLETED"},
        {"status": "NO_SHOW_TUTOR"},
        {"status": "RESCHEDULED"},
        {"status": "CANCELLED"},
        {"status": "CANCELLED", "cause_id": "bill", "pinned": ["status"]},
    ],
)
def test_what_people_did_is_left_alone_wanted_or_not(fields: dict[str, Any]) -> None:
    first = made()[0]

    assert diff([], [changed(first, **fields)]) == []
    assert diff([later(first, HOUR)], [changed(first, **fields)]) == []


def test_what_has_started_is_left_alone_and_nothing_is_made_in_the_past() -> None:
    first, second, *_ = made()

    assert diff([later(first, HOUR)], [first], now=first.starts_at) == []
    assert diff([], [first], now=first.starts_at) == []
    assert diffed([first, second], [], now=second.starts_at) == [("CREATE", "due", FOUR[1])]
    assert diff([later(first, -HOUR)], [first], now=first.starts_at - HOUR / 2) == []


def test_pinned_fields_and_moved_times_stay() -> None:
    first = made()[0]
    wanted = changed(later(first, HOUR), tutor_id="luc", price="30 EUR")

    assert diffed([wanted], [moved(first, DAY)]) == [("UPDATE", "reassigned", FOUR[0], "price", "tutor_id")]
    assert diffed([wanted], [changed(first, pinned=["tutor_id", "price"])]) == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")
    ]
    assert diff([], [confirmed(first, pinned=["status"])]) == []


@pytest.mark.parametrize(
    ("follow", "fields"),
    [("never", ()), ("time", ("ends_at", "starts_at")), ("all", ("ends_at", "price", "starts_at", "tutor_id"))],
)
def test_confirmed_sessions_follow_as_far_as_the_config_says(follow: str, fields: tuple[str, ...]) -> None:
    first = made()[0]
    wanted = changed(later(first, HOUR), tutor_id="luc", price="30 EUR")

    changes = diff([wanted], [confirmed(first)], config=ResolvedConfig(confirmed_follow=follow))

    assert [change.fields for change in changes] == ([fields] if fields else [])


def test_what_a_person_set_on_a_confirmed_and_moved_session_stays_beside_what_was_agreed() -> None:
    first = made()[0]
    session = moved(confirmed(first, pinned=["room_id", "package_id"], package_id="p", number=1), DAY)
    wanted = changed(later(first, HOUR), tutor_id="luc", room_id="blue", package_id="q", number=2, timezone="UTC")

    assert diffed([wanted], [session]) == [("UPDATE", "relinked", FOUR[0], "timezone")]


def test_the_end_of_a_moved_session_stays_though_only_its_old_start_is_known() -> None:
    first = made()[0]
    longer = changed(first, ends_at=first.ends_at + HOUR)

    assert diff([longer], [changed(first, original_starts_at=first.starts_at)]) == []
    assert diffed([longer], [first]) == [("UPDATE", "moved", FOUR[0], "ends_at")]


def test_a_change_says_what_was_and_what_is() -> None:
    first = made()[0]
    wanted = changed(first, ends_at=first.ends_at + HOUR, tutor_id="luc", package_id="p", number=1)

    (change,) = diff([wanted], [first])
    (made_now,) = diff([first], [])

    assert change.because == (
        "ends 2026-09-07T17:30:00Z → 2026-09-07T18:30:00Z, tutor none → luc, package none → p, number none → 1"
    )
    assert made_now.because == "it is wanted"


@pytest.mark.parametrize(
    ("fields", "cause_id", "reason"),
    [
        ({"cause_id": "trip", "cancellation_reason": "a trip"}, "trip", "a trip"),
        ({"cause_id": "trip"}, "trip", "not wanted"),
        ({"cancellation_reason": "a trip"}, "s", "a trip"),
        ({}, "s", "not wanted"),
    ],
)
def test_what_is_desired_to_be_off_is_called_off_with_its_cause(
    fields: dict[str, Any], cause_id: str, reason: str
) -> None:
    first = made()[0]
    off = changed(first, status="CANCELLED", **fields)

    (change,) = diff([off], [first])

    assert (step(change), change.because) == (("CANCEL", "not-desired", FOUR[0], *OFF), reason)
    assert change.after == changed(first, status="CANCELLED", cause_id=cause_id, cancellation_reason=reason, version=2)
    assert diff([off], []) == []
    assert diff([off], [changed(first, pinned=["status"])]) == []


def test_what_is_off_for_another_reason_says_so_and_for_the_same_nothing() -> None:
    first = made()[0]
    off = changed(first, status="CANCELLED", cause_id="trip", cancellation_reason="a trip")
    other = changed(first, status="CANCELLED", cause_id="fair", cancellation_reason="a fair")

    (change,) = diff([other], [off])

    assert step(change) == ("UPDATE", "recaused", FOUR[0], "cancellation_reason", "cause_id")
    assert (change.after, change.because) == (changed(other, version=2), "still off: a fair")
    assert diff([off], [off]) == []


def test_what_comes_back_says_why_it_was_off_if_anybody_said_so() -> None:
    first = made()[0]
    off = changed(first, status="CANCELLED", cause_id="trip")

    assert [change.because for change in diff([first], [off])] == ["wanted again"]
    said = changed(off, cancellation_reason="a trip")
    assert [change.because for change in diff([first], [said])] == ["no longer off: a trip"]


def test_nothing_is_moved_to_now_or_before_and_a_time_that_stays_does_not_count() -> None:
    first = made()[0]
    soon = first.starts_at - HOUR

    assert diff([later(first, -HOUR)], [first], now=soon) == []
    assert diffed([changed(later(first, -HOUR), tutor_id="luc")], [moved(first, DAY)], now=soon) == [
        ("UPDATE", "reassigned", FOUR[0], "tutor_id")
    ]
    assert diffed([later(first, -HOUR)], [first], now=soon - HOUR) == [
        ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")
    ]


def test_a_confirmed_session_stays_confirmed_and_a_pending_one_follows() -> None:
    first = made()[0]

    assert diff([first], [confirmed(first)]) == []
    assert diffed([confirmed(first)], [first]) == [("UPDATE", "confirmed", FOUR[0], "status")]


def test_sessions_without_slot_are_matched_by_id() -> None:
    old = manual("old", "2026-09-08 10:00", "2026-09-08 11:00", origin="GENERATED")

    assert diff([old], [old]) == []
    assert diffed([old], []) == [("CREATE", "due", "old")]


def test_a_session_under_an_id_of_the_host_is_matched_by_what_was_promised() -> None:
    first = made()[0]
    own = changed(first, id="7341")

    assert diffed([later(first, HOUR)], [own]) == [("UPDATE", "moved", "7341", "ends_at", "starts_at")]


def test_changes_come_by_start_and_then_id_whatever_the_order_of_the_sessions() -> None:
    slots = [a_slot("b"), a_slot("a"), a_slot("c", start="17:00", end="18:00")]
    sessions = made(a_series(*slots))

    assert [change.id for change in diff(sessions[::-1], [])] == [session.id for session in sessions]


@given(small_series(), small_series(), moments())
def test_a_diff_when_applied_leaves_no_difference_of_what_may_follow(before: Any, wanted: Any, now: datetime) -> None:
    existing, desired = made(before), made(wanted)

    changes = diff(desired, existing, now=now)

    applied = {**{each.id: each for each in existing}, **{change.id: change.after for change in changes}}
    assert diff(desired, applied.values(), now=now) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"desired": "maths"}, "diff_sessions: desired must be a list, got 'maths'"),
        ({"existing": [1]}, "diff_sessions: existing must be a list of Session values, got 1"),
        (
            {"existing": [made()[0], changed(made()[0], id="twice")]},
            "diff_sessions: existing must not have two sessions of one identity, got 's/a/2026-09-07'",
        ),
        ({"now": "yesterday"}, "diff_sessions: now must be an instant like 2026-09-07T16:00:00Z, got 'yesterday'"),
        (
            {"now": datetime(2026, 9, 1)},  # noqa: DTZ001 - naive on purpose
            "diff_sessions: now must say its timezone, got datetime.datetime(2026, 9, 1, 0, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_place(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        diff_sessions(**{"desired": [], "existing": [], "now": NOW, **arguments})

    assert str(error.value) == message
