"""Plans as JSON: written, read back the same, and refused when somebody changed them."""

import json
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Cancellation, Plan, School, Tutor, plan_sessions, round_robin
from recurly_sessions.errors import PlanFormatError, RecurlyError
from recurly_sessions.values.school import Booking, Snapshot
from recurly_sessions.values.window import Days
from tests.planning.helpers import a_series, a_slot, days
from tests.planning.plans import (
    FOUR,
    HOUR,
    NOW,
    changed,
    later,
    made,
    manual,
    moments,
    moved,
    planned,
    rules,
    small_schools,
    taught_by,
    two_slots,
    utc,
)
from tests.plans.strategies import beginnings, busy_times

KEYS = tuple(json.loads(planned().to_json()))
EDITED = "the plan can't be read: it was changed after it was written; plan again instead of editing a plan"


def rich() -> Plan:
    """A plan with every kind of change, a conflict, an issue, a stand-in and a window."""
    tuesdays = a_slot("c", days="TU", start="10:00", end="11:00")
    series = a_series(
        *two_slots(),
        tuesdays,
        cancellations=[Cancellation.day("trip", "a", "2026-09-14")],
        assignments=round_robin("amina", "zoë"),
        members=[],
    )
    tutors = [Tutor("amina", name="Amina", hourly_rate="0.335"), Tutor("zoë", name="<Zoë>")]
    first, second, third = made(window=days("2026-09-07", "2026-09-21"))
    return planned(
        School(series, tutors=tutors, base=rules(max_changes=0)),
        moved(first, HOUR),
        second,
        changed(third, status="CANCELLED", cause_id="old", cancellation_reason="called off by old"),
        *made(a_series(tuesdays), window=days("2026-09-15", "2026-09-15")),
        manual("own", "2026-09-08 08:00", "2026-09-08 09:00", notes='"quoted" \\ and\nbroken'),
        window=days("2026-09-01", "2026-09-22"),
        bookings=[Booking("b", starts_at=utc("2026-09-07 16:00"), ends_at=utc("2026-09-07 17:00"), room_id="blue")],
    )


def tampered(plan: Plan, edit: Any) -> str:
    data = json.loads(plan.to_json())
    edit(data)
    return json.dumps(data)


def with_checksum(data: dict[str, Any]) -> str:
    """A plan that somebody wrote on purpose: with the checksum that its content has."""
    import hashlib  # noqa: PLC0415 - only here

    data.pop("checksum", None)
    return json.dumps({**data, "checksum": hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()})


def test_a_plan_has_what_the_round_trip_has_to_carry() -> None:
    plan = rich()

    assert {change.kind.value for change in plan.changes} == {"CREATE", "UPDATE", "CANCEL", "REINSTATE"}
    assert plan.conflicts
    assert plan.issues
    assert plan.stand_ins
    assert plan.kept
    assert plan.window


def test_a_plan_is_the_same_after_it_was_written_and_read() -> None:
    plan = rich()

    read = Plan.from_json(plan.to_json())

    assert read == plan
    assert read.id == plan.id
    assert read.to_json() == plan.to_json()
    assert (str(read), read.as_html(), repr(read)) == (str(plan), plan.as_html(), repr(plan))
    assert read.conflict_table() == plan.conflict_table()
    assert read.changed_since(plan.snapshot) == {}


def check_round_trip(plan: Plan) -> None:
    read = Plan.from_json(plan.to_json())

    told = sorted({change.id for change in plan.changes} | {session.id for session in plan.snapshot.sessions})
    assert read == plan
    assert read.id == plan.id
    assert [read.explain(each) for each in told[::5]] == [plan.explain(each) for each in told[::5]]


@given(small_schools(), moments())
def test_any_plan_is_the_same_after_it_was_written_and_read(school: School, now: datetime) -> None:
    check_round_trip(planned(school, now=now))
    check_round_trip(planned(school, *(later(each, HOUR) for each in made(school)[::2]), now=now))


