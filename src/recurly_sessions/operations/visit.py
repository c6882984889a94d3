"""Some series in a transaction that has locked them: planned, written, and how they were left.

A *visit* is how a run of the job leaves a series, to see later whether anything has changed. A series *reacts* if its
rules let what others do change more than findings: those are put last, and planned with all whom they may meet.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from recurly_sessions.config import ResolvedConfig, config_for, resolve_config
from recurly_sessions.errors import RuleReachError
from recurly_sessions.operations.apply import Done, Writer
from recurly_sessions.operations.end import is_over
from recurly_sessions.operations.log import log_changes
from recurly_sessions.operations.neighbours import with_neighbours
from recurly_sessions.operations.reports import Failure
from recurly_sessions.planning.brake import cancels_or_moves
from recurly_sessions.planning.due import due_at, over_at
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.planning.reactions import reacts
from recurly_sessions.planning.steps import Steps
from recurly_sessions.store import SYSTEM_RECIPIENT, Footing, JobRun, Notice, Round, Told, Transaction, Visit
from recurly_sessions.time.zones import tzdata_version
from recurly_sessions.values.actor import Actor
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series, SeriesStatus

PLANNER: Final = 1  # one more whenever the same school and sessions give another plan than before
_MARGIN: Final = timedelta(hours=3)  # by which a lesson may be longer than its slot says
_LATEST: Final = timedelta(days=365)  # until a series is looked at again that nothing is planned for
_FAILED: Final = "series-failed"
# What a plan says of a series that another plan may see otherwise though nothing of the series has changed.
_FAILURES: Final = frozenset({_FAILED, "slot-failed"})
_UNSURE: Final = _FAILURES | {"id-taken", "out-of-reach"}
_BAD_RULES: Final = frozenset({"bad-pattern"})
_OF_ISSUES: Final = 0  # what a notice of issues counts as, unlike one of what a run did to a series


@attrs.frozen(kw_only=True)
class Options:
    """What holds for all visits of a run."""

    full: bool
    actor: Actor
    notify: bool
    brake: bool
    archive: bool
    edition: str

    @property
    def basis(self) -> str:
        """What a plan depends on beside the store."""
        parts = (tzdata_version(), str(PLANNER), self.edition)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def frozen(snapshot: Snapshot, run: JobRun) -> Snapshot:
    """The snapshot with what all series share as it was when the run began."""
    return attrs.evolve(snapshot, school=attrs.evolve(run.school, series=snapshot.school.series))


@attrs.frozen(kw_only=True)
class _Batch:
    """Some series to plan together, and what they stand on; `state` is that of all series, for those that react.

    Those that react are planned by name, with others beside them in the snapshot.
    """

    ids: frozenset[str]
    snapshot: Snapshot
    footings: Mapping[str, Footing]
    configs: Mapping[str, ResolvedConfig]
    times: Mapping[str, int]
    state: str | None = None

    def plan(self, now: datetime) -> Plan:
        """Plan them."""
        if self.state is None:
            return plan_sessions(self.snapshot, now=now)
        by_name = [series_id for series_id in self.ids if self.configs[series_id].auto_generate]
        return plan_sessions(self.snapshot, now=now, only=by_name)

    def issues_of(self, plan: Plan, shared: frozenset[str]) -> dict[str, list[Issue]]:
        """What a person should see to, by series; what is wrong with what all share is told once a run."""
        issues: dict[str, list[Issue]] = {series_id: [] for series_id in sorted(self.ids)}
        for series_id, own in issues.items():
            own += [each for each in self.configs[series_id].issues if key_of(each) not in shared]
        for issue in plan.issues:
            if issue.series_id in issues and not issue.code.startswith(("config-", "brake", "held")):
                issues[issue.series_id].append(issue)
        return issues

    def due_at(self, series: Series, plan: Plan, *, is_written: bool, others: datetime | None) -> datetime:
        """When time alone may ask for something else; `is_written` is whether its sessions aren't as they were read.

        `others` is when time may change something about whom a series that reacts meets.
        """
        now = plan.now
        ends = self._archived_at(series, now, is_written=is_written)
        if series.id not in plan.planned:
            return min([now + _LATEST, *ends])
        if others is not None:
            return min([others, *ends])
        return min([_due_at(series, self.configs[series.id], now), *ends])

    def others_due_at(self, now: datetime) -> datetime:
        """When time may change something about these series, or those that are beside them.

        What has started gives way to nothing; and what is beyond the weeks ahead may be in the way.
        """
        school, known = self.snapshot.school, frozenset(self.snapshot.only or ())
        series = [each for each in school.series if each.id in known and each.status is SeriesStatus.ACTIVE]
        lengths = (timing.length for each in series for slot in each.slots for timing in slot.timings)
        early = max(lengths, default=timedelta(0)) + _MARGIN
        dues = (_due_at(each, config_for(school, each), now, early=early) for each in series)
        starts = (each.starts_at for each in self.snapshot.sessions if each.starts_at > now)
        return min([now + _LATEST, *dues, *starts])

    def _archived_at(self, series: Series, now: datetime, *, is_written: bool) -> list[datetime]:
        """When a series may go to the archive, if it ever does."""
        over = over_at(series, self.configs[series.id])
        if over is None or series.id in self.snapshot.held:
            return []
        if over > now or is_written:
            return [over]
        return [max([now, *self._ends(series)])]

    def is_done_with(self, series: Series, now: datetime) -> bool:
        """Whether a series is over, and no session of it goes on or is still to come."""
        if series.id in self.snapshot.held or not is_over(series, self.configs[series.id], now=now):
            return False
        return all(end <= now for end in self._ends(series))

    def _ends(self, series: Series) -> Iterator[datetime]:
        """When the sessions of a series end that aren't off."""
        return (each.ends_at for each in self.snapshot.sessions if each.series_id == series.id and each.is_open)


