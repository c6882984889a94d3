"""Some series of a store, read to be planned by themselves: with all whom they may have to give way to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from recurly_sessions.config import config_for
from recurly_sessions.errors import UnknownNameError, UnreadableError
from recurly_sessions.planning.reactions import reacts
from recurly_sessions.values.school import Snapshot


class Source(Protocol):
    """What can be asked of series: a store, or a transaction of it."""

    def snapshot(self, series_ids: Iterable[str], *, now: datetime) -> Snapshot:
        """Read some series, and the sessions of others that share somebody with them."""
        ...

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The others that name somebody whom some of these name, too."""
        ...


def snapshot_of(source: Source, *series_ids: str, now: datetime) -> Snapshot:
    """Read some series to be planned by name; if some of them react, with all whom these may meet as a whole."""
    wanted = frozenset(series_ids)
    snapshot = source.snapshot(wanted, now=now)
    asked = (each for each in snapshot.school.series if each.id in wanted)
    if any(reacts(config_for(snapshot.school, each)) for each in asked):
        return with_neighbours(source, snapshot, wanted)
    return snapshot


def with_neighbours(source: Source, snapshot: Snapshot, series_ids: Iterable[str]) -> Snapshot:
    """Read some series that react, with all whom they may meet as a whole: those are known by a snapshot in part.

    Where one of these can't be read, or is gone by now, all others stand as they are.
    """
    wanted = frozenset(series_ids)
    others = {each.id for each in snapshot.school.series}
    try:
        return source.snapshot(wanted | source.sharing(*wanted) | others, now=snapshot.read_at)
    except (UnknownNameError, UnreadableError):
        return source.snapshot(wanted, now=snapshot.read_at)
