"""Keep the calendars of a school right: what a schedule starts every night."""

import logging
import os
import sys
from datetime import UTC, datetime

from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report


def nightly() -> Report:
    """Do what is due, and log what was done."""
    store = SqlStore(os.environ["RECURLY_SESSIONS_DATABASE"])
    try:
        is_on = os.environ.get("RECURLY_SESSIONS_ENABLE") == "1"
        report = maintain(store, now=datetime.now(UTC), switched_on=is_on, clock=MachineClock())
    finally:
        store.close()
    logging.getLogger("school").info("%s", report)
    return report


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    done = nightly()
    sys.exit(1 if done.failures or done.braked else 0)
