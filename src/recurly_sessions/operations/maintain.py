"""The job: the calendars of all ACTIVE series are right for the weeks ahead, visited some at a time over a store.

How it works. A run walks the series that aren't as their last visit left them. Each batch is locked, looked at again,
read, planned and written in one transaction, together with the visits: so a run that dies has done whole batches, and
goes on after them. What all series share is frozen when the run begins; a series is taken as it is when its turn comes.
A series is visited again once anything has changed that its plan was made from, or time may ask for something new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol, TypeVar, runtime_checkable

import attrs

from recurly_sessions.errors import InvalidValueError, LockedError, NotSwitchedOnError, StoreUnavailableError
from recurly_sessions.operations.braking import Brake, Braked, has_limits
from recurly_sessions.operations.log import (
    log_alert,
    log_archived,
    log_begun,
    log_ended,
    log_error,
    log_failed,
    log_told,
    log_visited,
)
from recurly_sessions.operations.pace import Clock, Pace
from recurly_sessions.operations.progress import OnProgress, Progress
from recurly_sessions.operations.reports import (
    FAILED_CALLS,
    Alert,
    Failure,
    Report,
    Thresholds,
    alerts_of,
    failed_calls,
    failed_in_a_row,
)
from recurly_sessions.operations.visit import Options, Tally, Visiting, notice_of, shared_issues
from recurly_sessions.planning.plan import Plan
from recurly_sessions.store import JobRun, Notice, Round, Store
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.window import to_edge

_PAGE: Final = 5_000  # of what is only counted
YOUNG: Final = timedelta(hours=6)  # until then a run that isn't finished is gone on with
_SCHOOL: Final = "the/school"  # no series' id: under it is told what is wrong with what all of them share

T = TypeVar("T")


class Meter(Protocol):
    """What a store counts while it's asked."""

    @property
    def statements(self) -> int:
        """How many statements there were."""
        ...

    def slower_than(self, seconds: float) -> Mapping[str, float]:
        """The statements that took longer, with the longest that each took."""
        ...


@runtime_checkable
class Metered(Protocol):
    """A store that can count its statements."""

    def metered(self) -> AbstractContextManager[Meter]:
        """Count them in a block."""
        ...


