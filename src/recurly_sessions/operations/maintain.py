"""The job: the calendars of all ACTIVE series are right for the weeks ahead, visited some at a time over a store.

How it works. A run walks the series that aren't as their last visit left them. Each batch is locked, looked at again,
read, planned and written in one transaction, together with the visits: so a run that dies has done whole batches, and
goes on after them. What all series share is frozen when the run begins; a series is taken as it is when its turn comes.
A series is visited again once anything has changed that its plan was made from, or time may ask for something new.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Final, Protocol, TypeVar, runtime_checkable

import attrs

from recurly_sessions.errors import InvalidValueError, NotSwitchedOnError, StoreUnavailableError
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
    log_waiting,
)
from recurly_sessions.operations.reports import Alert, Failure, Report, Thresholds, alerts_of, failed_in_a_row
from recurly_sessions.operations.visit import Options, Tally, Visiting, notice_of, shared_issues
from recurly_sessions.store import JobRun, Notice, Round, Store
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.window import to_edge

YOUNG: Final = timedelta(hours=6)  # until then a run that isn't finished is gone on with
_SCHOOL: Final = "school"  # under which is told what is wrong with what all series share

T = TypeVar("T")


class Clock(Protocol):
    """How long things take, waiting, trying again; `recurly_sessions.adapters.machine.MachineClock` is one."""

    def seconds(self) -> float:
        """Seconds since some moment, never going back."""
        ...

    def sleep(self, seconds: float) -> object:
        """Wait."""
        ...

    def retry(self, work: Callable[[], T], *, waiting: Callable[[float, BaseException], object]) -> T:
        """Do something with a store; where that can't be reached, say for how long one waits, and do it again."""
        ...


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
    on_alert: Callable[[Alert], object] | None = None,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 - it's frozen
    edition: str = "",
) -> Report:
    """Make the calendars of all ACTIVE series that generate by themselves right for their weeks ahead.

    A series that nothing asks for is skipped; `full` visits all. One whose last day has passed goes to the archive, if
    nothing of it is still to come; its sessions stay. A run that isn't finished and began less than six
    hours before is gone on with, as of its own `now`. `stop` is asked between batches, and `budget` and `pause` are
    seconds of the `clock`, which also tries again where the store can't be reached. `edition` is that of your own
    patterns: where it changes, all series are visited.
    """
    at = _checked(now, batch=batch, pause=pause, budget=budget, clock=clock)
    _refuse_unless(switched_on=switched_on)
    job = _Job(store, at, clock=clock, batch=batch, pause=pause, budget=budget, stop=stop)
    options = Options(full=full, actor=actor, notify=notify, brake=brake, archive=archive, edition=edition)
    with store.metered() if isinstance(store, Metered) else nullcontext() as meter:
        return job.run(options, _Alerting(thresholds, on_alert, meter))


def _refuse_unless(*, switched_on: bool) -> None:
    if switched_on is not True:
        raise NotSwitchedOnError


def _checked(now: datetime | str, *, batch: int, pause: float, budget: float | None, clock: Clock | None) -> datetime:
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("maintain: now") from None
    if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= 10_000:
        raise InvalidValueError("maintain: batch", "must be 1 to 10000 series", batch)
    if not 0 <= pause < math.inf:
        raise InvalidValueError("maintain: pause", "must be so many seconds, or 0", pause)
    if budget is not None and not budget > 0:
        raise InvalidValueError("maintain: budget", "must be so many seconds, or None", budget)
    if clock is None and (pause or budget is not None):
        hint = "give it clock=MachineClock() from recurly_sessions.adapters.machine"
        raise InvalidValueError("maintain: clock", "must be there to wait or to keep to a budget", clock, hint)
    return at


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


