"""Run the job every night in a process of its own, with APScheduler 3."""

import logging

from apscheduler.schedulers.blocking import BlockingScheduler
from nightly import nightly

scheduler = BlockingScheduler(timezone="UTC")
scheduler.add_job(nightly, "cron", hour="2-4", minute=30, coalesce=True, max_instances=1, misfire_grace_time=3600)

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    scheduler.start()
