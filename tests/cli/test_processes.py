"""Real processes: pipes, terminals, Ctrl-C, and what isn't installed."""

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from recurly_sessions import Plan
from recurly_sessions.cli.errors import told
from tests.cli.terminal import ART, NOW, SCHOOL, Terminal, stored

LIMIT: Final = 60  # seconds
AGAIN: Final = 3
CTRL_C: Final = "\x03"
PROGRAM: Final = [sys.executable, "-m", "recurly_sessions"]
AT: Final = ["--now", NOW]
# Where this runs in the background, Ctrl-C may be ignored; a terminal's programs don't begin like that.
INTERRUPTIBLE: Final = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
ITS_TERMINAL: Final = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
BEGIN: Final = "os.execv(sys.executable, [sys.executable, '-m', 'recurly_sessions', *sys.argv[1:]])"


def run(*args: str, env: dict[str, str] | None = None, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *args],
        input=given,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
        timeout=60,
        check=False,
    )


def at_terminal(*args: str, keys: str = "", once: str = "[y/N]", env: dict[str, str] | None = None) -> tuple[str, int]:
    """What a command shows on a terminal where somebody types, once something is shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + ITS_TERMINAL + BEGIN, *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **(env or {})},
        start_new_session=True,
    )
    os.close(theirs)
    shown, until = b"", time.monotonic() + LIMIT
    typed_at: float | None = None
    try:
        while True:
            is_said = bool(select.select([ours], [], [], 0.5)[0])
            part = os.read(ours, 4096) if is_said else b""
            if is_said and not part:
                break
            shown += part
            if time.monotonic() > until:
                process.kill()
            # A Ctrl-C between a question and the reading of its answer may be lost, so that people press it again.
            elif keys and once.encode() in shown and (typed_at is None or is_lost(typed_at, keys, shown)):
                os.write(ours, keys.encode())
                typed_at = time.monotonic()
    except OSError:  # how Linux says that nobody is at the other end any more
        pass
    os.close(ours)
    return shown.decode(errors="replace"), process.wait(60)


def is_lost(typed_at: float, keys: str, shown: bytes) -> bool:
    return keys == CTRL_C and b"interrupted" not in shown and time.monotonic() > typed_at + AGAIN


@pytest.fixture
def school(folder: Path) -> Path:
    path = folder / "school.toml"
    path.write_text(SCHOOL, encoding="utf-8")
    return path


def test_the_module_runs_too(school: Path) -> None:
    done = run("plan", "school.toml", *AT)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Plan: 4 to create.\n")


def test_a_reader_that_has_seen_enough_is_no_error(school: Path) -> None:
    command = f"{shlex.join(PROGRAM)} plan school.toml -w 520 {shlex.join(AT)} | head -n 3"
    done = subprocess.run(command, shell=True, capture_output=True, encoding="utf-8", timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("command", [["plan", "school.toml", "-w", "520", *AT], ["plan", "--help"]], ids=" ".join)
def test_a_command_whose_reader_has_gone_ends_as_other_programs_do(school: Path, command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run([*PROGRAM, *command], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-"])
def test_a_stream_that_is_closed_is_no_error(school: Path, typed: Terminal, closed: str) -> None:
    command = f"{shlex.join(PROGRAM)} plan school.toml --out plan.json {shlex.join(AT)}"
    command += f" {closed} && {shlex.join(PROGRAM)} apply {shlex.join(AT)}"
    done = subprocess.run(f"{command} {closed}", shell=True, capture_output=True, text=True, timeout=LIMIT, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(stored()) == 4
    assert Plan.from_json((school.parent / "plan.json").read_text(encoding="utf-8"))


def test_messages_that_a_closed_pipe_did_not_take_are_delivered_the_next_time(typed: Terminal) -> None:
    typed.ok("apply")
    reader, writer = os.pipe()
    os.close(reader)

    first = subprocess.run([*PROGRAM, "deliver", *AT], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert "Traceback" not in first.stderr
    assert typed.ok("deliver") == "Delivered: 0 messages. 3 will be tried again later.\n"
    assert "to tutor" in typed.ok("deliver", now="2026-10-05T08:30Z")


def test_messages_stay_where_there_is_no_output_to_write_them_to(typed: Terminal) -> None:
    typed.ok("apply")

    done = subprocess.run(
        f"{shlex.join(PROGRAM)} deliver {shlex.join(AT)} >&-", shell=True, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (
        1,
        "error: there's no output to write messages to, since it's closed\n"
        "hint: let it go to a file or to a program; `> /dev/null` takes what nobody is to see\n",
    )
    assert typed.ok("deliver").endswith("Delivered: 3 messages.\n")


def test_an_output_that_knows_few_letters_gets_what_it_can_show(school: Path) -> None:
    done = run("plan", "school.toml", *AT, env={"PYTHONIOENCODING": "latin-1"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "?? clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 ? UTC+1) ??" in done.stdout


def test_who_has_not_installed_the_extra_is_told_how(folder: Path) -> None:
    for name in ("click", "rich", "sqlalchemy"):
        start = f"import sys; sys.modules[{name!r}] = None; from recurly_sessions.cli.start import main; "
        done = subprocess.run(
            [sys.executable, "-c", start + "sys.exit(main(['runs', '--database', 'sqlite://']))"],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            f"error: the command line needs {name}, which isn't installed\n"
            "hint: python -m pip install 'recurly-sessions[cli]'\n"
        )


def test_a_folder_in_which_nothing_can_be_written_is_one_clear_line(school: Path) -> None:
    done = run("import", "school.toml", "--database", "sqlite:///school.toml/school.db")

    assert done.returncode == 1
    assert done.stderr == (
        "error: the database says: unable to open database file\n"
        "hint: see that the folder is there and that this program may write to it\n"
    )


# Terminals


def test_a_terminal_gets_colors_unless_it_wants_none(school: Path) -> None:
    colored, _ = at_terminal("plan", "school.toml", *AT)
    plain, _ = at_terminal("plan", "school.toml", *AT, env={"NO_COLOR": "1"})
    dumb, _ = at_terminal("plan", "school.toml", *AT, env={"TERM": "dumb"})

    assert "\x1b[32m+\x1b[0m" in colored
    assert "\x1b[32m" not in plain
    assert "\x1b" not in dumb


@pytest.mark.parametrize("command", [["apply"], ["migrate"]])
def test_somebody_at_a_terminal_is_asked_before_anything_is_written(typed: Terminal, command: list[str]) -> None:
    no, refused = at_terminal(*command, *AT, keys="n\n")
    assert (refused, stored()) == (1, [])
    assert "nothing was written" in no

    at_terminal(*command, *AT, keys="y\n")
    assert len(stored()) == 4


def test_whoever_says_yes_is_not_asked(typed: Terminal) -> None:
    _, code = at_terminal("apply", "--yes", *AT)

    assert (code, len(stored())) == (0, 4)


def test_the_demo_asks_nothing(folder: Path) -> None:
    shown, code = at_terminal("demo")

    assert code == 0
    assert "[y/N]" not in shown
    assert "What to try next" in shown


def test_how_far_long_work_has_come_is_shown_on_a_terminal_and_nowhere_else(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number}"') for number in range(4)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")
    job = ("run", "--full", "--batch", "1", "--pause", "0.6", *AT)

    shown, code = at_terminal(*job, "-v")
    in_json, _ = at_terminal(*job, "--json")
    in_pipe = run(*job)

    assert code == 0
    assert re.search("Visiting .*[1-3] of 4 series", shown)
    assert shown.endswith("Run run-1: 16 created. Series: 4 visited.\r\n")
    plain = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown)
    assert {f"INFO s{number}: 4 created" for number in range(4)} < {*re.split("[\r\n]+", plain)}
    assert ("Visiting" in in_json, in_pipe.stderr) == (False, "")


# Ctrl-C


def test_ctrl_c_leaves_on_the_terminal_how_far_it_was(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number}"') for number in range(9)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")

    shown, code = at_terminal("run", "--batch", "1", "--pause", "1", *AT, keys=CTRL_C, once="1 of 9 series")

    assert code == 130
    left = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown).splitlines()
    assert re.search(r"^Visiting .* [1-9] of 9 series 0:00:", left[-5].rpartition("\r")[2])
    assert re.match(r"Written so far: [1-9] series\. .* recurly-sessions undo run-1 --now ", left[-4])
    assert left[-3:] == [
        "",
        "error: interrupted",
        "hint: what was finished stays, and isn't done twice: run the same command again",
    ]


def test_ctrl_c_at_a_question_writes_nothing(typed: Terminal) -> None:
    shown, code = at_terminal("apply", *AT, keys=CTRL_C)

    assert (code, stored()) == (130, [])
    assert "interrupted" in shown
    assert "run the same command again" in shown


def test_ctrl_c_in_the_middle_leaves_what_the_same_command_finishes(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number:03}"') for number in range(300)]
    (folder / "big.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "big.toml", "--yes")
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + BEGIN, "apply", "-q", "-v", "-w", "8", *AT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    process.stderr.readline()  # planned, and about to be applied
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode in {0, 130}
    assert "Traceback" not in said
    typed.ok("apply", "-q", "-w", "8")
    assert typed.ok("plan", "-w", "8") == "No changes. 2,400 sessions are as they should be.\n"


# SIGTERM, with which systemd and Kubernetes stop what they have started


def test_a_job_that_is_terminated_says_so_and_the_next_one_goes_on_with_it(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number:03}"') for number in range(300)]
    (folder / "big.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "big.toml", "--yes")
    process = subprocess.Popen(
        [*PROGRAM, "run", "-v", "--batch", "1", "--pause", "1", *AT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    begins = process.stderr.readline()
    process.terminate()
    out, said = process.communicate(timeout=LIMIT)

    assert (begins, out, process.returncode) == ("INFO run run-1 begins\n", "", 143)
    assert said.splitlines()[-4:] == [
        "ERROR stopped: interrupted; what was finished stays, and isn't done twice: run the same command again",
        "",
        "error: terminated",
        "hint: what was finished stays, and isn't done twice: run the same command again",
    ]
    assert typed.ok("run", now="2026-10-05T09:00Z").startswith("Run run-1: ")
    assert typed.ok("plan") == "No changes. 1,200 sessions are as they should be.\n"


# What nobody thought of


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (ValueError("half\na line"), "something unexpected happened: ValueError: half a line"),
        (RuntimeError(), "something unexpected happened: RuntimeError"),
        (OSError("odd"), "something unexpected happened: OSError: odd"),
    ],
)
def test_whatever_goes_wrong_is_one_line_with_a_hint(error: Exception, what: str) -> None:
    code, said, hint = told(error)

    assert (code, said) == ("unexpected", what)
    assert hint == "run it again with --debug to see where it comes from, and report it"
