"""The commands put together, and what a run of one of them ends with."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from recurly_sessions.cli import checks, database, demo, nightly, plans, runs, sample, schools, series
from recurly_sessions.cli.desk import PROGRAM
from recurly_sessions.cli.errors import AGAIN, HalfDoneInterrupt, told
from recurly_sessions.cli.start import INTERRUPTED, OF_EXTRA, READER_GONE, TERMINATED

_COMPLETING: Final = "_RECURLY_SESSIONS_COMPLETE"

_COMMANDS: Final = (
    demo.demo,
    sample.init,
    schools.import_school,
    plans.plan,
    plans.apply,
    nightly.run_job,
    series.show,
    series.explain,
    series.who,
    checks.check,
    checks.cancel,
    checks.add,
    checks.rename,
    runs.runs,
    runs.undo,
    runs.release,
    runs.deliver_messages,
    plans.migrate,
    series.end,
    schools.export,
    database.prune_store,
    database.db,
)


class InOrder(click.Group):
    """A group whose commands are listed in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click asks
        """The names of the commands."""
        return list(self.commands)


@click.group(
    PROGRAM,
    cls=InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 something is wrong, 2 the command can't be understood, 3 changes are pending (with "
    "--detailed-exitcode), 130 interrupted, 143 terminated, 141 nobody reads the output any more. "
    "Each command has its own --help.\n\n"
    "Variables: RECURLY_SESSIONS_DATABASE is the database where --database isn't given; RECURLY_SESSIONS_ENABLE=1 lets "
    "commands write to a database that isn't a local file, and 0 lets none write; NO_COLOR wants no colors.\n\n"
    "\b\nCompletion, for the startup file of bash (or zsh_source, fish_source):\n"
    '  eval "$(_RECURLY_SESSIONS_COMPLETE=bash_source recurly-sessions)"',
)
@click.version_option(importlib.metadata.version(PROGRAM), prog_name=PROGRAM)
def commands() -> None:
    """Say what should be on the calendar of a school; see the difference, with reasons; make it so.

    Begin in an empty folder: `recurly-sessions demo` shows everything once. For a school of your own, `init` writes
    a file that explains itself; make it yours, then `import` that file, `plan`, and `apply`.
    """


for command in _COMMANDS:
    commands.add_command(command)


def run(args: Sequence[str]) -> int:
    """Run a command to its end, whatever that is; the exit code."""
    _write_whatever_comes()
    try:
        with _terminable() as came:
            code = commands.main(args=list(args), prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        if "--json" in args:
            _say_as_json("usage", error.format_message(), "see the command's --help")
        else:
            error.show()
        return error.exit_code
    except click.Abort as error:
        what = "terminated" if came else "interrupted"
        if "--json" in args:
            cause = error.__cause__
            _say_as_json(what, what, AGAIN, cause.facts if isinstance(cause, HalfDoneInterrupt) else {})
        else:
            _stop(what, AGAIN)
        return TERMINATED if came else INTERRUPTED
    except SystemExit:
        # In this mode click ends a command by itself only for a shell that completes, or if its reader has gone.
        if _COMPLETING in os.environ:
            raise
        return READER_GONE
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OF_EXTRA:
            raise
        return _failed(error, args)
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a line that they can read
        return _failed(error, args)
    return code if isinstance(code, int) else 0


@contextmanager
def _terminable() -> Iterator[list[int]]:
    """Let SIGTERM stop a command as Ctrl-C does, to be told apart by the list, in which it's put then.

    The first process of a container would be deaf to it otherwise.
    """
    came: list[int] = []

    def come(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = signal.signal(signal.SIGTERM, come)
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)


def _failed(error: Exception, args: Sequence[str]) -> int:
    """Say what stopped a command."""
    code, what, hint = told(error)
    if "--debug" in args:
        traceback.print_exception(error)
    elif "--json" in args:
        _say_as_json(code, what, hint)
    else:
        _stop(what, hint)
    return 1


def _say_as_json(code: str, what: str, hint: str, facts: Mapping[str, object] = MappingProxyType({})) -> None:
    click.echo(json.dumps({"error": code, "message": what, "hint": hint, **facts}, ensure_ascii=False), err=True)


def _stop(what: str, hint: str) -> None:
    """Say what went wrong, and the way out."""
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    click.echo(f"{click.style('error:', fg='red')} {what}\nhint: {hint}", err=True, color=color)


def _write_whatever_comes() -> None:
    """Let no letter that a terminal doesn't know stop a command, nor a stream that was closed before it began."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for as long as it runs
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
