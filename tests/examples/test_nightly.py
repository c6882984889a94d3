"""The files of `examples/nightly`: as its page shows them, and run by the programs that they're for."""

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any, Final

import attrs
import pytest

from recurly_sessions import Config, School, Series, Slot
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.cli.start import main
from recurly_sessions.operations.maintain import maintain

ROOT: Final = Path(__file__).parents[2]
NIGHTLY: Final = ROOT / "examples" / "nightly"
PAGE: Final = ROOT / "docs" / "how-to" / "run-every-night.md"
FILES: Final = sorted(path.name for path in NIGHTLY.iterdir() if path.is_file())
LIMIT: Final = 60  # seconds, after which whatever was started is killed
SERIES: Final = Series(
    "maths",
    timezone="Europe/Paris",
    starts_on="2020-01-06",
    slots=[Slot("mon", days="MO", start="18:00", end="19:30")],
)

# The schedule comes round at once, and the program ends with the first run.
WITH_APSCHEDULER: Final = """
import logging
from datetime import UTC, datetime
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from with_apscheduler import scheduler

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
scheduler.get_jobs()[0].modify(next_run_time=datetime.now(UTC))
scheduler.add_listener(lambda _: scheduler.shutdown(wait=False), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
scheduler.start()
"""
# The same: every half second, with folders in place of a server.
WITH_CELERY: Final = """
from with_celery import app

folders = {"data_folder_in": ".", "data_folder_out": ".", "control_folder": ".", "polling_interval": 0.1}
app.conf.update(broker_url="filesystem://", result_backend="file://.", broker_transport_options=folders)
app.conf.beat_schedule["nightly"]["schedule"] = 0.5
app.worker_main(["worker", "--beat", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle"])
"""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SqlStore]:
    """A database with a school, as a host has it."""
    store = SqlStore(f"sqlite:///{tmp_path}/school.db")
    store.save(School([SERIES]))
    yield store
    store.close()


