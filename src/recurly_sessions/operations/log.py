"""What was planned and done, by a plan or by the job, to one log: for each warning it says what to do about it.

A record has its facts twice: in words as its message, and as data in its attribute `facts`, for machines.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Final

from recurly_sessions.errors import StoreError
from recurly_sessions.fields import as_plain
from recurly_sessions.operations.apply import Applied
from recurly_sessions.operations.reports import Alert
from recurly_sessions.planning.plan import Plan
from recurly_sessions.store import JobRun
from recurly_sessions.values.change import Change
from recurly_sessions.values.issue import Issue

LOGGER: Final = logging.getLogger("recurly_sessions.runs")
_SEE: Final = "look the code up in the reference of issues"
_PLAN_AGAIN: Final = "plan again, look, and apply that"
_AGAIN: Final = "start the job again: it goes on with this run"
_MEND: Final = "mend what the error says; the next run tries it again"


def log_plan(plan: Plan, logger: logging.Logger = LOGGER) -> None:
    """Log a plan: each change with whose turn it was and why (DEBUG), its numbers by series, issues and conflicts."""
    log_changes(plan, logger)
    for series_id, counts in sorted(_by_series(plan.changes).items()):
        told = ", ".join(f"{count} to {kind}" for kind, count in sorted(counts.items()))
        logger.info("%s: %s", series_id, told, extra=_facts("planned", series_id=series_id, **counts))
    for conflict in plan.conflicts:
        facts = _facts("conflict", kind=conflict.kind, session_id=conflict.session_id, other=conflict.other)
        logger.info("%s: %s", conflict.session_id, conflict.why, extra=facts)
    for issue in plan.issues:
        facts = _facts("issue", code=issue.code, series_id=issue.series_id, todo=_todo(issue))
        logger.warning("%s: %s", issue.series_id or "the school", issue.message, extra=facts)


def log_changes(plan: Plan, logger: logging.Logger = LOGGER) -> None:
    """Log each change with whose turn it was and why (DEBUG)."""
    if logger.isEnabledFor(logging.DEBUG):  # changes are built when they're asked for
        for change in plan.changes:
            logger.debug("%s %s: %s", change.kind.lower(), change.id, change.why, extra=_facts("change", **_of(change)))


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


# The job


def log_begun(run: JobRun) -> None:
    """Log that a call of the job begins a run, or goes on with one."""
    words = "begins" if run.attempt == 1 else f"is gone on with, as of {as_plain(run.now)}"
    facts = _facts("run begun", run_id=run.id, attempt=run.attempt, now=as_plain(run.now), active=run.active)
    LOGGER.info("run %s %s", run.id, words, extra=facts)


def log_visited(run_id: str, series_id: str, counts: Mapping[str, int]) -> None:
    """Log what a visit did to a series."""
    done = {kind: count for kind, count in counts.items() if count}
    told = ", ".join(f"{count} {kind}" for kind, count in done.items())
    LOGGER.info("%s: %s", series_id, told, extra=_facts("visited", run_id=run_id, series_id=series_id, **done))


def log_archived(run_id: str, series_id: str) -> None:
    """Log that a series is over."""
    facts = _facts("archived", run_id=run_id, series_id=series_id)
    LOGGER.info("%s is over, so it's in the archive now; its sessions stay", series_id, extra=facts)


def log_told(run_id: str, issue: Issue) -> None:
    """Log an issue, when it's told for the first time."""
    facts = _facts("issue", run_id=run_id, code=issue.code, series_id=issue.series_id, todo=_todo(issue))
    LOGGER.warning("%s: %s", issue.series_id or "the school", issue.message, extra=facts)


def log_failed(run_id: str, series_id: str, why: str, error: Exception | None = None) -> None:
    """Log a series with which the job couldn't get on; where in the code that was, unless a store has refused it."""
    name = None if error is None else type(error).__name__
    where = None if isinstance(error, StoreError) else error
    facts = _facts("failed", run_id=run_id, series_id=series_id, why=why, error=name, todo=_MEND)
    LOGGER.error("series %s is left as it was: %s; %s", series_id, why, _MEND, extra=facts, exc_info=where)


def log_waiting(seconds: float, error: BaseException) -> None:
    """Log that the store can't be reached."""
    todo = "see to the database, if this goes on"
    facts = _facts("waiting", seconds=seconds, error=getattr(error, "code", type(error).__name__), todo=todo)
    LOGGER.warning("trying again in %.1f s: %s", seconds, error, extra=facts)


def log_ended(run_id: str, outcome: str, counts: Mapping[str, int], *, is_finished: bool) -> None:
    """Log how a run ended."""
    goes_on = "another run was begun meanwhile, which goes on" if outcome == "superseded" else _AGAIN
    todo = None if is_finished else goes_on
    words = "it's finished" if todo is None else todo
    facts = _facts("run ended", run_id=run_id, outcome=outcome, todo=todo, **counts)
    LOGGER.info("run %s: %s; %s", run_id, outcome, words, extra=facts)


def log_alert(run_id: str, alert: Alert) -> None:
    """Log an alert, whose message says what to do."""
    facts = _facts("alert", run_id=run_id, code=alert.code, todo=alert.todo, details=dict(alert.details))
    LOGGER.error("%s", alert, extra=facts)


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
