"""Runs of the job and how they left each series: written, and compared with how the series are now.

What can't be read of these books stops nobody: it counts as nothing, so that a series is told of again, or a run begun.
What a series was planned from is compared in the database, in one statement however many there are. The number of
sessions is counted last, and only for series of which nothing else tells that they have changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Final

import attrs
from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select, true, union

from recurly_sessions.adapters.sql import reading
from recurly_sessions.adapters.sql.failures import WRONG
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.rows import as_text
from recurly_sessions.errors import UnknownNameError, UnreadableError
from recurly_sessions.store import Footing, JobRun, Round, Visit, added
from recurly_sessions.values.school import School
from recurly_sessions.values.series import SeriesStatus

_RUN: Final = "run-"
_REMAINDER: Final = 2**31 - 1  # revisions begin at a number by chance, so large that their sum may be none
_NOTHING: Final = School([])
_IN_PART: Final = "in part"  # the revision of what can't be read as a whole: no series stands on it


def to_visit(link: Link, wanted: Round, *, after: str, limit: int) -> list[str]:
    """The ACTIVE series to visit, by id."""
    series = link.tables.series.c
    asked = _stale(link, wanted, [series.id]).where(series.id > after).order_by(series.id).limit(limit)
    return [row[0] for row in link.rows(asked)]


def footing(link: Link, wanted: Round, series_ids: Iterable[str]) -> dict[str, Footing]:
    """What those of some series stand on that are to be visited."""
    series, visits = link.tables.series.c, link.tables.visits.c
    columns = [series.id, _revision(link), link.tables.shared.c.revision, _count(link).label("count"), visits.told]
    asked = _stale(link, wanted, columns).where(link.dialect.among(series.id, series_ids))
    return {
        series_id: Footing(revision, str(shared), count, _told(told))
        for series_id, revision, shared, count, told in link.rows(asked)
    }


def _stale(link: Link, wanted: Round, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Select of the ACTIVE series to visit; what costs most is asked last."""
    tables = link.tables
    series, visits = tables.series.c, tables.visits.c
    others_differ = and_(visits.school.is_not(None), visits.school != _state(link))
    if wanted.full:
        differs: ColumnElement[bool] = true()
    else:
        differs = or_(
            visits.basis != wanted.basis,
            visits.revision != _revision(link),
            visits.writes != series.writes,
            visits.at > wanted.now,
            visits.due_at <= wanted.now,
            others_differ,
            visits.sessions != _count(link),
        )
    joined = tables.series.join(tables.shared, true()).outerjoin(tables.visits, visits.series_id == series.id)
    never = visits.series_id.is_(None)
    has_turn: dict[str, ColumnElement[bool]] = {
        "first": or_(visits.last_in.is_(None), visits.last_in != wanted.run_id),
        "last": or_(visits.last_in == wanted.run_id, others_differ),
        "any": true(),
    }
    return (
        select(*columns)
        .select_from(joined)
        .where(
            series.status == SeriesStatus.ACTIVE.value,
            ~_is_past(link, wanted),
            has_turn[wanted.turn],
            or_(never, and_(visits.run_id != wanted.run_id, differs)),
        )
    )


def _is_past(link: Link, wanted: Round) -> ColumnElement[bool]:
    """Whether a run is finished, or another one was begun since."""
    runs, number = link.tables.runs.c, _number(wanted.run_id)
    is_finished = and_(runs.number == number, runs.finished_at.is_not(None))
    return exists(select(runs.number).where(or_(runs.number > number, is_finished)))


def _revision(link: Link) -> ColumnElement[str]:
    """The revision of a series as `Standing` says it."""
    shared, own = (cast(table.c.revision, String(32)) for table in (link.tables.shared, link.tables.series))
    return shared + "." + own


