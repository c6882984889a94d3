"""The database: which one, whether it may be written, and its tables."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, text

from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.cli.address import shown_url
from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import told
from recurly_sessions.cli.screen import Screen
from recurly_sessions.errors import StoreError
from tests.cli.terminal import FOUR, SCHOOL, URL, Terminal, ids, stored

FAR = "postgresql://me:secret@localhost:1/school"
SWITCHED_OFF = (
    "error: this writes to a database that isn't a local file, and wasn't switched on\n"
    "hint: look at the plan first; then give --enable, or set RECURLY_SESSIONS_ENABLE=1\n"
)
WRITING = [
    ["apply"],
    ["migrate"],
    ["undo", "x"],
    ["release", "maths"],
    ["end", "maths"],
    ["deliver"],
    ["cancel", "x"],
    ["import", "school.toml"],
    ["prune"],
    ["db", "upgrade"],
]


@pytest.mark.requirement("FR-006")
@pytest.mark.parametrize("args", WRITING, ids=[" ".join(each) for each in WRITING])
def test_nothing_is_written_elsewhere_unless_that_is_switched_on(
    typed: Terminal, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    told = typed(*args, "--database", FAR)
    assert (told.err, told.code) == (SWITCHED_OFF, 1)

    by_flag = typed(*args, "--database", FAR, "--enable")
    monkeypatch.setenv("RECURLY_SESSIONS_ENABLE", "1")
    by_variable = typed(*args, "--database", FAR)

    assert by_flag.err == by_variable.err
    assert "connection" in by_flag.err


@pytest.mark.requirement("FR-006", "ROLL-2")
@pytest.mark.parametrize("args", WRITING, ids=[" ".join(each) for each in WRITING])
def test_writing_is_switched_off_at_once_and_every_session_stays(
    typed: Terminal, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    typed.ok("apply")
    before = stored()
    monkeypatch.setenv("RECURLY_SESSIONS_ENABLE", "0")

    told = typed(*args, "--enable")

    assert told.code == 1
    assert told.err == (
        "error: writing is switched off by RECURLY_SESSIONS_ENABLE=0\n"
        "hint: unset RECURLY_SESSIONS_ENABLE, or set it to 1; what is in the database stays as it is\n"
    )
    assert stored() == before
    assert "as they should be" in typed.ok("plan")
    typed.ok("apply", "--dry-run")


def test_a_command_that_is_named_is_switched_on_where_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECURLY_SESSIONS_ENABLE", raising=False)
    given = ("--database", "postgresql://db/school")
    desk = Desk(screen=Screen(), now=datetime(2026, 10, 5, tzinfo=UTC), url=given[1], given=given)

    assert desk.command("plan") == "recurly-sessions plan --database postgresql://db/school"
    assert desk.command("undo", "x", writes=True) == (
        "recurly-sessions undo x --database postgresql://db/school --enable"
    )
    monkeypatch.setenv("RECURLY_SESSIONS_ENABLE", "1")
    assert desk.command("undo", "x", writes=True) == "recurly-sessions undo x --database postgresql://db/school"


@pytest.mark.requirement("MIG-11")
def test_a_database_that_does_not_answer_says_what_to_do(typed: Terminal) -> None:
    told = typed("migrate", "-d", "--database", FAR)

    assert told.code == 1
    assert "see that the server runs and can be reached" in told.err
    assert "hint: see that the server runs and can be reached, and try again\n" in told.err
    assert "secret" not in told.err


def test_a_database_is_named_by_the_environment_or_by_a_path(
    folder: Path, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECURLY_SESSIONS_DATABASE", "sqlite:///other.db")
    typed.ok("import", "school.toml")
    typed.ok("import", "school.toml", "--database", "third.db")

    assert {each.name for each in folder.glob("*.db")} == {"recurly-sessions.db", "other.db", "third.db"}


@pytest.mark.requirement("MIG-11")
def test_a_database_that_is_not_there_is_not_made_by_looking(folder: Path, bare: Terminal) -> None:
    for args in (["plan"], ["apply"], ["migrate"], ["check"], ["show"], ["runs"], ["db", "current"], ["export"]):
        told = bare(*args)

        assert told.code == 1
        assert told.err == (
            "error: there is no database recurly-sessions.db\n"
            "hint: import a school first: recurly-sessions import school.toml; or name a database by --database URL\n"
        )
    assert list(folder.iterdir()) == []


def test_a_database_of_something_else_gets_no_tables_by_looking(folder: Path, bare: Terminal) -> None:
    engine = create_engine("sqlite:///app.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id TEXT)"))
    engine.dispose()

    told = bare("plan", "--database", "app.db")

    assert told.err == (
        "error: the database has no tables of recurly-sessions yet\n"
        "hint: import a school, or create its tables: recurly-sessions db upgrade\n"
    )
    assert bare.ok("db", "upgrade", "--database", "app.db") == "Upgraded: no tables → 0002.\n"
    assert bare.ok("plan", "--database", "app.db") == "No changes.\n"


def test_the_tables_are_told_checked_and_brought_up_to_date(typed: Terminal) -> None:
    assert typed.ok("db", "current") == "0002\n"
    assert typed.ok("db", "check") == "The tables are as they should be: 0002.\n"
    assert typed.ok("db", "upgrade") == "Up to date: 0002.\n"
    assert typed("db", "current", "--json").data == {"revision": "0002"}


def test_tables_of_another_release_are_refused(typed: Terminal) -> None:
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text("UPDATE recurly_alembic_version SET version_num = '9999'"))
    engine.dispose()

    for args in (["db", "check"], ["plan"], ["db", "upgrade"]):
        told = typed(*args)

        assert told.code == 1
        assert "of revision 9999, which this release (0002) does not know" in told.err
        assert told.err.endswith("\nhint: they were made by a newer release: install that one\n")
    assert typed.ok("db", "current") == "9999\n"


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("DROP TABLE recurly_notices", "the table recurly_notices"),
        ("DELETE FROM recurly_shared", "the row of recurly_shared"),
    ],
)
def test_tables_that_lack_something_are_not_as_they_should_be(typed: Terminal, statement: str, missing: str) -> None:
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()

    for args in (["db", "check"], ["db", "upgrade"]):
        told = typed(*args)

        assert told.code == 1
        assert told.err.startswith(f"error: the database has lost {missing}\nhint: ")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/school.db", "there is no database /nowhere/school.db"),
        ("nonsense://x", "nonsense"),
        ("://", "the URL of the database can't be read"),
        ("mysql://me@localhost/x", "does not know the database 'mysql'"),
    ],
)
def test_a_database_that_can_not_be_is_one_clear_line(typed: Terminal, url: str, words: str) -> None:
    told = typed("plan", "--database", url)

    assert told.code == 1
    assert told.err.startswith("error: ")
    assert words in told.err
    assert "\nhint: " in told.err


NEITHER = "what names the database is neither a URL nor the path of a file"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://u:secret@secret@127.0.0.1:1/x", "the URL of the database has an @ too many"),
        ("postgresql://u:1234secret", "the port in the URL of the database must be a number"),
        ("postgresql://u@127.0.0.1:secret/x", "the port in the URL of the database must be a number"),
        ("postgres:/u:secret@h/x", NEITHER),
        ("postgresql:u:secret", NEITHER),
        ("u:secret@h/x", NEITHER),
        ("host=h user=u password=secret", NEITHER),
    ],
)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_what_may_hold_a_password_is_refused_and_not_said_again(
    folder: Path, typed: Terminal, url: str, what: str, more: list[str]
) -> None:
    told = typed("check", "--database", url, "--log", "log", *more)

    assert told.code == 1
    assert told.err.startswith('{"error": "refused", ' if more else f"error: {what}\nhint: ")
    assert what in told.err
    logged = (folder / "log").read_text(encoding="utf-8") if (folder / "log").exists() else ""
    assert "secret" not in told.out + told.err + logged
    assert not list(folder.glob("*secret*"))


def test_a_password_is_not_shown_in_the_command_that_is_named() -> None:
    hidden = "postgresql://u:***@h/x?connect_timeout=3"

    assert shown_url("postgresql://u:secret@h/x?connect_timeout=3") == hidden
    assert shown_url("postgresql://u@h/x?password=secret") == "postgresql://u@h/x?password=%2A%2A%2A"
    assert shown_url("school.db") == "school.db"


def test_the_path_of_a_database_may_look_like_something_else_if_it_is_there(folder: Path, typed: Terminal) -> None:
    typed.ok("import", "school.toml", "--database", "sqlite:///me@home.db")

    assert "4 to create" in typed.ok("plan", "--database", "me@home.db")


def test_a_school_in_memory_may_be_written(typed: Terminal) -> None:
    out = typed.ok("import", "school.toml", "--database", "sqlite://")

    assert out.startswith("new: maths\n")


def test_what_another_program_wrote_is_seen(typed: Terminal) -> None:
    typed.ok("apply")
    store = SqlStore(URL)
    assert ids(store.sessions_of("maths")) == FOUR
    assert store.school().one("maths").id in SCHOOL
    store.close()


def test_what_is_long_over_is_forgotten_and_sessions_stay(typed: Terminal) -> None:
    typed.ok("apply", "--no-notify", now="2026-10-05T08:00Z")
    sessions = stored()

    pending = typed("prune", "--days", "30", "-d", "--detailed-exitcode", now="2026-12-01T08:00Z")
    would, done, again = (
        typed.ok("prune", "--days", "30", *more, now="2026-12-01T08:00Z") for more in (["-d"], ["--json"], ["--yes"])
    )

    assert would == "Would forget: 1 entry of the journal. All sessions stay.\n"
    assert json.loads(done) == {"entries": 1, "notices": 0, "job_runs": 0, "waiting": 0}
    assert again == "Forgotten: nothing. All sessions stay.\n"
    nothing = typed("prune", "--days", "30", "-d", "--detailed-exitcode", now="2026-12-01T08:00Z")
    assert (pending.code, nothing.code) == (3, 0)
    assert typed.ok("runs") == "No runs yet.\n"
    assert stored() == sessions


def test_runs_that_stay_since_their_messages_wait_are_told_of(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")
    prune = ("prune", "--days", "30", "--now", "2026-12-01T08:00Z")
    deliver = "recurly-sessions deliver --now 2026-12-01T08:00:00Z"

    assert typed.ok(*prune, now=None) == (
        f"Forgotten: nothing. All sessions stay.\n1 run that is as old stays, since its messages wait: {deliver}\n"
    )
    assert typed(*prune, "--json", now=None).data == {"entries": 0, "notices": 0, "job_runs": 0, "waiting": 1}

    (folder / "school.toml").write_text(SCHOOL.replace("18:00", "17:00"), encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply", "--yes")
    assert f"\n2 runs that are as old stay, since their messages wait: {deliver}\n" in typed.ok(*prune, "-d", now=None)
    typed.ok("deliver")
    assert typed.ok(*prune, now=None).startswith("Forgotten: 2 entries of the journal (one a run and series), ")


def test_a_file_of_something_else_is_no_database(folder: Path, typed: Terminal) -> None:
    (folder / "notes.txt").write_text("Buy chalk. And a new sponge.\n", encoding="utf-8")

    assert typed("plan", "--database", "school.toml").err == (
        "error: school.toml is not a database\nhint: if it's a school: recurly-sessions plan school.toml\n"
    )
    for command in (["check"], ["import", "school.toml"]):
        assert typed(*command, "--database", "notes.txt").err == (
            "error: notes.txt is not a database\n"
            "hint: name a SQLite file, or one that isn't there yet and import a school into it\n"
        )


def test_a_database_that_can_not_be_made_is_named(typed: Terminal) -> None:
    told = typed("import", "school.toml", "--database", "/nowhere/school.db")

    assert told.err == (
        "error: there is no folder /nowhere for the database /nowhere/school.db\n"
        "hint: make the folder, or name another one\n"
    )


def test_a_right_that_is_missing_is_told_as_that() -> None:
    error = StoreError("the database says: permission denied for table recurly_series", "report it")

    assert told(error) == (
        "store",
        "the database says: permission denied for table recurly_series",
        "the user of the database lacks the right: to read takes SELECT on the tables recurly_*, to write takes "
        "INSERT, UPDATE and DELETE as well",
    )


def test_a_folder_is_no_database(typed: Terminal, folder: Path) -> None:
    for command in (["plan"], ["import", "school.toml"]):
        assert typed(*command, "--database", str(folder)).err == (
            f"error: {folder} is a folder, and not a database\n"
            f"hint: give the path of a file, like {folder}/recurly-sessions.db\n"
        )


@contextmanager
def somebody_else() -> Iterator[None]:
    """Whoever may write to any file is somebody who may not, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65_534, 65_534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_what_can_only_be_read_is_read(typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as open_to_all:  # that of the other tests is root's alone, if it's root who tests
        monkeypatch.chdir(open_to_all)
        Path("school.toml").write_text(SCHOOL, encoding="utf-8")
        typed.ok("import", "school.toml")
        typed.ok("apply")
        commands = ["plan", "show", "export", "runs", "check", "db current", "db check", "next maths", "prune -d"]
        before = [typed.ok(*command.split()) for command in commands]
        Path("recurly-sessions.db").chmod(0o444)
        Path(open_to_all).chmod(0o555)
        try:
            with somebody_else():
                after = [typed.ok(*command.split()) for command in commands]
                refused = typed("apply").err
        finally:
            Path(open_to_all).chmod(0o755)
            monkeypatch.undo()

    assert after == before
    assert "readonly" in refused


def test_a_switch_that_is_neither_on_nor_off_is_refused(typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECURLY_SESSIONS_ENABLE", "zz")

    assert typed("apply").err == (
        "error: RECURLY_SESSIONS_ENABLE must be 1 or 0, got 'zz'\nhint: set it to 1 to write, to 0 to write nowhere\n"
    )
