"""The brake of the job: all that a run is to visit is planned before anything is written, and counted together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

import attrs

from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.errors import StoreUnavailableError, UnknownNameError
from recurly_sessions.operations.neighbours import with_neighbours
from recurly_sessions.operations.visit import frozen
from recurly_sessions.planning.brake import Counting
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.planning.reactions import reacts
from recurly_sessions.store import JobRun, Store
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series, SeriesStatus

T = TypeVar("T")
_NAMED: Final = 5  # series of which most would change


class Tried(Protocol):
    """Does something with a store, again and again if that can't be reached."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Do it."""
        ...


@attrs.frozen
class Braked:
    """Why nothing may be written, and the plan of the series that it's about."""

    reasons: tuple[str, ...]
    plan: Plan | None


def has_limits(school: School) -> bool:
    """Whether the rules that series share say how much may be cancelled or moved."""
    layers = (school.base, *(config for _, config in school.branches))
    return any(layer.max_changes is not None for layer in layers)


class Brake:
    """Counts what a run would cancel or move; `live` walks all series, and `tried` asks a store that may be away."""

    def __init__(self, store: Store, run: JobRun, *, live: Callable[[], Iterator[Sequence[str]]], tried: Tried) -> None:
        self._store = store
        self._run = run
        self._live = live
        self._tried = tried
        self._counting = Counting()

    @property
    def counted(self) -> Mapping[str, int]:
        """How many sessions of each series would be cancelled or moved."""
        return self._counting.hits

    def held_back(self, batches: Iterable[Sequence[str]]) -> Braked | None:
        """Whether some series, together, would cancel or move more than the rules that they share allow."""
        seen = set[str]()
        for series_ids in batches:
            seen.update(series_ids)
            self._count_whatever_fails(series_ids, plans=True)
        if any(self._counting.issues()):
            # A share is one of all sessions, those of series that aren't visited too.
            for series_ids in self._live():
                self._count_whatever_fails([each for each in series_ids if each not in seen], plans=False)
        reasons = [issue.message.partition("; ")[0] for issue in self._counting.issues()]
        if not reasons:
            return None
        changed = dict(self._counting.most_changed())
        worst = ", ".join(f"{series_id} ({count})" for series_id, count in [*changed.items()][:_NAMED])
        return Braked((*reasons, f"most of them in {worst}"), self.plan_of(changed))

    def plan_of(self, series_ids: Iterable[str]) -> Plan | None:
        """The plan of some series, to be looked at; None if they can't be planned together."""
        wanted = frozenset(series_ids)
        try:
            snapshot = self._snapshot(wanted)
            theirs = [each for each in snapshot.school.series if each.id in wanted]
            return self._plan(snapshot, {each.id: config_for(snapshot.school, each) for each in theirs})
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - what was found out is told without it
            return None

    def _count_whatever_fails(self, series_ids: Sequence[str], *, plans: bool) -> None:
        """Count some series; one that can't even be read is left for when its turn comes."""
        try:
            self._count(series_ids, plans=plans)
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - one bad series must not stop the others
            for series_id in series_ids if len(series_ids) > 1 else ():
                self._count_whatever_fails([series_id], plans=plans)

    def _count(self, series_ids: Sequence[str], *, plans: bool) -> None:
        snapshot, now = self._snapshot(series_ids), self._run.now
        wanted = frozenset(series_ids)
        series = [each for each in snapshot.school.series if each.id in wanted and _is_kept(snapshot, each)]
        configs = {each.id: config_for(snapshot.school, each) for each in series}
        changes = []
        if plans:
            changes = [*self._plan(snapshot, configs).steps]
        shared = {key: config for key, config in configs.items() if config.origin("max_changes") != "series"}
        self._counting.add(series, {key: config for key, config in shared.items() if config.auto_generate})
        coming = (each for each in snapshot.sessions if each.is_open and each.starts_at > now)
        self._counting.count(
            (change for steps in changes for change in steps.others),
            (each for each in coming if each.series_id in configs),
        )

    def _plan(self, snapshot: Snapshot, configs: Mapping[str, ResolvedConfig]) -> Plan:
        """Plan some series as when their turn comes: those that react, with all whom they may meet."""
        if any(map(reacts, configs.values())):
            snapshot = frozen(self._tried(partial(with_neighbours, self._store, snapshot, configs)), self._run)
        by_name = [series_id for series_id, config in configs.items() if config.auto_generate]
        return plan_sessions(snapshot, now=self._run.now, only=by_name)

    def _snapshot(self, series_ids: Iterable[str]) -> Snapshot:
        """What is known of some series; those that are gone by now are left out."""
        wanted = [*series_ids]
        while True:
            try:
                read = self._tried(partial(self._store.snapshot, wanted, now=self._run.now))
                return frozen(read, self._run)
            except UnknownNameError:
                live = {each for page in self._live() for each in page}
                wanted = [each for each in wanted if each in live]


def _is_kept(snapshot: Snapshot, series: Series) -> bool:
    """Whether a series is one that the job writes."""
    return series.status is SeriesStatus.ACTIVE and series.id not in snapshot.held
