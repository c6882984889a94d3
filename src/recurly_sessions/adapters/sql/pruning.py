"""What happened long ago, out of the database: whole runs with their messages, once these have arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, false, func, not_, or_, select

from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.store import KEPT_JOB_RUNS, Pruned


def prune(link: Link, *, before: datetime, dry_run: bool) -> Pruned:
    """Forget what is over, or take it back once it's counted."""
    if not dry_run:
        return _prune(link, before)
    with link.telling():
        trial = link.connection.begin_nested()
        try:
            return _prune(link, before)
        finally:
            trial.rollback()


def _prune(link: Link, before: datetime) -> Pruned:
    journal, notices, runs = link.tables.journal, link.tables.notices, link.tables.runs
    gave_up = and_(notices.c.given_up, or_(notices.c.given_up_at.is_(None), notices.c.given_up_at < before))
    is_over = or_(notices.c.delivered_at < before, and_(notices.c.delivered_at.is_(None), gave_up))
    told_since = select(notices.c.run_id).where(not_(func.coalesce(is_over, false())))
    last = select(journal.c.run_id).group_by(journal.c.run_id).having(func.max(journal.c.at) < before)
    waits = select(notices.c.run_id).where(notices.c.delivered_at.is_(None), not_(notices.c.given_up))
    to_wait = last.where(journal.c.run_id.in_(waits)).subquery()
    ((waiting,),) = link.rows(select(func.count()).select_from(to_wait))
    entries = link.run(journal.delete().where(journal.c.run_id.in_(last), journal.c.run_id.not_in(told_since)))
    standing = select(journal.c.run_id)
    told = link.run(notices.delete().where(is_over, notices.c.run_id.not_in(standing)))
    ((latest,),) = link.rows(select(func.coalesce(func.max(runs.c.number), 0)))
    is_old = and_(runs.c.now < before, runs.c.number <= latest - KEPT_JOB_RUNS)
    job_runs = link.run(runs.delete().where(is_old))
    return Pruned(entries=entries, notices=told, job_runs=job_runs, waiting=waiting)
