"""Changes and the limits of the rules to what stops a plan from being applied: too much would be cancelled or moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session


class _Scope(NamedTuple):
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
    branches = {series.id: series.branch_id for series in school.series}
    scopes = {
        series_id: _Scope(layer, {"branch": branches[series_id], "series": series_id}.get(layer), config.max_changes)
        for series_id, config in configs.items()
        if config.max_changes is not None and (layer := config.origin("max_changes"))
    }
    if not scopes:
        return
    hits, there = dict.fromkeys(scopes.values(), 0), dict.fromkeys(scopes.values(), 0)
    for change in changes:
        if change.series_id in scopes and _cancels_or_moves(change):
            hits[scopes[change.series_id]] += 1
    for session in existing:
        if session.series_id in scopes:
            there[scopes[session.series_id]] += 1
    for scope, count in hits.items():
        most = scope.limit if isinstance(scope.limit, int) else scope.limit * there[scope]
        if count > most:
            yield _too_much(scope, count, there[scope])


def _cancels_or_moves(change: Change) -> bool:
    return change.kind is ChangeKind.CANCEL or (
        change.kind is ChangeKind.UPDATE and not {"starts_at", "ends_at"}.isdisjoint(change.fields)
    )


def _too_much(scope: _Scope, count: int, there: int) -> Issue:
    message = (
        f"{count} of {there} sessions would be cancelled or moved, more than max_changes = {scope.limit} of {scope}; "
        "look at the plan, then apply it with brake=False"
    )
    details = {"changes": count, "existing": there, "limit": scope.limit, "layer": scope.layer}
    series_id = scope.id if scope.layer == "series" else None
    return Issue("brake", series_id=series_id, message=message, audience=Audience.SYSTEM, details=details)