def maintain(
    store: Store,
    *,
    now: datetime | str,
    switched_on: bool = False,
    full: bool = False,
    batch: int = 100,
    pause: float = 0.0,
    budget: float | None = None,
    stop: Callable[[], bool] | None = None,
    clock: Clock | None = None,
    actor: Actor = SYSTEM,
    notify: bool = True,
    brake: bool = True,
    archive: bool = True,
    resume: bool = True,
    on_alert: Callable[[Alert], object] | None = None,
    on_progress: OnProgress | None = None,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 - it's frozen
    edition: str = "",
) -> Report:
    """Make the calendars of all ACTIVE series that generate by themselves right for their weeks ahead.

    A series that nothing asks for is skipped; `full` visits all. One whose last day has passed goes to the archive, if
    nothing of it is still to come; its sessions stay. A run that isn't finished and began less than six hours before
    is gone on with, as of its own `now`, but with `resume=False`. `stop` is asked between batches, and `budget` and
    `pause` are seconds of the `clock`, which also tries again where the store can't be reached. `on_progress`
    is told how far it is, after each batch. `edition` is that of your own patterns: where it changes, all series are
    visited.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("maintain: now") from None
    if not isinstance(edition, str):
        raise InvalidValueError("maintain: edition", "must be a text", edition)
    pace = Pace(clock=clock, batch=batch, pause=pause, budget=budget, stop=stop)
    if switched_on is not True:
        raise NotSwitchedOnError
    job = _Job(store, at, pace, _Watching(on_progress), young=YOUNG if resume else timedelta(0))
    options = Options(full=full, actor=actor, notify=notify, brake=brake, archive=archive, edition=edition)
    with store.metered() if isinstance(store, Metered) else nullcontext() as meter:
        return job.run(options, _Alerting(thresholds, on_alert, meter))


@attrs.frozen
class _Alerting:
    thresholds: Thresholds
    on_alert: Callable[[Alert], object] | None
    meter: Meter | None

    @property
    def slow(self) -> Mapping[str, float]:
        return {} if self.meter is None else self.meter.slower_than(self.thresholds.slow_seconds)

    def raise_all(self, run_id: str, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            log_alert(run_id, alert)
            if self.on_alert is not None:
                try:
                    self.on_alert(alert)
                except Exception as error:  # noqa: BLE001 - whoever is alerted must not undo what was done
                    log_error(error, "see to on_alert: the alert is in the report and in this log")


@attrs.define
class _Watching:
    """Who is told how far a run is; somebody with whom that goes wrong isn't told any more.

    What is edited meanwhile comes to what there was to visit when it began.
    """

    on_progress: OnProgress | None
    total: int = 0

    def tell(self, doing: str, done: int) -> None:
        if self.on_progress is None:
            return
        try:
            self.on_progress(Progress(doing, done, max(done, self.total)))
        except Exception as error:  # noqa: BLE001 - whoever watches must not stop what is done
            self.on_progress = None
            log_error(error, "see to on_progress: the run goes on without it")


class _Job:
    """One call of the job."""

    def __init__(self, store: Store, now: datetime, pace: Pace, watching: _Watching, *, young: timedelta) -> None:
        self._store = store
        self._now = now
        self._pace = pace
        self._watching = watching
        self._young = young
        self._counts: Counter[str] = Counter()
        self._failures: list[Failure] = []
        self._postponed: set[str] = set()
        self._braked: dict[str, str] = {}  # why a series is held back by its own limit

    def run(self, options: Options, alerting: _Alerting) -> Report:
        """Go through what there is to visit."""
        run = self._pace.tried(lambda: self._store.begin_job(now=self._now, young=self._young, full=options.full))
        log_begun(run)
        before = failed_in_a_row(each for each in self._pace.tried(self._store.job_runs) if each.id != run.id)
        wanted = Round(run_id=run.id, now=run.now, basis=options.basis, full=run.full or options.full)
        try:
            shared = self._tell_of_shared(run, notify=options.notify)
            braked = self._visit_all(run, wanted, options, shared)
            stopped = self._why(run, braked)
            plan = braked.plan if braked else self._plan_of_braked(run)
        except Exception:
            ended = run
            with suppress(Exception):
                ended = self._end(run, "failed", is_finished=False)
            alerting.raise_all(run.id, self._alerts(ended, before + failed_calls(run) + 1, alerting))
            raise
        has_failed = stopped == "done" and self._is_all_wrong(run)
        ended = self._end(run, "failed" if has_failed else stopped, is_finished=stopped in {"done", "braked"})
        reasons = (*(braked.reasons if braked else ()), *self._braked.values())
        if has_failed:
            before += failed_calls(run) + 1
        alerts = [*self._alerts(ended, before, alerting), *_of_brake(reasons)]
        alerting.raise_all(run.id, alerts)
        return Report(
            run_id=run.id,
            now=run.now,
            stopped=stopped,
            resumed=run.attempt > 1,
            seconds=None if self._pace.clock is None else self._pace.seconds(),
            statements=None if alerting.meter is None else alerting.meter.statements,
            skipped=self._skipped(run) if stopped == "done" else 0,
            failures=tuple(self._failures),
            braked=reasons,
            plan=plan,
            alerts=tuple(alerts),
            **self._counted(),
        )

    def _counted(self) -> dict[str, int]:
        return {name: self._counts[name] for name in _COUNTED}

    def _plan_of_braked(self, run: JobRun) -> Plan | None:
        """The plan of those that their own limits hold back."""
        if not self._braked:
            return None
        return Brake(self._store, run, live=self._live, tried=self._pace.tried).plan_of(self._braked)

    def _why(self, run: JobRun, braked: Braked | None) -> str:
        """Why it has come to its end."""
        if braked is not None:
            return "braked"
        (latest,) = self._pace.tried(partial(self._store.job_runs, limit=1))
        return "superseded" if latest.id != run.id else self._pace.stopped or "done"

    def _skipped(self, run: JobRun) -> int:
        """How many series are as they should be without a visit, as far as this call and those before know."""
        before = dict(run.counts)
        looked_at = self._counts["visited"] + before.get("visited", 0) + len(self._failures) + before.get("failed", 0)
        return max(0, run.active - looked_at - len(self._postponed))

    def _is_all_wrong(self, run: JobRun) -> bool:
        """Whether no series at all is as it should be, as far as this call and those before know."""
        before = dict(run.counts)
        visited = self._counts["visited"] + before.get("visited", 0)
        failed = len(self._failures) + before.get("failed", 0)
        return bool(failed) and not visited and not self._skipped(run)

    def _alerts(self, run: JobRun, failed_runs: int, alerting: _Alerting) -> Iterator[Alert]:
        """What somebody should look at; series that failed, in all calls of the run, if some did in this one."""
        counts = dict(run.counts)
        failed = counts.get("failed", 0)
        return alerts_of(
            failed_runs=failed_runs,
            failed=failed if self._failures else 0,
            tried=counts.get("visited", 0) + failed,
            slow=alerting.slow,
            thresholds=alerting.thresholds,
        )

    def _end(self, run: JobRun, outcome: str, *, is_finished: bool) -> JobRun:
        """Keep how it ended; the run as it is then, with the counts of all calls."""
        at = self._now if is_finished else None
        counts = {**self._counted(), "failed": len(self._failures)}
        calls = {FAILED_CALLS: 1 if outcome == "failed" else -failed_calls(run)}
        ended = self._pace.tried(lambda: self._store.end_job(run.id, outcome=outcome, at=at, counts=counts | calls))
        log_ended(run.id, outcome, counts, is_finished=is_finished)
        return ended

    # Batches

    def _visit_all(self, run: JobRun, wanted: Round, options: Options, shared: Iterable[str]) -> Braked | None:
        """Visit what is to be visited, batch by batch; what holds it all back, if the brake does.

        Those that react to others come last, so that they see all others as they'll be, whoever is in their batch.
        """
        counted = None
        self._count(wanted)
        if options.brake and has_limits(run.school):
            self._pace.has_begun = True
            brake = Brake(self._store, run, live=self._live, tried=self._pace.tried)
            braked = brake.held_back(self._looked_at(self._batches(attrs.evolve(wanted, turn="any"))))
            if braked is not None or self._pace.stopped is not None:
                return braked
            counted = brake.counted
        visiting = Visiting(run, wanted, options, shared=shared, counted=counted)
        self._watching.tell("visiting", self._done)
        for last in (False, True):
            for series_ids in self._batches(attrs.evolve(wanted, turn="last" if last else "first")):
                failed = {failure.series_id for failure in self._failures}
                left = [each for each in series_ids if each not in failed]
                if left and self._pace.goes_on_after_pause():
                    self._visit(visiting, left, last=last)
                self._watching.tell("visiting", self._done)
        return None

    def _batches(self, wanted: Round) -> Iterator[list[str]]:
        """What there is to visit, until the job is to stop."""
        pages = self._to_visit(wanted, limit=self._pace.batch)
        while self._pace.goes_on() and (series_ids := next(pages, None)):
            yield series_ids

    def _to_visit(self, wanted: Round, *, limit: int) -> Iterator[list[str]]:
        after = ""
        to_visit = partial(self._store.to_visit, wanted, limit=limit)
        while series_ids := self._pace.tried(partial(to_visit, after=after)):
            yield series_ids
            after = series_ids[-1]

    def _count(self, wanted: Round) -> None:
        """Count what there is to visit, if somebody watches."""
        if self._watching.on_progress is not None:
            pages = self._to_visit(attrs.evolve(wanted, turn="any"), limit=_PAGE)
            self._watching.total = sum(map(len, pages))

    def _looked_at(self, batches: Iterable[list[str]]) -> Iterator[list[str]]:
        """Batches before which one looks what they would change."""
        done = 0
        self._watching.tell("looking ahead", done)
        for series_ids in batches:
            yield series_ids
            done += len(series_ids)
            self._watching.tell("looking ahead", done)

    @property
    def _done(self) -> int:
        """With how many series this call is done."""
        return self._counts["visited"] + len(self._failures)

    def _live(self) -> Iterator[list[str]]:
        """All series, page by page."""
        after = ""
        while page := self._pace.tried(partial(self._store.series_ids, after=after)):
            yield page
            after = page[-1]

    def _visit(self, visiting: Visiting, series_ids: Sequence[str], *, last: bool) -> None:
        """Visit some series at once, or fewer of them if that goes wrong; a store that is lost ends the run."""

        def visit() -> Tally:
            at = self._now + timedelta(seconds=self._pace.seconds())
            with self._store.transaction(*series_ids) as transaction:
                return visiting.visit(transaction, series_ids, at=at, last=last)

        try:
            tally = self._pace.tried(visit)
        except Exception as error:
            if isinstance(error, StoreUnavailableError) and not isinstance(error, LockedError):
                raise
            if len(series_ids) == 1:
                self._fail(visiting, series_ids[0], error)
            for fewer in _parted(series_ids, error):
                if self._pace.goes_on():
                    self._visit(visiting, fewer, last=last)
        else:
            self._add(visiting, tally)

    def _add(self, visiting: Visiting, tally: Tally) -> None:
        """Count and log what came of a batch, now that it's written."""
        self._pace.has_begun |= bool(tally.counts["visited"] or tally.failures)
        for series_id, counts in tally.written:
            log_visited(visiting.run_id, series_id, counts)
        for series_id in tally.archived:
            log_archived(visiting.run_id, series_id)
        for issue in (*tally.braked, *tally.told):
            log_told(visiting.run_id, issue)
        for failure in tally.failures:
            log_failed(visiting.run_id, *failure)
        self._counts.update(tally.counts)
        self._counts["archived"] += len(tally.archived)
        self._failures += tally.failures
        self._postponed.update(tally.postponed)
        for issue in tally.braked:
            assert issue.series_id is not None, "it's told of a series"
            self._braked[issue.series_id] = f"series {issue.series_id}: {issue.message.partition('; ')[0]}"

    def _fail(self, visiting: Visiting, series_id: str, error: Exception) -> None:
        """Go on without a series, whoever goes on with the run; but one that is locked may be free by then."""
        why = " ".join(str(error).split()) or type(error).__name__
        self._failures.append(Failure(series_id, why))
        log_failed(visiting.run_id, series_id, why, error)
        if not isinstance(error, LockedError):
            with suppress(Exception), self._store.transaction(series_id) as transaction:
                visiting.fail(transaction, series_id, why)

    # What is wrong with what all series share

    def _tell_of_shared(self, run: JobRun, *, notify: bool) -> frozenset[str]:
        """Tell of rules that contradict each other, once until they're mended; the keys of all of these."""
        issues = shared_issues(run.school)
        new = [issue for key, issue in issues.items() if key not in run.told]
        still = frozenset(issues).intersection(run.told)
        if new and notify:
            self._pace.tried(partial(self._tell, notice_of(run.id, _SCHOOL, new)))
            still = frozenset(issues)
        if still != frozenset(run.told):
            keep = partial(self._store.end_job, run.id, outcome=None, at=None, counts={}, told=sorted(still))
            self._pace.tried(keep)
        for issue in new:
            log_told(run.id, issue)
        return frozenset(issues)

    def _tell(self, notice: Notice) -> None:
        with self._store.transaction(notice.series_id) as transaction:
            transaction.tell([notice])


def _parted(series_ids: Sequence[str], error: Exception) -> list[Sequence[str]]:
    """Series that couldn't be visited together, in parts, until whoever was in the way is alone.

    Halves are the fewest transactions; but who waits for a lock does so in each part that has the locked one in it.
    """
    if len(series_ids) == 1:
        return []
    size = 1 if isinstance(error, LockedError) else (len(series_ids) + 1) // 2
    return [series_ids[start : start + size] for start in range(0, len(series_ids), size)]


_COUNTED: Final = (
    "visited", "created", "updated", "cancelled", "reinstated", "archived", "gaps", "conflicts", "issues",
)  # fmt: skip


def _of_brake(reasons: tuple[str, ...]) -> list[Alert]:
    if not reasons:
        return []
    todo = "look at the plan; if it's as it should be, override the brake for one run"
    return [Alert(code="braked", message="; ".join(reasons), todo=todo)]
