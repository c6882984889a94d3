"""A series that is over goes to the archive; its sessions stay."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recurly_sessions import SessionStatus
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.end import end_series
from recurly_sessions.testing.store_contract import a_loose_session, put
from tests.plans.examples import BOTH, NOW, WEEK, a_course, a_school, a_session

FIRST, SECOND = BOTH
LAST_DAY = "2026-09-14"


@pytest.mark.requirement("FR-004", "FR-008")
def test_a_series_whose_last_day_has_passed_moves_to_the_archive_and_its_sessions_stay() -> None:
    over = a_course(ends_on=LAST_DAY, members=["kim", "lea"])
    store = MemoryStore(a_school(over, a_course("art")))
    sessions = [FIRST, a_session(LAST_DAY, status=SessionStatus.COMPLETED), a_loose_session("extra")]
    put(store, *sessions)

    ended = end_series("maths", store, now=NOW + 2 * WEEK)

    assert ended == over
    assert (store.archived("maths"), store.archived("maths").members) == (over, over.members)
    assert store.school() == a_school(a_course("art"))
    assert {each.id: each for each in store.sessions_of("maths")} == {each.id: each for each in sessions}


@pytest.mark.requirement("FR-004", "FR-008")
@pytest.mark.parametrize(
    ("now", "today"),
    [(datetime(2026, 9, 14, 21, 59, 59, tzinfo=UTC), "2026-09-14"), (NOW, "2026-09-07")],
    ids=["its last second", "its first day"],
)
def test_a_series_is_not_over_before_its_last_day_has_passed_where_it_takes_place(now: datetime, today: str) -> None:
    store = MemoryStore(a_school(a_course(ends_on=LAST_DAY)))

    with pytest.raises(InvalidValueError) as caught:
        end_series("maths", store, now=now)

    assert str(caught.value) == (
        "end_series must be given a series that is over, got 'maths'; it lasts until 2026-09-14, and it is "
        f"{today}; give it an ends_on that has passed"
    )
    assert store.series_ids() == ["maths"]


def test_a_series_is_over_at_midnight_where_it_takes_place() -> None:
    store = MemoryStore(a_school(a_course(ends_on=LAST_DAY)))

    end_series("maths", store, now="2026-09-14T22:00Z")

    assert store.series_ids() == []


def test_a_series_without_a_last_day_goes_on() -> None:
    store = MemoryStore(a_school())

    with pytest.raises(InvalidValueError) as caught:
        end_series("maths", store, now=NOW)

    assert str(caught.value) == (
        "end_series must be given a series that is over, got 'maths'; it has no last day, and it is 2026-09-07; "
        "give it an ends_on that has passed"
    )


@pytest.mark.parametrize(
    ("coming", "hint"),
    [
        (["d"], "d is still to come; cancel or hold them"),
        (["d", "c", "b", "a"], "a, b, c are still to come; cancel or hold them"),
    ],
    ids=["one", "many"],
)
def test_a_series_with_lessons_to_come_is_not_over(coming: list[str], hint: str) -> None:
    store = MemoryStore(a_school(a_course(ends_on=LAST_DAY)))
    late: dict[str, Any] = {"starts_at": "2026-10-05T16:00Z", "ends_at": "2026-10-05T17:00Z"}
    put(store, FIRST, *(a_loose_session(each, **late) for each in coming))

    with pytest.raises(InvalidValueError) as caught:
        end_series("maths", store, now=NOW + 2 * WEEK)

    assert str(caught.value) == f"end_series must have no session to come, got 'maths'; {hint}"
    assert store.series_ids() == ["maths"]


@pytest.mark.parametrize("status", ["CANCELLED", "RESCHEDULED"])
def test_what_is_off_does_not_keep_a_series_alive(status: str) -> None:
    store = MemoryStore(a_school(a_course(ends_on=LAST_DAY)))
    put(store, a_session("2026-10-05", status=status))

    end_series("maths", store, now=NOW + 2 * WEEK)

    assert store.series_ids() == []


def test_a_series_that_nobody_knows_can_not_end() -> None:
    with pytest.raises(UnknownNameError) as caught:
        end_series("nobody", MemoryStore(), now=NOW)

    assert str(caught.value) == "no series 'nobody'"


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        end_series("maths", MemoryStore(a_school()), now="soon")

    assert caught.value.where == "end_series: now"
