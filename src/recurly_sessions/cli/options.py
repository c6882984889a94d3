"""Options that several commands have, and what people type for them."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import attrs
import click

from recurly_sessions.cli.address import shown_url
from recurly_sessions.cli.desk import DATABASE, HIDDEN, PROGRAM, Desk, clock, given_options
from recurly_sessions.cli.errors import AGAIN, CommandError, InterruptedCommandError, in_words, refusal, told
from recurly_sessions.cli.logs import logging_to
from recurly_sessions.cli.screen import Screen
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.log import LOGGER, log_error
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.window import Days, Window, to_edge

Command = Callable[..., int | None]
_SEE_HELP: Final = "see the command's --help"
CHANGES: Final = 3  # the exit code for changes that are pending


def refused(error: InvalidValueError) -> str:
    """Why what was typed for an option won't do, in a line."""
    return "; ".join(part for part in (refusal(error, of=""), in_words(error.hint)) if part)


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """An instant as it's typed, with its offset: 2026-09-01T08:00Z."""
    try:
        return None if value is None else to_edge(value)
    except InvalidValueError as error:
        raise click.BadParameter(refused(error), ctx, param) from None


_HERE: Final = (
    click.option(
        "--database",
        envvar=DATABASE,
        metavar="URL",
        help=f"The database: a URL, or the path of a SQLite file. Without it the variable {DATABASE}, "
        "else the file recurly-sessions.db in the current folder.",
    ),
    click.option("--now", callback=_moment, metavar="INSTANT", help="What counts as now, e.g. 2026-09-01T08:00Z."),
    click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for programs."),
    click.option("--log", metavar="FILE", help="Append a log to a file: a line of JSON for each event."),
    click.option("--verbose", "-v", is_flag=True, help="Log to the error output, in words."),
    click.option("--debug", is_flag=True, expose_value=False, help="Show where an error comes from."),
)
_WRITING: Final = click.option(
    "--enable",
    is_flag=True,
    help="Write to a database that isn't a local file. The same as RECURLY_SESSIONS_ENABLE=1.",
)


class _SchoolFile(click.Path):
    """The path of a school file that is there; "-" is the input."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, allow_dash=True)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Refuse one that isn't there with the way to one."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            if Path(value).exists():
                raise
            init = shlex.join((PROGRAM, "init", os.fspath(value)))
            raise click.BadParameter(f"{error.message} `{init}` writes one.", ctx, param) from None


SCHOOL_FILE: Final = _SchoolFile()
FILE: Final = click.argument("file", type=SCHOOL_FILE, required=False)
YES: Final = click.option("--yes", "-y", is_flag=True, help="Don't ask before writing.")
DRY_RUN: Final = click.option("--dry-run", "-d", is_flag=True, help="Only show what it would do.")
NO_NOTIFY: Final = click.option("--no-notify", is_flag=True, help="Write nothing down for people to be told.")
DETAILED: Final = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 3 if there are changes that aren't made yet."
)


def examples(*commands: str) -> str:
    """Commands to try, at the end of a help text."""
    return "\b\n" + "\n".join(["Examples:", *(f"  {command}" for command in commands)])


def at_desk(*, writes: bool = False) -> Callable[[Command], Command]:
    """Give a command its desk, as its first argument, and the options that say where that is."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(
            *,
            database: str | None,
            now: datetime | None,
            as_json: bool,
            log: str | None,
            verbose: bool,
            enable: bool = False,
            **rest: Any,  # noqa: ANN401 - each command has its own
        ) -> int | None:
            by_flag = click.get_current_context().get_parameter_source("database")
            is_typed = database is not None and by_flag is click.core.ParameterSource.COMMANDLINE
            shown = shown_url(database) if is_typed and database else None
            is_secret = shown is not None and HIDDEN in shown
            pairs = [
                ("--database", None if is_secret else shown),
                ("--now", None if now is None else now.isoformat().replace("+00:00", "Z")),
            ]
            desk = Desk(
                screen=Screen(as_json),
                now=now or clock(),
                url=database,
                enabled=enable,
                given=given_options(pairs),
                is_secret=is_secret,
            )
            with logging_to(log, verbose=verbose):
                code = _logged(function, desk, rest)
            sys.stdout.flush()  # where a pipe that was closed is noticed
            return code

        for option in reversed((*_HERE, _WRITING) if writes else _HERE):
            command = option(command)
        return command

    return decorate


def _logged(function: Command, desk: Desk, options: Mapping[str, Any]) -> int | None:
    """Let a command do its work; what stops it is in its log, too."""
    try:
        code = function(desk, **options)
    except click.ClickException as error:
        log_error(CommandError(error.format_message(), _SEE_HELP), _SEE_HELP)
        raise
    except KeyboardInterrupt:
        log_error(InterruptedCommandError("interrupted", AGAIN), AGAIN)
        raise
    except Exception as error:
        log_error(error, told(error).hint)
        raise
    name = click.get_current_context().info_name
    facts = {"event": "ended", "command": name, "exit_code": code or 0}
    LOGGER.debug("%s ended with %d", name, code or 0, extra={"facts": facts})
    return code


def planning(function: Command) -> Command:
    """Give a command the options that say what is planned, gathered as `what`."""

    @functools.wraps(function)
    def command(
        *args: Any,  # noqa: ANN401 - each command has its own
        series: Sequence[str],
        weeks: int | None,
        window: str | None,
        timezone: str | None,
        **rest: Any,  # noqa: ANN401
    ) -> int | None:
        if weeks is not None and window is not None:
            raise click.UsageError("--weeks and --window both say how far to plan: give one of them")
        what = What(series=tuple(series), weeks=weeks, window=window, timezone=timezone)
        return function(*args, what=what, **rest)

    for option in reversed(
        (
            click.option("--series", metavar="ID", multiple=True, help="Plan this series only; may be repeated."),
            click.option(
                "--weeks", "-w", type=click.IntRange(1, 520), metavar="N",
                help="Make sessions so many weeks ahead. Without it, as the rules of each series say.",
            ),
            click.option(
                "--window", metavar="FROM..TO",
                help="Make sessions from one day to another, both included (2026-09-07..2026-10-04), or from an "
                "instant up to another.",
            ),
            click.option(
                "--timezone", metavar="ZONE",
                help="Where the days of --window begin, e.g. Europe/Paris. Without it, where each series takes place.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@attrs.frozen(kw_only=True)
class What:
    """What is to be planned, as it was typed."""

    series: tuple[str, ...] = ()
    weeks: int | None = None
    window: str | None = None
    timezone: str | None = None

    def plan(self, snapshot: Snapshot, now: datetime) -> Plan:
        """Plan it."""
        window = self._window(now)
        return plan_sessions(snapshot, now=now, window=window, only=self.series or None)

    def _window(self, now: datetime) -> Window | Days | None:
        if self.weeks is not None:
            return Window.weeks(self.weeks, start=now)
        if self.window is None:
            return None
        first, dots, last = (part.strip() for part in self.window.partition(".."))
        if not (first and dots and last):
            raise click.BadParameter("must be like 2026-09-07..2026-10-04", param_hint="--window")
        try:
            if "T" in first or "T" in last:
                asked = Window(to_edge(first), to_edge(last))
                if asked.start == asked.end:
                    raise click.BadParameter(f"must not end where it begins, got {first}", param_hint="--window")
                return asked
            return Days(first, last) if self.timezone is None else Window.dates(first, last, self.timezone)
        except InvalidValueError as error:
            raise click.BadParameter(refused(error), param_hint="--window") from None