@contextmanager
def started(folder: Path, *args: str, said: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start Python in a folder, with next to nothing in its environment; it's gone afterwards, with its children."""
    with subprocess.Popen(
        [sys.executable, *args],
        cwd=folder,
        env={"RECURLY_SESSIONS_DATABASE": f"sqlite:///{folder}/school.db", "PYTHONDONTWRITEBYTECODE": "1", **said},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        watch = Timer(LIMIT, kill, [process])
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def nightly(folder: Path, **said: str) -> tuple[int, str]:
    """What comes of `nightly.py`: its exit code and its last line, without the time."""
    with started(folder, str(NIGHTLY / "nightly.py"), said=said) as process:
        out, _ = process.communicate()
    return process.returncode, re.sub(r"^[\d-]+ [\d:,]+ ", "", out.rstrip().splitlines()[-1])


def sessions(store: SqlStore) -> int:
    return len(store.sessions_of("maths"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_shown_on_the_page_as_it_is(name: str) -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    assert (NIGHTLY / name).read_text(encoding="utf-8") in blocks


# nightly.py


def test_the_job_of_a_host_needs_nothing_but_two_variables_and_does_nothing_twice(
    tmp_path: Path, school: SqlStore
) -> None:
    first = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1")
    made = sessions(school)
    second = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1")

    assert first == (0, f"INFO Run run-1: {made} created. Series: 1 visited.")
    assert second == (0, "INFO Run run-2: nothing to do. Series: 1 skipped.")
    assert (made, sessions(school)) == (4, 4)


def test_the_job_of_a_host_does_nothing_where_it_was_not_switched_on(tmp_path: Path, school: SqlStore) -> None:
    code, said = nightly(tmp_path)

    assert code == 1
    assert said.startswith("error: generation is not switched on, so nothing was done")
    assert sessions(school) == 0


@pytest.mark.parametrize("word", ["true", "YES", " on "])
def test_the_job_of_a_host_is_switched_on_by_the_words_of_the_command(
    tmp_path: Path, school: SqlStore, word: str
) -> None:
    code, _ = nightly(tmp_path, RECURLY_SESSIONS_ENABLE=word)

    assert (code, sessions(school)) == (0, 4)


def test_the_job_of_a_host_takes_the_path_of_a_file_for_a_database(tmp_path: Path, school: SqlStore) -> None:
    code, _ = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1", RECURLY_SESSIONS_DATABASE="school.db")

    assert (code, sessions(school)) == (0, 4)


def test_the_job_of_a_host_says_what_stopped_it_in_a_line(tmp_path: Path, school: SqlStore) -> None:
    code, said = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1", RECURLY_SESSIONS_DATABASE="other.db")

    assert code == 1
    assert said == ("error: the database has no tables recurly_*; create them with SqlStore(…).upgrade()")


def test_the_job_of_a_host_fails_if_something_has_to_be_seen_to(tmp_path: Path, school: SqlStore) -> None:
    maintain(school, now=datetime.now(UTC), switched_on=True)
    moved = attrs.evolve(SERIES, slots=[Slot("mon", days="MO", start="17:00", end="18:30")])
    school.save(School([moved], base=Config(max_changes=1)))

    code, _ = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1")

    assert code == 1
    assert school.job_runs()[0].outcome == "braked"


def test_the_job_of_a_host_fails_if_there_is_an_alert(tmp_path: Path, school: SqlStore) -> None:
    with sqlite3.connect(tmp_path / "school.db") as connection:
        for day in range(1, 5):
            connection.execute(
                "INSERT INTO recurly_runs (number, now, revision, active, full, attempt, counts, told) "
                f"VALUES ({day}, '2020-10-0{day} 02:00:00.000000', 'x', 1, 0, 1, '[]', '[]')"
            )
    connection.close()

    code, said = nightly(tmp_path, RECURLY_SESSIONS_ENABLE="1")

    assert (code, sessions(school)) == (1, 4)
    assert said.startswith("  alert failed-runs: the job failed 4 times, one after the other")


# Schedulers


def test_apscheduler_runs_the_job(tmp_path: Path, school: SqlStore) -> None:
    pytest.importorskip("apscheduler", reason="APScheduler isn't installed; it's in the dependency group schedulers")
    said = {"RECURLY_SESSIONS_ENABLE": "1", "PYTHONPATH": str(NIGHTLY)}
    with started(tmp_path, "-c", WITH_APSCHEDULER, said=said) as process:
        out, _ = process.communicate()

    assert process.returncode == 0
    assert "INFO Run run-1: 4 created. Series: 1 visited.\n" in out
    assert sessions(school) == 4


def test_celery_sends_and_runs_the_job_and_keeps_its_report(tmp_path: Path, school: SqlStore) -> None:
    pytest.importorskip("celery", reason="Celery isn't installed; it's in the dependency group schedulers")
    said = {"RECURLY_SESSIONS_ENABLE": "1", "PYTHONPATH": str(NIGHTLY)}
    with started(tmp_path, "-c", WITH_CELERY, said=said) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if "succeeded" in line or "raised" in line), "")

    assert "succeeded" in line
    assert "'run_id': 'run-1'" in line
    assert sessions(school) == 4


# What is written for other programs


@pytest.mark.parametrize("name", ["crontab", "nightly.service", "cronjob.yaml"])
def test_the_command_that_is_started_is_one_that_can_be_understood(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = re.findall(r"recurly-sessions,? (run\b[^>\]\n]*)", (NIGHTLY / name).read_text(encoding="utf-8"))

    assert main([*shlex.split(command.replace(",", "")), "--help"]) == 0
    assert "Usage: recurly-sessions run" in capsys.readouterr().out


def test_a_line_of_the_crontab_is_a_variable_or_a_time_with_a_command() -> None:
    *variables, line = (NIGHTLY / "crontab").read_text(encoding="utf-8").splitlines()

    assert [name for name, _, _ in (each.partition("=") for each in variables)] == [
        "MAILTO",
        "RECURLY_SESSIONS_DATABASE",
        "RECURLY_SESSIONS_ENABLE",
    ]
    assert re.fullmatch(r"(\d[\d-]* ){2}\* \* \*  cd [^%]+", line)  # cron takes % for the end of the command


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't there")
def test_systemd_understands_its_units(tmp_path: Path) -> None:
    for path in NIGHTLY.glob("nightly.[st]*[er]"):
        text = path.read_text(encoding="utf-8").replace("/srv/school/.venv/bin/recurly-sessions", sys.executable)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / name) for name in ("nightly.service", "nightly.timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=LIMIT, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_on_kubernetes_is_ended_before_the_next_one_is_due() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML isn't installed; it's in the dependency group schedulers")
    job: dict[str, Any] = yaml.safe_load((NIGHTLY / "cronjob.yaml").read_text(encoding="utf-8"))

    spec = job["spec"]
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("30 2-4 * * *", "Etc/UTC", "Forbid")
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] < 3600
