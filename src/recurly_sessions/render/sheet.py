"""Conflicts to one sheet for the whole horizon, a row per finding with the choices there are; and to a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from recurly_sessions.render.words import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_REASON,
    Names,
    Places,
    aligned,
    clock,
    finding,
    local,
    padded_day,
    painter,
    reacted,
    safe,
)
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session

_HEAD: Final = ("date", "time", "timezone", "lesson", "session", "problem", "with", "done", "choices", "why")


@attrs.frozen(kw_only=True)
class Row:
    """A conflict as an administrator sees it: `starts_at` is the session's own, `who` a name, `other` an id."""

    starts_at: datetime
    timezone: str
    session_id: str
    title: str
    kind: str
    who: str | None
    other: str | None
    reaction: str
    why: str
    choices: tuple[str, ...]


def sheet(
    conflicts: Sequence[Conflict],
    *,
    sessions: Mapping[str, Session],
    school: School,
    choices: Callable[[Conflict], tuple[str, ...]],
) -> list[Row]:
    """Lay out the conflicts of the whole horizon, by start, then session, then what is wrong.

    `choices` says what can be done about one. A session that isn't among `sessions` is shown by what its id says.
    """
    names = Names(school)
    places = Places(sessions, school)
    rows = [
        Row(
            starts_at=sessions[each.session_id].starts_at if each.session_id in sessions else each.starts_at,
            timezone=places.timezone(each.session_id),
            session_id=each.session_id,
            title=places.title(each.session_id),
            kind=each.kind,
            who=names.of(each),
            other=each.other,
            reaction=each.reaction,
            why=each.why,
            choices=choices(each),
        )
        for each in conflicts
    ]
    return sorted(
        rows,
        key=lambda row: (
            *(row.starts_at, row.session_id, row.kind, row.who or "", row.other or ""),
            *(row.reaction, row.why, row.choices),
        ),
    )


def as_table(rows: Sequence[Row], *, color: bool = False) -> str:
    """Write a sheet as one table; a date is said once, and the timezone only where there are several.

    >>> row = Row(
    ...     starts_at=datetime.fromisoformat("2026-09-14T16:00Z"),
    ...     timezone="Europe/Paris",
    ...     session_id="maths/mon/2026-09-14",
    ...     title="Maths",
    ...     kind="closed",
    ...     who=None,
    ...     other="autumn",
    ...     reaction="flag",
    ...     why="",
    ...     choices=("keep", "skip"),
    ... )
    >>> print(as_table([row]))
    date             time   lesson  session               problem          with    done          choices
    Mon 14 Sep 2026  18:00  Maths   maths/mon/2026-09-14  closed that day  autumn  only flagged  keep, skip
    (times in Europe/Paris)
    """
    if not rows:
        return "No conflicts."
    paint = painter(color=color)
    zones = {row.timezone for row in rows}
    cells: list[tuple[str, ...]] = []
    shown = None
    for row in rows:
        start = local(row.starts_at, row.timezone)
        day = padded_day(start)
        cells.append(("" if day == shown else day, *_cells(row, start, say_zone=len(zones) > 1)))
        shown = day
    # A column without a word in it needs no head; `aligned` leaves it out.
    head = [name if any(column) else "" for name, column in zip(_HEAD, zip(*cells, strict=True), strict=True)]
    lines = [line.rstrip(" ") for line in aligned([head, *cells])]
    foot = [paint("faint", f"(times in {min(zones)})")] if len(zones) == 1 else []
    return "\n".join([paint("bold", lines[0]), *lines[1:], *foot])


def _cells(row: Row, start: datetime, *, say_zone: bool) -> tuple[str, ...]:
    return (
        clock(start),
        row.timezone if say_zone else "",
        safe(row.title, LONGEST_NAME),
        safe(row.session_id, LONGEST_ID),
        finding(row.kind, row.who),
        safe(row.other or "", LONGEST_ID),
        reacted(row.reaction),
        safe(", ".join(row.choices), LONGEST_REASON),
        safe(row.why, LONGEST_REASON),
    )