class _Job:
    """One call of the job."""

    def __init__(
        self,
        store: Store,
        now: datetime,
        *,
        clock: Clock | None,
        batch: int,
        pause: float,
        budget: float | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self._store = store
        self._now = now
        self._clock = clock
        self._batch = batch
        self._pause = pause
        self._budget = budget
        self._stop = stop
        self._began = clock.seconds() if clock else 0.0
        self._counts: Counter[str] = Counter()
        self._failures: list[Failure] = []
        self._braked: list[str] = []

    def run(self, options: Options, alerting: _Alerting) -> Report:
        """Go through what there is to visit."""
        run = self._tried(lambda: self._store.begin_job(now=self._now, young=YOUNG))
        log_begun(run)
        before = failed_in_a_row(each for each in self._tried(self._store.job_runs) if each.id != run.id)
        told = shared_issues(run.school)
        braked: Braked | None = None
        try:
            if options.notify:
                self._tell_of_shared(run, told)
            wanted = Round(run_id=run.id, now=run.now, basis=options.basis, full=options.full)
            braked = self._held_back(run, wanted) if options.brake and has_limits(run.school) else None
            stopped = "braked" if braked else self._visit_all(run, wanted, options)
        except StoreUnavailableError:
            self._end(run, "failed", told)
            alerting.raise_all(run.id, self._found(before + 1, alerting))
            raise
        reasons = (*(braked.reasons if braked else ()), *self._braked)
        ended = "failed" if self._failures and not self._counts["visited"] else stopped
        self._end(run, ended, told)
        failed = before + 1 if ended == "failed" else 0
        alerts = [*self._found(max(before, failed), alerting), *_of_brake(reasons)]
        alerting.raise_all(run.id, alerts)
        return Report(
            run_id=run.id,
            now=run.now,
            stopped=stopped,
            resumed=run.attempt > 1,
            seconds=None if self._clock is None else self._seconds(),
            statements=None if alerting.meter is None else alerting.meter.statements,
            skipped=max(0, run.active - self._counts["visited"] - len(self._failures)),
            failures=tuple(self._failures),
            braked=reasons,
            plan=braked.plan if braked else None,
            alerts=tuple(alerts),
            **{name: self._counts[name] for name in _COUNTED},
        )

    def _found(self, failed_runs: int, alerting: _Alerting) -> Iterator[Alert]:
        failed = len(self._failures)
        return alerts_of(
            failed_runs=failed_runs,
            failed=failed,
            tried=self._counts["visited"] + failed,
            slow=alerting.slow,
            thresholds=alerting.thresholds,
        )

    def _end(self, run: JobRun, outcome: str, told: Mapping[str, Issue]) -> None:
        at = self._now if outcome in {"done", "braked"} or (outcome == "failed" and self._failures) else None
        counts = {**self._counts, "failed": len(self._failures)}
        with suppress(StoreUnavailableError) if outcome == "failed" else nullcontext():
            self._tried(lambda: self._store.end_job(run.id, outcome=outcome, at=at, counts=counts, told=sorted(told)))
        log_ended(run.id, outcome, counts, is_finished=at is not None)

    def _seconds(self) -> float:
        return 0.0 if self._clock is None else self._clock.seconds() - self._began

    # Batches

    def _visit_all(self, run: JobRun, wanted: Round, options: Options) -> str:
        """Visit what is to be visited, batch by batch; why it came to its end.

        Those that react to others come last, so that they see all others as they'll be, whoever is in their batch.
        """
        visiting = Visiting(run, wanted, options, self._now)
        for series_ids in chain(self._batches(wanted), self._reacting(visiting)):
            if self._stop is not None and self._stop():
                return "switched off"
            if self._budget is not None and self._seconds() >= self._budget:
                return "budget"
            self._visit(visiting, series_ids)
            if self._pause and self._clock is not None:
                self._clock.sleep(self._pause)
        return "done"

    def _batches(self, wanted: Round) -> Iterator[list[str]]:
        after = ""
        to_visit = partial(self._store.to_visit, wanted, limit=self._batch)
        while series_ids := self._tried(partial(to_visit, after=after)):
            yield series_ids
            after = series_ids[-1]

    def _reacting(self, visiting: Visiting) -> Iterator[list[str]]:
        visiting.puts_off = False
        last = visiting.put_off
        for begin in range(0, len(last), self._batch):
            yield last[begin : begin + self._batch]

    def _visit(self, visiting: Visiting, series_ids: Sequence[str]) -> None:
        """Visit some series at once, or one by one if that goes wrong."""

        def visit() -> Tally:
            with self._store.transaction(*series_ids) as transaction:
                return visiting.visit(transaction, series_ids)

        try:
            tally = self._tried(visit)
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad series must not stop the others
            if len(series_ids) == 1:
                self._fail(visiting, series_ids[0], error)
                return
        else:
            self._add(visiting, tally)
            return
        for series_id in series_ids:
            self._visit(visiting, [series_id])

    def _add(self, visiting: Visiting, tally: Tally) -> None:
        """Count and log what came of a batch, now that it's written."""
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
        self._braked += [f"series {issue.series_id}: {issue.message.partition('; ')[0]}" for issue in tally.braked]
        visiting.put_off += tally.put_off

    def _fail(self, visiting: Visiting, series_id: str, error: Exception) -> None:
        why = " ".join(str(error).split()) or type(error).__name__
        self._failures.append(Failure(series_id, why))
        log_failed(visiting.run_id, series_id, why, error)

    def _tried(self, work: Callable[[], T]) -> T:
        """Do something with the store; where it can't be reached, again after a while, if there's a clock."""
        return work() if self._clock is None else self._clock.retry(work, waiting=log_waiting)

    def _held_back(self, run: JobRun, wanted: Round) -> Braked | None:
        """Why nothing may be written, if so."""
        return self._tried(lambda: Brake(self._store, run, self._live).held_back(self._batches(wanted)))

    def _live(self) -> Iterator[list[str]]:
        """All series, page by page."""
        after = ""
        while page := self._store.series_ids(after=after):
            yield page
            after = page[-1]

    # What is wrong with what all series share

    def _tell_of_shared(self, run: JobRun, issues: Mapping[str, Issue]) -> None:
        """Tell of rules that contradict each other, once until they're mended."""
        if not issues:
            return
        runs = self._tried(self._store.job_runs)
        before = next((each for each in runs if each.id != run.id and each.outcome is not None), None)
        new = [issue for key, issue in issues.items() if before is None or key not in before.told]
        if new:
            self._tried(partial(self._tell, notice_of(run.id, _SCHOOL, 0, new)))
        for issue in new:
            log_told(run.id, issue)

    def _tell(self, notice: Notice) -> None:
        with self._store.transaction(notice.series_id) as transaction:
            transaction.tell([notice])


_COUNTED: Final = (
    "visited", "created", "updated", "cancelled", "reinstated", "archived", "gaps", "conflicts", "issues",
)  # fmt: skip


def _of_brake(reasons: tuple[str, ...]) -> list[Alert]:
    if not reasons:
        return []
    todo = "look at the plan; if it's as it should be, run the job once with brake=False"
    return [Alert(code="braked", message="; ".join(reasons), todo=todo)]