def _due_at(series: Series, config: ResolvedConfig, now: datetime, *, early: timedelta = timedelta(0)) -> datetime:
    try:
        return due_at(series, config, now=now, early=early)
    except (RuleReachError, OverflowError):  # further off than its rules are followed
        return now


@attrs.define
class Tally:
    """What came of some series, to be counted and told once it's written for good."""

    counts: Counter[str] = attrs.field(factory=Counter)
    failures: list[Failure] = attrs.field(factory=list)
    written: list[tuple[str, Mapping[str, int]]] = attrs.field(factory=list)
    archived: list[str] = attrs.field(factory=list)
    braked: list[Issue] = attrs.field(factory=list)
    told: list[Issue] = attrs.field(factory=list)  # for the first time
    postponed: list[str] = attrs.field(factory=list)  # to the next run

    def add(self, series_id: str, done: Done, issues: Iterable[Issue]) -> None:
        """Add what came of one."""
        codes = Counter(issue.code for issue in issues)
        self.counts.update(done.counts)
        if any(done.counts.values()):
            self.written.append((series_id, done.counts))
        self.counts["issues"] += codes.total()
        self.counts["gaps"] += codes["id-taken"] + sum(each.was_due for each in done.left_alone)
        failed = [issue.message for issue in issues if issue.code in _FAILURES]
        if failed:
            self.failures.append(Failure(series_id, "; ".join(failed)))
        else:
            self.counts["visited"] += 1


