"""What the job tells of itself: a report of each run, and alerts where somebody should look."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any, Final, NamedTuple

import attrs

from recurly_sessions.fields import located, refuse, to_count
from recurly_sessions.planning.plan import Plan
from recurly_sessions.store import KEPT_JOB_RUNS, JobRun

FAILED_CALLS: Final = "failed_calls"  # counts up with each, and down to none with one that went well
ALERT_CODES: Final = ("failed-runs", "series-failing", "slow-statements", "braked")


class Failure(NamedTuple):
    """A series with which a run couldn't get on, or only without some of its slots, and why; the rest is as it was."""

    series_id: str
    why: str


@attrs.frozen(kw_only=True)
class Alert:
    """Something that somebody should look at now: a code that is stable, what happened, and what to do."""

    code: str
    message: str
    todo: str
    details: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"alert {self.code}: {self.message}; {self.todo}"


def to_share(value: float) -> float:
    """A share from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise refuse("must be a share from 0 to 1", value)
    return float(value)


def to_runs(value: int) -> int:
    """How many runs may fail, of those that are looked at."""
    return to_count(value, least=0, most=KEPT_JOB_RUNS - 1)


def to_seconds(value: float) -> float:
    """How long a statement may take."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise refuse("must be so many seconds", value)
    return float(value)


@attrs.frozen(kw_only=True, field_transformer=located)
class Thresholds:
    """From where on somebody is alerted.

    More than `failed_runs` failed in a row, or calls of one that nobody could finish; more than `failing_share` of at
    least `failing_of` series failed in a run; a statement took longer than `slow_seconds`.
    """

    failed_runs: int = attrs.field(default=3, converter=to_runs)
    failing_share: float = attrs.field(default=0.1, converter=to_share)
    failing_of: int = attrs.field(default=10, converter=to_count)
    slow_seconds: float = attrs.field(default=5.0, converter=to_seconds)


@attrs.frozen(kw_only=True)
class Report:
    """What came of a call of the job.

    `stopped` is why it came to its end: "done", "budget", "switched off", "braked", or "superseded" where another run
    was begun meanwhile. `skipped` are series that are as they should be, if it's "done"; `archived` those whose last
    day has passed; `conflicts` and `issues`, those of the series that were visited; `gaps`, sessions that are due and
    couldn't be made. `seconds` is None without a clock, and `statements` for a store that doesn't count them.

    `braked` says what the brake has held back, of which `plan` is the plan; if that was the whole run, nothing was
    written. To do it after all, apply the plan with `brake=False`.
    """

    run_id: str
    now: datetime
    stopped: str = "done"
    resumed: bool = False
    seconds: float | None = None
    statements: int | None = None
    skipped: int = 0
    visited: int = 0
    created: int = 0
    updated: int = 0
    cancelled: int = 0
    reinstated: int = 0
    archived: int = 0
    gaps: int = 0
    conflicts: int = 0
    issues: int = 0
    failures: tuple[Failure, ...] = ()
    braked: tuple[str, ...] = ()
    plan: Plan | None = None
    alerts: tuple[Alert, ...] = ()

    @property
    def failed(self) -> int:
        """How many series it couldn't get on with."""
        return len(self.failures)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left of the run."""
        return self.stopped in {"done", "braked"}

    def summary(self) -> str:
        """What was done, in one line."""
        words = ("created", "updated", "cancelled", "reinstated")
        done = [f"{getattr(self, word):,} {word}" for word in words if getattr(self, word)]
        parts = [f"Run {self.run_id}: {', '.join(done) or 'nothing to do'}."]
        seen = [
            f"{getattr(self, word):,} {word}"
            for word in ("visited", "skipped", "failed", "archived")
            if getattr(self, word)
        ]
        parts += [f"Series: {', '.join(seen)}."] if seen else []
        found = [f"{getattr(self, word):,} {word}" for word in ("gaps", "conflicts", "issues") if getattr(self, word)]
        parts += [f"Found: {', '.join(found)}."] if found else []
        if self.stopped != "done":
            parts.append(f"Stopped: {self.stopped}.")
        return " ".join(parts)

    def __str__(self) -> str:
        lines = [self.summary()]
        lines += [f"  {series_id} failed: {why}" for series_id, why in self.failures]
        lines += [f"  {reason}" for reason in self.braked]
        lines += [f"  {alert}" for alert in self.alerts]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Write the report as plain data, for JSON or for metrics."""
        plain = attrs.asdict(self, recurse=False, filter=lambda field, _: field.name != "plan")
        plain["now"] = self.now.isoformat()
        plain["failed"] = self.failed
        plain["failures"] = [failure._asdict() for failure in self.failures]
        plain["braked"] = list(self.braked)
        plain["alerts"] = [
            {"code": each.code, "message": each.message, "todo": each.todo, "details": dict(each.details)}
            for each in self.alerts
        ]
        return plain


def failed_calls(run: JobRun) -> int:
    """How many calls of a run failed since the last one that went well."""
    return dict(run.counts).get(FAILED_CALLS, 0)


def failed_in_a_row(runs: Iterable[JobRun]) -> int:
    """How often the last runs failed one after the other, the latest first.

    Those that came to no end have failed, too; but those that somebody has switched off, or that another one has
    overtaken, don't count.
    """
    told = (run for run in runs if run.outcome not in {"switched off", "superseded"})
    failed = takewhile(lambda run: run.outcome == "failed" or run.finished_at is None, told)
    return sum(max(1, failed_calls(run)) for run in failed)


def alerts_of(
    *, failed_runs: int, failed: int, tried: int, slow: Mapping[str, float], thresholds: Thresholds
) -> Iterator[Alert]:
    """Say what somebody should look at; `slow` are statements with the seconds that each took."""
    if failed_runs > thresholds.failed_runs:
        yield Alert(
            code="failed-runs",
            message=f"the job failed {failed_runs} times, one after the other, so calendars run out",
            todo="see what its log says, and whether the database can be reached, then start it again",
            details=(("runs", str(failed_runs)),),
        )
    if tried >= thresholds.failing_of and failed > thresholds.failing_share * tried:
        yield Alert(
            code="series-failing",
            message=f"{failed} of {tried} series failed",
            todo="the report says why of each: mend what they have in common",
            details=(("failed", str(failed)), ("tried", str(tried))),
        )
    if slow:
        worst, seconds = max(slow.items(), key=lambda each: each[1])
        which = "a statement" if len(slow) == 1 else f"{len(slow)} statements"
        yield Alert(
            code="slow-statements",
            message=f"{which} took longer than {thresholds.slow_seconds:g} s, "
            f"the slowest {seconds:.1f} s: {worst[:200]}",
            todo="see to the database's load, and that its statistics and indexes are there",
            details=tuple((text[:200], f"{taken:.3f}") for text, taken in slow.items()),
        )