@settings(max_examples=20)  # they take their time to be drawn
@given(st.data())
def test_plans_in_the_midst_of_a_history_are_the_same_after_they_were_written_and_read(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    state = data.draw(busy_times(state, most=3))

    check_round_trip(plan_sessions(state.snapshot(), now=state.now, window=state.window))


def test_a_plan_of_days_is_the_same_after_it_was_written_and_read() -> None:
    plan = planned(window=Days("2026-09-07", "2026-09-28"))

    check_round_trip(plan)
    assert Plan.from_json(plan.to_json()).window == Days("2026-09-07", "2026-09-28")


def test_the_id_is_that_of_what_a_plan_would_do() -> None:
    plan, same = planned(), planned()
    read_later = plan_sessions(Snapshot(school=plan.school, read_at=NOW + HOUR, revision="2"), now=NOW)

    assert plan.id == same.id == read_later.id
    assert len(plan.id) == 64
    others = [
        planned(now=NOW + HOUR),
        planned(taught_by("amina")),
        planned(None, made()[0]),
        plan.creates_only() if plan.updates else planned(window=days("2026-09-07", "2026-09-28")),
        planned(None, attrs.evolve(made()[0], version=2)),
    ]
    assert len({plan.id, *(each.id for each in others)}) == 6


def test_the_id_does_not_depend_on_the_order_of_what_is_given() -> None:
    first, second = a_series(a_slot()), attrs.evolve(a_series(a_slot()), id="t")
    existing = [later(each, HOUR) for each in (*made(first), *made(second))]

    assert planned([first, second], *existing).id == planned([second, first], *reversed(existing)).id


def test_a_plan_says_first_what_it_is_and_last_how_to_tell_that_it_was_changed() -> None:
    assert (KEYS[:2], KEYS[-1]) == (("format", "version"), "checksum")
    assert {"now", "window", "snapshot", "planned", "changes", "conflicts", "issues", "tzdata"} < {*KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_a_plan_of_which_a_part_was_changed_is_refused(key: str) -> None:
    other = {"format": "terraform plan", "version": 2, "checksum": "0" * 64, "tzdata": "1999a"}

    def edit(data: dict[str, Any]) -> None:
        data[key] = other.get(key, ["something else"])

    with pytest.raises(PlanFormatError) as error:
        Plan.from_json(tampered(rich(), edit))

    expected = {
        "format": (
            "the plan can't be read: it doesn't say that it is a recurly-sessions plan; "
            "give the text that Plan.to_json() wrote"
        ),
        "version": (
            "the plan can't be read: it is of version 2, and this release reads version 1; "
            "plan again, or read it with the release that wrote it"
        ),
    }
    assert str(error.value) == expected.get(key, EDITED)
    assert isinstance(error.value, ValueError)
    assert error.value.code == "plan-format"


@pytest.mark.parametrize("key", KEYS)
def test_a_plan_of_which_a_part_is_missing_is_refused(key: str) -> None:
    with pytest.raises(PlanFormatError):
        Plan.from_json(tampered(rich(), lambda data: data.pop(key)))


def test_a_plan_with_one_character_changed_somewhere_within_is_refused() -> None:
    def dearer(data: dict[str, Any]) -> None:
        data["changes"][0]["after"]["price"] = "0.01 EUR"

    with pytest.raises(PlanFormatError) as error:
        Plan.from_json(tampered(rich(), dearer))

    assert str(error.value) == EDITED


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -2])
def test_a_truncated_plan_is_refused(kept: int) -> None:
    text = rich().to_json()

    with pytest.raises(PlanFormatError, match=r"^the plan can't be read: it is not JSON \(.+\); give the text that"):
        Plan.from_json(text[:kept])


@pytest.mark.parametrize("text", ["[]", "null", "1", '"plan"', "{}", '{"format": "recurly-sessions"}'])
def test_json_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanFormatError) as error:
        Plan.from_json(text)

    assert str(error.value) == (
        "the plan can't be read: it doesn't say that it is a recurly-sessions plan; "
        "give the text that Plan.to_json() wrote"
    )


@pytest.mark.parametrize("text", [None, 5, {"format": "recurly-sessions plan"}, ["a"]])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(PlanFormatError, match=r"^the plan can't be read: "):
        Plan.from_json(text)


def test_json_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(PlanFormatError, match=r"^the plan can't be read: it is not JSON"):
        Plan.from_json("[" * 100_000)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in {"format", "version", "checksum"}])
@pytest.mark.parametrize("value", [None, 5, "x", [5], {"x": 5}, [["a"]], [{}]])
def test_nonsense_under_a_right_checksum_is_refused_and_never_crashes(key: str, value: Any) -> None:
    text = with_checksum({**json.loads(rich().to_json()), key: value})

    message = ""
    try:
        read = Plan.from_json(text)
    except RecurlyError as error:
        message = str(error)
    else:
        assert Plan.from_json(read.to_json()) == read

    assert message == "" or message.startswith("the plan can't be read: ")


def test_a_plan_that_changes_a_session_that_is_not_in_it_is_refused() -> None:
    data = json.loads(planned(a_series(a_slot(active=False)), made()[0]).to_json())
    data["snapshot"]["sessions"] = []

    with pytest.raises(PlanFormatError) as error:
        Plan.from_json(with_checksum(data))

    assert str(error.value) == f"the plan can't be read: it can't be understood ('{FOUR[0]}'); plan again"
