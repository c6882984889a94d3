"""Keep the calendars of a school right: what a schedule starts every night."""

import logging
import os
import sys
from datetime import UTC, datetime

from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.errors import RecurlyError
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report

ON = {"1", "true", "yes", "on"}


def nightly() -> Report:
    """Do what is due, and log what was done."""
    database = os.environ["RECURLY_SESSIONS_DATABASE"]
    store = SqlStore(database if "://" in database else f"sqlite:///{database}")
    try:
        store.check()  # that it's no new database, of which the name is wrong
        is_on = os.environ.get("RECURLY_SESSIONS_ENABLE", "").strip().lower() in ON
        report = maintain(store, now=datetime.now(UTC), switched_on=is_on, clock=MachineClock())
    finally:
        store.close()
    logging.getLogger("school").info("%s", report)
    return report


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        done = nightly()
    except RecurlyError as error:
        sys.exit(f"error: {error}")
    sys.exit(1 if done.failures or done.alerts else 0)
