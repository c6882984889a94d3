"""Changes and the limits of the rules to what stops a plan from being applied: too much would be cancelled or moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session


class Scope(NamedTuple):
    """What a limit counts together: the series of the layer that says it."""

    layer: str
    id: str | None
    limit: float

    def __str__(self) -> str:
        return f"the {self.layer} config" + (f" of {self.id}" if self.id else "")


def brakes(
    changes: Iterable[Change], existing: Iterable[Session], school: School, configs: Mapping[str, ResolvedConfig]
) -> Iterator[Issue]:
    """Tell where more of the sessions to come would be cancelled or moved than `max_changes` allows.

    A limit counts the series for which it holds together: those of the school, of a branch, or the one.
    """
    counting = Counting()
    if counting.add(school.series, configs):
        counting.count(changes, existing)
    yield from counting.issues()


class Counting:
    """How many sessions would be cancelled or moved of those that are there, by limit."""

    def __init__(self) -> None:
        self._scopes: dict[str, Scope] = {}
        self._hits: Counter[str] = Counter()
        self._there: Counter[str] = Counter()

    def add(self, series: Iterable[Series], configs: Mapping[str, ResolvedConfig]) -> bool:
        """Know by which limit some series are counted; whether there's any."""
        for each in series:
            config = configs.get(each.id)
            if config is not None and config.max_changes is not None and (layer := config.origin("max_changes")):
                scope_id = {"branch": each.branch_id, "series": each.id}.get(layer)
                self._scopes[each.id] = Scope(layer, scope_id, config.max_changes)
        return bool(self._scopes)

    def count(self, changes: Iterable[Change], existing: Iterable[Session]) -> None:
        """Count what would change, and the sessions to come that exist."""
        self._hits.update(change.series_id for change in changes if cancels_or_moves(change))
        self._there.update(session.series_id for session in existing)

    def issues(self) -> Iterator[Issue]:
        """Tell where it's too much."""
        series_of: dict[Scope, list[str]] = {}
        for series_id, scope in self._scopes.items():
            series_of.setdefault(scope, []).append(series_id)
        for scope, ids in series_of.items():
            count, there = (sum(map(counts.__getitem__, ids)) for counts in (self._hits, self._there))
            most = scope.limit if isinstance(scope.limit, int) else scope.limit * there
            if count > most:
                yield _too_much(scope, count, there)

    @property
    def hits(self) -> Mapping[str, int]:
        """How many sessions of each series would be cancelled or moved."""
        return self._hits

    def most_changed(self) -> list[tuple[str, int]]:
        """The series of which some would be cancelled or moved, and how many: those with most first."""
        return sorted(self._hits.items(), key=lambda each: (-each[1], each[0]))


def cancels_or_moves(change: Change) -> bool:
    """Whether a change is one that limits count."""
    return change.kind is ChangeKind.CANCEL or (
        change.kind is ChangeKind.UPDATE and not {"starts_at", "ends_at"}.isdisjoint(change.fields)
    )


def _too_much(scope: Scope, count: int, there: int) -> Issue:
    message = (
        f"{count} of {there} sessions would be cancelled or moved, more than max_changes = {scope.limit} of {scope}; "
        "look at the plan, then override the brake"
    )
    details = {"changes": count, "existing": there, "limit": scope.limit, "layer": scope.layer}
    series_id = scope.id if scope.layer == "series" else None
    return Issue("brake", series_id=series_id, message=message, audience=Audience.SYSTEM, details=details)
