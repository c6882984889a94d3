"""Run the job every night as a task of Celery, which its beat sends."""

from typing import Any

from celery import Celery
from celery.schedules import crontab
from nightly import nightly

app = Celery("school", broker="redis://localhost")
app.conf.timezone = "UTC"
app.conf.beat_schedule = {"nightly": {"task": "school.nightly", "schedule": crontab(hour="2-4", minute=30)}}


@app.task(name="school.nightly", autoretry_for=(ConnectionError,), retry_backoff=60, max_retries=5)
def run() -> dict[str, Any]:
    """Do what is due; the report, as plain data."""
    return nightly().to_dict()
