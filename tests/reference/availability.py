"""The answer that the fast code must give for availability; minute by minute, written from the design alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from recurly_sessions import Availability


MIDNIGHT = time(0)  # as an end: 24:00


@cache
def zone_of(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def is_free(entries: Iterable[Availability] | None, start: datetime, end: datetime, timezone: str) -> bool:
    """Whether every minute of [start, end) lies in the hours in force."""
    if entries is None:
        return True
    active = [entry for entry in entries if entry.active]
    zone = zone_of(timezone)
    minute = start.astimezone(UTC).replace(second=0, microsecond=0)
    while minute < end:
        if not is_free_at(active, minute.astimezone(zone)):
            return False
        minute += timedelta(minutes=1)
    return bool(active)


def is_free_at(active: list[Availability], local: datetime) -> bool:
    def covers(entry: Availability) -> bool:
        return entry.start <= local.time() and (entry.end == MIDNIGHT or local.time() < entry.end)

    today = [entry for entry in active if entry.date == local.date()]
    weekly = [entry for entry in active if entry.date is None and entry.weekday == local.isoweekday()]
    replacing = [entry for entry in today if entry.mode == "replace"]
    adding = [entry for entry in today if entry.mode == "add"]
    blocking = [entry for entry in today if entry.mode == "block"]
    return any(covers(e) for e in (replacing or weekly) + adding) and not any(covers(e) for e in blocking)
