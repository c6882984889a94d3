"""What happened long ago, out of the database: whole runs with their messages, once these have arrived."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Table, and_, false, func, not_, or_, select

from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.store import KEPT_JOB_RUNS, Pruned


def prune(link: Link, *, before: datetime, dry_run: bool) -> Pruned:
    """Forget what is over, or only count it."""
    forget = partial(_counted if dry_run else _deleted, link)
    journal, notices, runs = link.tables.journal, link.tables.notices, link.tables.runs
    gave_up = and_(notices.c.given_up, or_(notices.c.given_up_at.is_(None), notices.c.given_up_at < before))
    is_over = or_(notices.c.delivered_at < before, and_(notices.c.delivered_at.is_(None), gave_up))
    told_since = select(notices.c.run_id).where(not_(func.coalesce(is_over, false())))
    last = select(journal.c.run_id).group_by(journal.c.run_id).having(func.max(journal.c.at) < before)
    waits = select(notices.c.run_id).where(notices.c.delivered_at.is_(None), not_(notices.c.given_up))
    to_wait = last.where(journal.c.run_id.in_(waits)).subquery()
    ((waiting,),) = link.rows(select(func.count()).select_from(to_wait))
    is_past = and_(journal.c.run_id.in_(last), journal.c.run_id.not_in(told_since))
    standing = select(journal.c.run_id).where(not_(is_past))
    told = forget(notices, and_(is_over, notices.c.run_id.not_in(standing)))  # first: what stands is still to be seen
    entries = forget(journal, is_past)
    ((latest,),) = link.rows(select(func.coalesce(func.max(runs.c.number), 0)))
    is_old = and_(runs.c.now < before, runs.c.number <= latest - KEPT_JOB_RUNS)
    job_runs = forget(runs, is_old)
    return Pruned(entries=entries, notices=told, job_runs=job_runs, waiting=waiting)


def _deleted(link: Link, table: Table, which: ColumnElement[bool]) -> int:
    return link.run(table.delete().where(which))


def _counted(link: Link, table: Table, which: ColumnElement[bool]) -> int:
    ((count,),) = link.rows(select(func.count()).select_from(table).where(which))
    return int(count)
