"""What was planned and done, to a log: a record for each decision, and for each warning what to do about it.

A record has its facts twice: in words as its message, and as data in its attribute `facts`, for machines.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from recurly_sessions.operations.apply import Applied
from recurly_sessions.planning.plan import Plan
from recurly_sessions.values.change import Change
from recurly_sessions.values.issue import Issue

LOGGER: Final = logging.getLogger("recurly_sessions.runs")
_SEE: Final = "look the code up in the reference of issues"
_PLAN_AGAIN: Final = "plan again, look, and apply that"


def log_plan(plan: Plan, logger: logging.Logger = LOGGER) -> None:
    """Log a plan: each change with whose turn it was and why (DEBUG), its numbers by series, issues and conflicts."""
    for change in plan.changes:
        logger.debug("%s %s: %s", change.kind.lower(), change.id, change.why, extra=_facts("change", **_of(change)))
    for series_id, counts in sorted(_by_series(plan.changes).items()):
        told = ", ".join(f"{count} to {kind}" for kind, count in sorted(counts.items()))
        logger.info("%s: %s", series_id, told, extra=_facts("planned", series_id=series_id, **counts))
    for conflict in plan.conflicts:
        facts = _facts("conflict", kind=conflict.kind, session_id=conflict.session_id, other=conflict.other)
        logger.info("%s: %s", conflict.session_id, conflict.why, extra=facts)
    for issue in plan.issues:
        facts = _facts("issue", code=issue.code, series_id=issue.series_id, todo=_todo(issue))
        logger.warning("%s: %s", issue.series_id or "the school", issue.message, extra=facts)


def log_applied(applied: Applied, logger: logging.Logger = LOGGER) -> None:
    """Log what came of a plan: its numbers, what was left alone and why, and each series that was refused."""
    for each in applied.left_alone:
        facts = _facts("left alone", session_id=each.session_id)
        logger.info("%s is left alone: %s", each.session_id, each.why, extra=facts)
    for series_id, reasons in applied.refused:
        facts = _facts("refused", series_id=series_id, reasons=list(reasons), todo=_PLAN_AGAIN)
        logger.warning("%s is refused: %s; %s", series_id, "; ".join(reasons), _PLAN_AGAIN, extra=facts)
    numbers = {name: getattr(applied, name) for name in ("created", "updated", "cancelled", "reinstated")}
    facts = _facts("applied", run_id=applied.run_id, series=len(applied.series), **numbers)
    logger.info("%s", applied.summary(), extra=facts)


def log_error(error: BaseException, todo: str, logger: logging.Logger = LOGGER) -> None:
    """Log what stopped a run, and what to do."""
    facts = _facts("stopped", error=getattr(error, "code", type(error).__name__), todo=todo)
    logger.error("stopped: %s; %s", error, todo, extra=facts)


def _facts(event: str, **more: object) -> dict[str, object]:
    return {"facts": {"event": event, **more}}


def _of(change: Change) -> dict[str, object]:
    decision = change.decision
    return {
        "kind": change.kind.value,
        "code": change.code,
        "session_id": change.id,
        "tutor_id": change.after.tutor_id,
        "pattern": None if decision is None else decision.pattern,
        "assignment_id": None if decision is None else decision.assignment_id,
        "why": change.why,
    }


def _by_series(changes: tuple[Change, ...]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for change in changes:
        found.setdefault(change.series_id, Counter())[change.kind.lower()] += 1
    return found


def _todo(issue: Issue) -> str:
    """What to do about an issue: most say it in their last words."""
    _, semicolon, last = issue.message.rpartition("; ")
    return last if semicolon else f"{_SEE}: {issue.code}"