def _count(link: Link) -> ColumnElement[int]:
    sessions, series = link.tables.sessions, link.tables.series
    counted = select(func.count()).select_from(sessions).where(sessions.c.series_id == series.c.id)
    return counted.correlate(series).scalar_subquery()


def state(link: Link) -> str:
    """The state of all series."""
    return str(link.rows(select(_state(link)))[0][0])


def _state(link: Link) -> ColumnElement[str]:
    """The state of all series, as a query by itself, which a database answers once and only where it's needed."""
    shared, sessions = link.tables.shared, link.tables.sessions
    series = link.tables.series.alias("every")
    parts: tuple[ColumnElement[Any], ...] = (
        select(shared.alias("common").c.revision).scalar_subquery(),
        select(func.count()).select_from(series).scalar_subquery(),
        select(func.coalesce(func.sum(series.c.revision % _REMAINDER), 0)).scalar_subquery(),
        select(func.coalesce(func.sum(series.c.writes), 0)).scalar_subquery(),
        select(func.count()).select_from(sessions.alias("each")).scalar_subquery(),
    )
    return reduce(_joined, (cast(part, String(32)) for part in parts))


def _joined(one: ColumnElement[str], other: ColumnElement[str]) -> ColumnElement[str]:
    return one + "." + other


def put_last(link: Link, wanted: Round, series_ids: Sequence[str]) -> None:
    """Leave some series to the end of a run; one that was never visited gets a visit that nobody believes."""
    if not series_ids:
        return
    table, series = link.tables.visits, link.tables.series.c
    theirs = link.dialect.among(table.c.series_id, series_ids)
    link.run(table.update().where(theirs).values(last_in=wanted.run_id))
    known = {row[0] for row in link.rows(select(table.c.series_id).where(theirs))}
    live = {row[0] for row in link.rows(select(series.id).where(link.dialect.among(series.id, series_ids)))}
    nothing = {"run_id": "", "basis": "", "revision": "", "writes": 0, "sessions": 0, "school": None, "told": "[]"}
    when = {"at": wanted.now, "due_at": wanted.now, "last_in": wanted.run_id}
    link.run(table.insert(), [{"series_id": each, **nothing, **when} for each in sorted(live - known)])


def visited(link: Link, visits: Sequence[Visit]) -> None:
    """Keep how series were left."""
    table, series = link.tables.visits, link.tables.series.c
    ids = [visit.series_id for visit in visits]
    writes: dict[str, int] = dict(link.rows(select(series.id, series.writes).where(link.dialect.among(series.id, ids))))
    link.run(table.delete().where(link.dialect.among(table.c.series_id, ids)))
    rows = [
        {
            "series_id": visit.series_id,
            "run_id": visit.run_id,
            "at": visit.at,
            "due_at": visit.due_at,
            "basis": visit.basis,
            "revision": visit.revision,
            "writes": writes[visit.series_id],
            "sessions": visit.sessions,
            "school": visit.school,
            "told": as_text(list(visit.told)),
            "last_in": None,
        }
        for visit in visits
        if visit.series_id in writes
    ]
    link.run(table.insert(), rows)


# Runs


def begin_job(link: Link, *, now: datetime, young: timedelta, full: bool) -> JobRun:
    """Begin a run, or go on with the last one; whoever else begins one waits."""
    tables = link.tables
    table, series = tables.runs, tables.series.c
    (revision,) = link.shared(select(tables.shared.c.revision).with_for_update())
    latest = select(table).order_by(table.c.number.desc()).limit(1)
    last = [_run(row) for row in link.rows(latest)]
    if last and last[0].finished_at is None and abs(now - last[0].now) < young:
        shared = _shared_then(link, last[0])
        if shared is not None:
            return _gone_on_with(link, last[0], shared)
    is_active = series.status == SeriesStatus.ACTIVE.value
    ((active,),) = link.rows(select(func.count()).select_from(tables.series).where(is_active))
    broken: list[UnreadableError] = []
    school = reading.read_shared(link, broken)
    row = {
        "number": (_number(last[0].id) if last else _last_known(link)) + 1,
        "now": now,
        "revision": _IN_PART if broken else str(revision),
        "school": school.to_json(),
        "active": active,
        "full": full,
        "attempt": 1,
        "counts": "[]",
        "told": as_text(list(last[0].told) if last else []),
    }
    link.run(table.update().where(table.c.school.is_not(None)).values(school=None))
    link.run(table.insert().values(**row))
    return attrs.evolve(_run(link.rows(latest)[0]), school=school)