class Visiting:
    """What visits some series in a transaction that has locked them.

    `counted` are the sessions of each series that the brake has let pass to be cancelled or moved; None lets all pass.
    """

    def __init__(
        self, run: JobRun, wanted: Round, options: Options, *, shared: Iterable[str], counted: Mapping[str, int] | None
    ) -> None:
        self._run = run
        self._wanted = wanted
        self._options = options
        self._shared = frozenset(shared)
        self._counted = counted
        self._configs: dict[object, ResolvedConfig] = {}

    @property
    def run_id(self) -> str:
        """The run."""
        return self._run.id

    def visit(self, transaction: Transaction, series_ids: Iterable[str], *, at: datetime, last: bool) -> Tally:
        """Visit those that are still to be visited, and say what came of it; `at` is the moment that it is.

        Those that react to others are put last, so that they see all others as they'll be, and planned with all whom
        they may meet, so that it doesn't matter which come together.
        """
        tally = Tally()
        wanted = attrs.evolve(self._wanted, turn="last" if last else "first")
        footings = transaction.footing(wanted, *series_ids)
        if not footings:
            return tally
        snapshot = transaction.snapshot(footings, now=self._run.now)
        to_plan = {each: footing for each, footing in footings.items() if not self._is_ahead(snapshot, each, footing)}
        tally.postponed += footings.keys() - to_plan.keys()
        snapshot = frozen(snapshot, self._run)
        times = {entry.series_id: entry.nth for entry in transaction.entries(self._run.id, *to_plan)}
        asked = (each for each in snapshot.school.series if each.id in to_plan)
        configs = {each.id: self._config(snapshot.school, each) for each in asked}
        reacting = sorted(series_id for series_id, config in configs.items() if reacts(config))
        writer = Writer(self._run.id, at, self._options.actor, kind="job", notify=self._options.notify)
        visits: list[Visit] = []
        if only := frozenset(to_plan).difference(reacting):
            theirs = attrs.evolve(snapshot, only=only, held=only.intersection(snapshot.held))
            batch = _Batch(ids=only, snapshot=theirs, footings=to_plan, configs=configs, times=times)
            visits += self._write(transaction, writer, batch, tally)
        if reacting and last:
            state = transaction.state()
            theirs = frozen(with_neighbours(transaction, snapshot, reacting), self._run)
            ids = frozenset(reacting)
            batch = _Batch(ids=ids, snapshot=theirs, footings=to_plan, configs=configs, times=times, state=state)
            visits += self._write(transaction, writer, batch, tally)
        elif reacting:
            transaction.put_last(wanted, *reacting)
        transaction.visited(*visits)
        return tally

    def fail(self, transaction: Transaction, series_id: str, why: str) -> None:
        """Keep that a series failed: the run leaves it alone, and the next one tries it again.

        The system is told, once until it clears.
        """
        message = f"series {series_id} is left as it was: {why}"
        issue = Issue(_FAILED, series_id=series_id, message=message, audience=Audience.ADMIN)
        wanted = attrs.evolve(self._wanted, turn="any")
        now = self._run.now
        for footing in transaction.footing(wanted, series_id).values():
            visit = Visit(
                series_id=series_id,
                run_id=self._run.id,
                at=now,
                due_at=now,
                basis="",
                revision="",
                sessions=footing.sessions,
                told=self._tell(transaction, Tally(), series_id, [issue], footing, is_planned=False),
            )
            transaction.visited(visit)

    def _is_ahead(self, snapshot: Snapshot, series_id: str, footing: Footing) -> bool:
        """Whether a series or its lessons name somebody whom the run doesn't know yet; that is for the next one."""
        then, now = self._run.school, snapshot.school
        if footing.shared == self._run.revision:
            return False
        series = now.one(series_id)
        tutors, branches = (_known_in(now)[place] - _known_in(then)[place] for place in (0, 1))
        named = {
            *(each.tutor_id for each in series.assignments),
            *(each.tutor_id for each in snapshot.sessions if each.series_id == series_id),
        }
        return not tutors.isdisjoint(named) or series.branch_id in branches

    def _config(self, school: School, series: Series) -> ResolvedConfig:
        """The rules of a series; those of like series are laid over each other once."""
        key = (series.branch_id, series.config, series.timezone)
        known = self._configs.get(key)
        if known is None:
            known = config_for(school, series)
            if not known.issues:
                self._configs[key] = known
        return known

    def _write(self, transaction: Transaction, writer: Writer, batch: _Batch, tally: Tally) -> list[Visit]:
        """Plan and write some series, or take to the archive those that are over; how they were left."""
        plan = batch.plan(self._run.now)
        log_changes(plan)
        issues = batch.issues_of(plan, self._shared)
        series = {each.id: each for each in plan.school.series}
        steps = {each.series_id: each for each in plan.steps if each.series_id is not None}
        braked = self._braked(plan)
        tally.braked += braked
        left = {each.series_id for each in braked} | {each for each in steps if self._is_more(steps[each])}
        to_write = [(series[each], steps[each]) for each in steps if each not in left]
        done = writer.write(transaction, to_write, batch.times)
        tally.counts["conflicts"] += len(plan.conflicts)
        visits: list[Visit] = []
        others = None if batch.state is None else batch.others_due_at(plan.now)
        clashing = _clashing(plan)
        for series_id, own in issues.items():
            outcome = done.get(series_id, Done())
            tally.add(series_id, outcome, own)
            is_settled = _UNSURE.isdisjoint(each.code for each in own) and series_id not in left
            is_quiet = is_settled and series_id not in steps
            if self._options.archive and is_quiet and batch.is_done_with(series[series_id], plan.now):
                transaction.archive(series_id, at=writer.now)
                tally.archived.append(series_id)
                continue
            footing = batch.footings[series_id]
            told = self._tell(transaction, tally, series_id, own, footing, is_planned=series_id in plan.planned)
            is_told = all(key_of(each) in told for each in own if _is_for_system(each))
            is_sure = is_settled and is_told and not outcome.left_alone
            is_written = series_id in steps
            if batch.state is not None and (series_id in clashing or is_written):
                is_sure = False
            due = batch.due_at(series[series_id], plan, is_written=is_written, others=others) if is_sure else plan.now
            visit = Visit(
                series_id=series_id,
                run_id=self._run.id,
                at=plan.now,
                due_at=due,
                basis=self._wanted.basis,
                # What was changed meanwhile of what all share is for the next run to see.
                revision=footing.revision if footing.shared == self._run.revision else "",
                sessions=footing.sessions + outcome.counts.get("created", 0),
                school=batch.state,
                told=told,
            )
            visits.append(visit)
        return visits

    def _braked(self, plan: Plan) -> list[Issue]:
        """Which series would cancel or move more than they allow; limits that several share are counted before."""
        own = (issue for issue in plan.issues if issue.code == "brake" and issue.series_id is not None)
        return [*own] if self._options.brake else []

    def _is_more(self, steps: Steps) -> bool:
        """Whether more would be cancelled or moved than the brake knew of; that is for the next run to count."""
        if self._counted is None or steps.series_id is None:
            return False
        return sum(map(cancels_or_moves, steps.others)) > self._counted.get(steps.series_id, 0)

    def _tell(
        self,
        transaction: Transaction,
        tally: Tally,
        series_id: str,
        issues: Iterable[Issue],
        footing: Footing,
        *,
        is_planned: bool,
    ) -> tuple[str, ...]:
        """Tell of what is wrong with a series, once until it clears; all that was told and still is so.

        Of one that isn't planned, for it's held, nobody knows what has cleared.
        """
        known = frozenset(footing.told)
        bad = {key_of(issue): issue for issue in issues if _is_for_system(issue)}
        new = [issue for key, issue in bad.items() if key not in known]
        tally.told += [issue for issue in new if issue.code not in _FAILURES]
        still = known.intersection(bad) if is_planned else known
        if new and self._options.notify:
            transaction.tell([notice_of(self.run_id, series_id, new)])
            still = still.union(bad)
        return tuple(sorted(still))


