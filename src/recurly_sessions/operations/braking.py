"""The brake of the job: all that a run is to visit is planned before anything is written, and counted together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import attrs

from recurly_sessions.config import config_for
from recurly_sessions.errors import UnknownNameError
from recurly_sessions.operations.visit import frozen
from recurly_sessions.planning.brake import Counting
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.store import JobRun, Store
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series, SeriesStatus

_NAMED: Final = 5  # series of which most would change


@attrs.frozen
class Braked:
    """Why nothing may be written, and the plan of the series that it's about."""

    reasons: tuple[str, ...]
    plan: Plan


def has_limits(school: School) -> bool:
    """Whether the rules that series share say how much may be cancelled or moved."""
    layers = (school.base, *(config for _, config in school.branches))
    return any(layer.max_changes is not None for layer in layers)


class Brake:
    """Counts what a run would cancel or move."""

    def __init__(self, store: Store, run: JobRun, live: Callable[[], Iterator[Sequence[str]]]) -> None:
        self._store = store
        self._run = run
        self._live = live
        self._counting = Counting()

    def held_back(self, batches: Iterable[Sequence[str]]) -> Braked | None:
        """Whether some series, together, would cancel or move more than the rules that they share allow."""
        seen = set[str]()
        for series_ids in batches:
            seen.update(series_ids)
            self._count(series_ids, plans=True)
        if any(self._counting.issues()):
            # A share is one of all sessions, those of series that aren't visited too.
            for series_ids in self._live():
                self._count([each for each in series_ids if each not in seen], plans=False)
        reasons = [issue.message.partition("; ")[0] for issue in self._counting.issues()]
        if not reasons:
            return None
        changed = dict(self._counting.most_changed())
        worst = ", ".join(f"{series_id} ({count})" for series_id, count in [*changed.items()][:_NAMED])
        snapshot = self._snapshot(changed)
        plan = plan_sessions(snapshot, now=self._run.now)
        return Braked((*reasons, f"most of them in {worst}"), plan)

    def _count(self, series_ids: Sequence[str], *, plans: bool) -> None:
        snapshot, now = self._snapshot(series_ids), self._run.now
        wanted = frozenset(series_ids)
        series = [each for each in snapshot.school.series if each.id in wanted and _is_kept(snapshot, each)]
        configs = {each.id: config_for(snapshot.school, each) for each in series}
        shared = {key: config for key, config in configs.items() if config.origin("max_changes") != "series"}
        self._counting.add(series, {key: config for key, config in shared.items() if config.auto_generate})
        coming = (each for each in snapshot.sessions if each.is_open and each.starts_at > now)
        changes = plan_sessions(snapshot, now=now).steps if plans else ()
        self._counting.count(
            (change for steps in changes for change in steps.others),
            (each for each in coming if each.series_id in configs),
        )

    def _snapshot(self, series_ids: Iterable[str]) -> Snapshot:
        """What is known of some series; those that are gone by now are left out."""
        wanted = [*series_ids]
        while True:
            try:
                return frozen(self._store.snapshot(wanted, now=self._run.now), self._run)
            except UnknownNameError:
                live = {each for page in self._live() for each in page}
                wanted = [each for each in wanted if each in live]


def _is_kept(snapshot: Snapshot, series: Series) -> bool:
    return series.status is SeriesStatus.ACTIVE and series.id not in snapshot.held
