"""Changes to who teaches when, before and after, one line a tutor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import attrs

from recurly_sessions.render.words import Names, clock, day_text, local
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session

MOST_DATES: Final = 20


@attrs.define
class _Dates:
    """When a tutor teaches the sessions that change."""

    before: list[datetime] = attrs.Factory(list)
    after: list[datetime] = attrs.Factory(list)


def previews(changes: Iterable[Change], *, school: School) -> list[str]:
    """Say for each tutor whose dates change when they teach, before → after, by name.

    What counts are the sessions that an update gives to another tutor or moves to another date, each in its own
    timezone. Where only the times of the same dates differ, these are said too.

    >>> at = {"timezone": "Europe/Paris", "starts_at": "2026-05-04T16:00Z", "ends_at": "2026-05-04T17:30Z"}
    >>> ben = Session("maths/mon/2026-05-04", series_id="maths", tutor_id="ben", **at)
    >>> zoe = attrs.evolve(ben, tutor_id="zoe")
    >>> change = Change("UPDATE", before=ben, after=zoe, fields=["tutor_id"], code="reassigned")
    >>> previews([change], school=School([]))
    ['ben: 4 May → none', 'zoe: none → 4 May']
    """
    found: dict[str, _Dates] = {}
    for change in changes:
        if change.kind is ChangeKind.UPDATE and change.before is not None:
            old, new = _start(change.before), _start(change.after)
            if change.before.tutor_id == change.after.tutor_id and old.date() == new.date():
                continue
            if change.before.tutor_id is not None:
                found.setdefault(change.before.tutor_id, _Dates()).before.append(old)
            if change.after.tutor_id is not None:
                found.setdefault(change.after.tutor_id, _Dates()).after.append(new)
    names = Names(school)
    told = [
        (names.tutor(tutor_id), dates)
        for tutor_id, dates in found.items()
        if sorted(dates.before) != sorted(dates.after)
    ]
    years = {moment.year for _, dates in told for moment in (*dates.before, *dates.after)}
    lines = [(name.casefold(), f"{name}: {_before_and_after(dates, year=len(years) > 1)}") for name, dates in told]
    return [line for _, line in sorted(lines)]


def _start(session: Session) -> datetime:
    # Without its zone, so that what a tutor does in several compares by what the calendar shows.
    return local(session.starts_at, session.timezone).replace(tzinfo=None)


def _before_and_after(dates: _Dates, *, year: bool) -> str:
    same_days = sorted(map(datetime.date, dates.before)) == sorted(map(datetime.date, dates.after))
    return " → ".join(_listed(side, year=year, times=same_days) for side in (dates.before, dates.after))


def _listed(moments: Sequence[datetime], *, year: bool, times: bool) -> str:
    texts = Counter(day_text(moment, year=year) + (f" {clock(moment)}" if times else "") for moment in sorted(moments))
    told = [text if many == 1 else f"{text} ×{many}" for text, many in texts.items()]
    rest = f", … and {len(told) - MOST_DATES:,} more" if len(told) > MOST_DATES else ""
    return ", ".join(told[:MOST_DATES]) + rest if told else "none"
