"""What was planned and done is in the log, in words and as data, and each warning says what to do."""

import logging
from typing import Any

import attrs
import pytest

from recurly_sessions import Assignment, Weekly, apply_plan, plan_sessions
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.operations.log import log_applied, log_error, log_plan
from tests.plans.examples import NOW, WEEK, a_course, a_school, two_courses


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "recurly_sessions.runs")
    return caplog


def facts(log: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    found = [vars(record)["facts"] for record in log.records]
    return [each for each in found if each["event"] == event]


@pytest.mark.requirement("LOG-1", "LOG-2")
def test_each_session_that_is_made_is_logged_with_whose_turn_it_was_and_why(log: pytest.LogCaptureFixture) -> None:
    log_plan(plan_sessions(a_school(), now=NOW))

    (first, _) = facts(log, "change")
    assert first == {
        "event": "change",
        "kind": "CREATE",
        "code": "due",
        "session_id": "maths/mon/2026-09-07",
        "tutor_id": "amina",
        "pattern": "round_robin",
        "assignment_id": "amina",
        "why": "amina's turn in the rotation amina, luc",
    }
    assert facts(log, "planned") == [{"event": "planned", "series_id": "maths", "create": 2}]
    assert log.messages[0] == "create maths/mon/2026-09-07: amina's turn in the rotation amina, luc"
    assert log.messages[-1] == "maths: 2 to create"


@pytest.mark.requirement("LOG-5", "FR-005")
def test_every_warning_says_what_to_do(log: pytest.LogCaptureFixture) -> None:
    odd = a_course(assignments=[Assignment("eve", tutor_id="eve", pattern=Weekly(weeks=(1,)))], ends_on="2026-09-08")
    store = MemoryStore(a_school(odd, a_course("art", members=[]), tutors=["amina"]))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    log_plan(plan)
    store.save(a_school(attrs.evolve(odd, members=["kim"]), a_course("art", members=[]), tutors=["amina"]))
    log_applied(apply_plan(plan, store, now=NOW))
    log_error(OSError("no disk"), "free some space")

    warnings = [record for record in log.records if record.levelno >= logging.WARNING]
    assert {vars(record)["facts"]["event"] for record in warnings} == {"issue", "refused", "stopped"}
    assert all(vars(record)["facts"]["todo"] for record in warnings)
    assert "stopped: no disk; free some space" in log.messages
    todo = {each["code"]: each["todo"] for each in facts(log, "issue")}
    assert todo["no-tutor-profile"] == "add the tutor or end the assignment"


def test_conflicts_and_what_was_left_alone_are_logged(log: pytest.LogCaptureFixture) -> None:
    store = MemoryStore(two_courses())
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    log_plan(plan)
    log_applied(apply_plan(plan, store, now=NOW + WEEK))

    assert {each["session_id"] for each in facts(log, "conflict")} == {"b/mon/2026-09-07"}
    assert [each["session_id"] for each in facts(log, "left alone")] == ["a/mon/2026-09-07", "b/mon/2026-09-07"]
    assert facts(log, "applied")[0]["created"] == 0