def _shared_then(link: Link, run: JobRun) -> School | None:
    """What all series shared when a run began; None if it can't be gone on with, for nobody knows that any more."""
    ((shared,),) = link.rows(select(link.tables.runs.c.school).where(_is(link, run.id)))
    try:
        return School.from_dict(json.loads(shared))
    except WRONG:
        return None


def _gone_on_with(link: Link, run: JobRun, shared: School) -> JobRun:
    link.run(link.tables.runs.update().where(_is(link, run.id)).values(attempt=run.attempt + 1))
    return attrs.evolve(run, attempt=run.attempt + 1, school=shared)


def _last_known(link: Link) -> int:
    """The number of the last run that anything tells of, where the runs themselves were deleted."""
    visits, journal, notices = link.tables.visits.c, link.tables.journal.c, link.tables.notices.c
    told_of = union(*map(select, (visits.run_id, visits.last_in, journal.run_id, notices.run_id)))
    return max((_number(row[0] or "") for row in link.rows(told_of)), default=0)


def end_job(
    link: Link,
    run_id: str,
    *,
    outcome: str | None,
    at: datetime | None,
    counts: Mapping[str, int],
    told: Sequence[str] | None,
) -> JobRun:
    """Keep how a run ended."""
    table = link.tables.runs
    asked = select(table).where(_is(link, run_id))
    found = link.rows(asked.with_for_update())
    if not found:
        raise UnknownNameError("run", run_id)
    run = _run(found[0])
    values: dict[str, Any] = {"counts": as_text(list(map(list, added(run.counts, counts))))}
    if run.finished_at is None:
        values["outcome"] = outcome or run.outcome
        if told is not None:
            values["told"] = as_text(list(told))
        if at is not None:
            values |= {"finished_at": at, "school": None}
    link.run(table.update().where(_is(link, run_id)).values(**values))
    return _run(link.rows(asked)[0])


def read_job_runs(link: Link, *, limit: int) -> list[JobRun]:
    """The last runs, the latest first."""
    table = link.tables.runs
    return list(map(_run, link.rows(select(table).order_by(table.c.number.desc()).limit(limit))))


def _is(link: Link, run_id: str) -> ColumnElement[bool]:
    return link.tables.runs.c.number == _number(run_id)


def _number(run_id: str) -> int:
    prefix, digits = run_id[: len(_RUN)], run_id[len(_RUN) :]
    return int(digits) if prefix == _RUN and digits.isdecimal() and len(digits) < 10 else 0


def _run(row: Sequence[Any]) -> JobRun:
    """A run without what all series share, which takes longer to read than all the rest of it."""
    number, now, revision, _, active, full, attempt, outcome, finished_at, counts, told = row
    return JobRun(
        id=f"{_RUN}{number}",
        now=now,
        school=_NOTHING,
        revision=revision,
        active=active,
        full=full,
        attempt=attempt,
        outcome=outcome,
        finished_at=finished_at,
        counts=_counts(counts),
        told=_told(told),
    )


def _counts(text: str) -> tuple[tuple[str, int], ...]:
    try:
        return tuple((str(name), int(count)) for name, count in json.loads(text))
    except WRONG:
        return ()


def _told(text: str | None) -> tuple[str, ...]:
    try:
        return tuple(map(str, json.loads(text or "[]")))
    except WRONG:
        return ()
