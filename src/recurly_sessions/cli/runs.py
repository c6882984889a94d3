"""Commands about what was done: `runs`, `undo`, `release`, `deliver`."""

from __future__ import annotations

import json
import sys
from typing import Final

import attrs
import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.options import NO_NOTIFY, YES, at_desk
from recurly_sessions.cli.plans import SHORT
from recurly_sessions.cli.screen import as_data
from recurly_sessions.operations.deliver import Delivered, LoggingNotifier, Message, deliver
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.store import Run, Store

_LAST: Final = "last"


@click.command("runs", short_help="List what was applied.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="List so many.")
@at_desk()
def runs(desk: Desk, *, limit: int) -> None:
    """List what was applied, the latest first: each run with its id, when it was, and whether it stands."""
    with desk.store() as store:
        found = store.runs(limit=limit)
    if not found:
        desk.screen.say("No runs yet.")
    else:
        rows = [(run.id[:SHORT], f"{run.at:%Y-%m-%d %H:%M} UTC", f"{run.series:,}", _stands(run)) for run in found]
        desk.screen.table(("run", "at", "series", ""), rows)
    desk.screen.data(found)


def _stands(run: Run) -> str:
    if run.standing == run.series:
        return "stands"
    return "undone" if not run.standing else f"undone in {run.series - run.standing:,} series"


@click.command("undo", short_help="Take back what a run did.")
@click.argument("run_id")
@NO_NOTIFY
@YES
@at_desk(writes=True)
def undo(desk: Desk, *, run_id: str, no_notify: bool, yes: bool) -> int:
    """Take back what a run did: exactly, or not at all.

    RUN_ID is the id that `runs` shows, or its first characters if no other run begins with them; `last` is the latest
    run that stands. A series whose sessions have changed since, or have started, is left as it is, and the reason is
    told.

    Afterwards the series are held: no plan is applied to them until you edit them, or release them.

    It asks on a terminal, and needs --yes elsewhere.
    """
    with desk.store(writes=True) as store:
        run = _run(store, run_id)
        desk.agree(f"Undo run {run.id[:SHORT]} of {run.at:%Y-%m-%d %H:%M} UTC?", yes=yes)
        with desk.screen.working("Undoing"):
            undone = undo_run(run.id, store, now=desk.now, notify=not no_notify)
    desk.screen.say(str(undone))
    for series_id in undone.series:
        desk.screen.say(f"When {series_id} may be planned again: {desk.command('release', series_id, writes=True)}")
    desk.screen.data(undone)
    return 1 if undone.refused else 0


def _run(store: Store, beginning: str) -> Run:
    if beginning == _LAST:
        found = [run for run in store.runs(limit=1000) if run.standing][:1]
    else:
        found = store.runs(beginning=beginning, limit=3)
    if not found:
        raise CommandError(f"no run {beginning!r}", "`recurly-sessions runs` lists them")
    if len(found) > 1:
        ids = ", ".join(run.id[: max(SHORT, len(beginning) + 4)] for run in found)
        raise CommandError(f"several runs begin with {beginning!r}: {ids}", "give more of the id")
    return found[0]


@click.command("release", short_help="Let plans touch a held series again.")
@click.argument("series_id", metavar="SERIES")
@at_desk(writes=True)
def release(desk: Desk, *, series_id: str) -> None:
    """Let plans be applied again to a series that is held since a run was undone."""
    with desk.store(writes=True) as store:
        release_series(series_id, store)
    desk.screen.say(f"Released: {series_id}.")
    desk.screen.data({"released": series_id})


@click.command("deliver", short_help="Write out what people are to be told.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@at_desk(writes=True)
def deliver_messages(desk: Desk, *, limit: int) -> int:
    """Write out what people are to be told, one message a person and run, and keep that they were told.

    The messages go to the output (and to --log FILE), with --json as its list `messages`. To send mail instead, call
    the library's `deliver` with a notifier of your own.
    """
    printing = _PrintingJson() if desk.screen.as_json else _Printing()
    with desk.store(writes=True) as store:
        delivered = deliver(store, printing, now=desk.now, limit=limit)
        printing.end(delivered, waiting=store.waiting(now=desk.now))
    return 1 if delivered.errors else 0


class _Printing:
    """A notifier that writes messages out; one that nobody could read, since the pipe was closed, is tried again."""

    def __init__(self) -> None:
        self._log = LoggingNotifier()

    def notify(self, message: Message) -> None:
        """Write a message."""
        self._write(message)
        sys.stdout.flush()
        self._log.notify(message)

    def _write(self, message: Message) -> None:
        role, person = message.recipient
        sys.stdout.write(f"to {role} {person} ({message.name}):\n{message.as_text()}\n")

    def end(self, delivered: Delivered, *, waiting: int) -> None:
        """Write what came of all, and how many messages wait."""
        sys.stdout.write(f"{_summary(delivered, waiting)}\n")


class _PrintingJson(_Printing):
    """One that writes them as JSON, each as soon as it's there: a list in an object, which `end` closes."""

    def __init__(self) -> None:
        super().__init__()
        self._before = '{"messages": [\n'

    def _write(self, message: Message) -> None:
        plain = {**attrs.asdict(message, recurse=False), "text": message.as_text()}
        sys.stdout.write(self._before + json.dumps(as_data(plain), ensure_ascii=False))
        self._before = ",\n"

    def end(self, delivered: Delivered, *, waiting: int) -> None:
        begun = self._before if self._before.startswith("{") else "\n"
        rest = json.dumps({**attrs.asdict(delivered), "waiting": waiting}, ensure_ascii=False)
        sys.stdout.write(f"{begun}], {rest.removeprefix('{')}\n")


def _summary(delivered: Delivered, waiting: int) -> str:
    parts = [f"Delivered: {delivered.arrived:,} messages."]
    if delivered.put_off:
        parts.append(f"{delivered.put_off:,} will be tried again.")
    if delivered.given_up:
        parts.append(f"{delivered.given_up:,} given up.")
    if waiting:
        parts.append(f"{waiting:,} {'waits' if waiting == 1 else 'wait'}: run it again.")
    return " ".join(parts)