def _clashing(plan: Plan) -> frozenset[str]:
    """The series of which a session is in a conflict."""
    known = {each.id: each.series_id for each in plan.snapshot.sessions}
    ids = (conflict.session_id for conflict in plan.conflicts)
    return frozenset(known.get(each) or each.partition("/")[0] for each in ids)


def _known_in(school: School) -> tuple[frozenset[str], frozenset[str]]:
    """The tutors and the branches of a school, by id."""
    return frozenset(each.id for each in school.tutors or ()), frozenset(branch for branch, _ in school.branches)


def _is_for_system(issue: Issue) -> bool:
    return issue.audience is not Audience.CREATOR or issue.code in _BAD_RULES


def key_of(issue: Issue) -> str:
    """By what an issue is known again; what an error says of a series that failed may differ each time."""
    words = str(dict(issue.details).get("slot_id", "")) if issue.code in _FAILURES else issue.message
    return f"{issue.code} {hashlib.sha256(words.encode()).hexdigest()[:16]}"


def notice_of(run_id: str, series_id: str, issues: Iterable[Issue]) -> Notice:
    """What the system is told of issues."""
    told = tuple(Told(issue.code, series_id, 0, issue.message) for issue in issues)
    return Notice(run_id=run_id, series_id=series_id, nth=_OF_ISSUES, recipient=SYSTEM_RECIPIENT, told=told)


def shared_issues(school: School) -> dict[str, Issue]:
    """What is wrong with the rules that series share, by a key of each."""
    found: dict[str, Issue] = {}
    for branch_id, branch in ((None, None), *school.branches):
        closures = [each for each in school.closures if each.branch_id in {None, branch_id}]
        base = attrs.evolve(school.base, closures=[*school.base.closures, *closures])
        found.update((key_of(issue), issue) for issue in resolve_config(base, branch).issues)
    return found
