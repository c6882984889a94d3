"""Commands about what was done: `runs`, `undo`, `release`, `deliver`."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import itemgetter
from typing import Final, NamedTuple

import attrs
import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.options import DRY_RUN, NO_NOTIFY, YES, at_desk, examples
from recurly_sessions.cli.plans import SHORT
from recurly_sessions.cli.screen import MOST, as_data, some
from recurly_sessions.errors import UnreadableError
from recurly_sessions.operations.deliver import Delivered, LoggingNotifier, Message, deliver
from recurly_sessions.operations.progress import watched
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.render.text import differences, when
from recurly_sessions.render.words import Names
from recurly_sessions.store import Entry, Run, Store
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session, differing

LAST: Final = "last"
_LAST_TRY: Final = timedelta(days=1)  # by then, whatever was put off is due again
_MOST_NAMED: Final = 3  # of runs that may be meant


@click.command(
    "runs",
    short_help="List what was done, or what a run did.",
    epilog=examples("recurly-sessions runs --limit 50", "recurly-sessions runs last", "recurly-sessions runs 28e80a1a"),
)
@click.argument("run_id", metavar="[RUN_ID]", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="List so many.")
@at_desk()
def runs(desk: Desk, *, run_id: str | None, limit: int) -> None:
    """List what was done, the latest first: each run with its id, when it was, who did what, and whether it stands.

    Its kind is the command that did it: apply, migrate or cancel, or job for `run`; programs have words of their own.

    With RUN_ID (its first characters will do, and `last` is the latest that stands), list each session that it made or
    changed.
    """
    with desk.store() as store:
        if run_id is not None:
            _tell_run(desk, store, _run(store, run_id))
            return
        found = [(run, _did(store.entries(run.id))) for run in store.runs(limit=limit)]
    if not found:
        desk.screen.say("No runs yet.")
    else:
        rows = [
            (
                run.id[:SHORT],
                f"{run.at:%Y-%m-%d %H:%M} UTC",
                run.kind,
                f"{run.series:,}",
                did.told(),
                did.actor,
                _stands(run),
            )
            for run, did in found
        ]
        desk.screen.table(("run", "at", "kind", "series", "did", "by", ""), rows)
    desk.screen.data([_of_run(run, did) for run, did in found])


class _Did(NamedTuple):
    """What a run did, by kind of change, and who let it."""

    created: int
    updated: int
    cancelled: int
    reinstated: int
    actor: str

    def told(self) -> str:
        """The numbers in words, without those of nothing."""
        words = self._asdict()
        actor = words.pop("actor")
        assert actor == self.actor, "what is left is numbers"
        return ", ".join(f"{count:,} {word}" for word, count in words.items() if count) or "nothing"


class _Line(NamedTuple):
    """One session that a run made or changed: what happened to it, and what it was and is in words."""

    kind: str
    session_id: str
    what: str


def _did(entries: Sequence[Entry]) -> _Did:
    kinds = Counter(kind for entry in _latest(entries) for kind, _, _ in _pairs(entry))
    actor = entries[-1].actor.id if entries else ""
    return _Did(kinds["created"], kinds["updated"], kinds["cancelled"], kinds["reinstated"], actor)


def _latest(entries: Sequence[Entry]) -> Iterable[Entry]:
    """What a run did the last time; it's done again if it was undone."""
    return {entry.series_id: entry for entry in entries}.values()


def _pairs(entry: Entry) -> Iterator[tuple[str, Session | None, Session]]:
    """The sessions that a run made and changed in a series: the kind, before and after."""
    if entry.made is not None:
        yield from (("created", None, after) for after in entry.made.sessions())
    for before, after in entry.changed:
        if before.is_open == after.is_open:
            yield "updated", before, after
        else:
            yield "cancelled" if before.is_open else "reinstated", before, after


def _tell_run(desk: Desk, store: Store, run: Run) -> None:
    entries = store.entries(run.id)
    did = _did(entries)
    names = _names(store)
    lines = [
        _Line(kind, after.id, _what(before, after, names))
        for entry in _latest(entries)
        for kind, before, after in sorted(_pairs(entry), key=lambda each: (each[2].starts_at, each[2].id))
    ]
    at = f"{run.at:%Y-%m-%d %H:%M} UTC"
    desk.screen.title(
        f"Run {run.id[:SHORT]} ({run.kind}) of {at} by {did.actor}: {did.told()}; it {_stands_now(run, entries)}."
    )
    desk.screen.columns([(f"  {line.kind}", line.session_id, line.what) for line in lines])
    desk.screen.data({**_of_run(run, did), "changes": lines})


def _of_run(run: Run, did: _Did) -> dict[str, object]:
    plain = {"run_id": run.id, "kind": run.kind, "at": run.at, "series": run.series, "standing": run.standing}
    return {**plain, **did._asdict()}


def _names(store: Store) -> Names:
    """What people are called, as far as that can be read."""
    try:
        return Names(store.school())
    except UnreadableError:
        return Names(School([]))


def _what(before: Session | None, after: Session, names: Names) -> str:
    """When a session is, and from what to what it has changed."""
    at = when(after.starts_at, after.timezone)
    if before is None or before.is_open != after.is_open:
        return f"{at}: {after.cancellation_reason}" if after.cancellation_reason else at
    return f"{at}: {', '.join(differences(differing(before, after), before, after, names))}"


def _stands_now(run: Run, entries: Sequence[Entry]) -> str:
    if run.standing == run.series:
        return "stands"
    undone = ((each.undone_at, each.undone_by) for each in _latest(entries) if each.undone_at is not None)
    at, by = max(undone, key=itemgetter(0))
    return f"was {_stands(run)} on {at:%Y-%m-%d %H:%M} UTC by {by}"


def _stands(run: Run) -> str:
    if run.standing == run.series:
        return "stands"
    return "undone" if not run.standing else f"undone in {run.series - run.standing:,} series"


@click.command("undo", short_help="Take back what a run did.")
@click.argument("run_id")
@DRY_RUN
@NO_NOTIFY
@YES
@at_desk(writes=True)
def undo(desk: Desk, *, run_id: str, dry_run: bool, no_notify: bool, yes: bool) -> int:
    """Take back what a run did: exactly, or not at all.

    RUN_ID is the id that `runs` shows, or its first characters if no other run begins with them; `last` is the latest
    run that stands. A series whose sessions have changed since, or have started, is left as it is, and the reason is
    told.

    Afterwards the series are held: no plan is applied to them until you edit them, or release them.

    It asks on a terminal, and needs --yes elsewhere. --dry-run lists each session that would be removed, cancelled
    (since somebody was told of it) or restored.
    """
    with desk.store(writes=not dry_run) as store:
        run = _run(store, run_id)
        if not dry_run:
            desk.agree(f"Undo run {run.id[:SHORT]} of {run.at:%Y-%m-%d %H:%M} UTC?", yes=yes)
        with desk.screen.working("Undoing") as on_progress:
            undone = undo_run(
                run.id, store, now=desk.now, notify=not no_notify, dry_run=dry_run, on_progress=on_progress
            )
    desk.screen.data(undone)
    if dry_run:
        desk.screen.say(str(undone).replace("Undone:", "Would undo:", 1))
        desk.screen.columns([(f"  {each.kind}", each.session_id) for each in undone.sessions])
        return 1 if undone.refused else 0
    desk.screen.say(str(undone))
    for series_id in undone.series[:MOST]:
        desk.screen.say(f"When {series_id} may be planned again: {desk.command('release', series_id, writes=True)}")
    if len(undone.series) > MOST:
        everything = desk.command("release", "--all", writes=True)
        desk.screen.say(f"… and {len(undone.series) - MOST:,} more. When all may be planned again: {everything}")
    return 1 if undone.refused else 0


def _run(store: Store, beginning: str) -> Run:
    if beginning == LAST:
        found = [run for run in store.runs(limit=1000) if run.standing][:1]
        if not found:
            raise CommandError("no run stands, so there is no last one", "`recurly-sessions runs` lists all of them")
    elif not beginning:
        raise CommandError("a run's id has at least one character", "`recurly-sessions runs` lists them")
    else:
        found = store.runs(beginning=beginning, limit=1000)
        found = [run for run in found if run.id == beginning] or found[:_MOST_NAMED]
    if not found:
        raise CommandError(f"no run {beginning!r}", "`recurly-sessions runs` lists them")
    if len(found) > 1:
        ids = ", ".join(run.id[: max(SHORT, len(beginning) + 4)] for run in found)
        raise CommandError(f"several runs begin with {beginning!r}: {ids}", "give more of the id")
    return found[0]


@click.command(
    "release",
    short_help="Let plans touch held series again.",
    epilog=examples("recurly-sessions release maths chess", "recurly-sessions release --all"),
)
@click.argument("series_ids", metavar="SERIES...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All series that are held.")
@at_desk(writes=True)
def release(desk: Desk, *, series_ids: tuple[str, ...], every: bool) -> None:
    """Let plans be applied again to series that are held since a run was undone."""
    if every == bool(series_ids):
        raise click.UsageError("name the series to release, or give --all")
    with desk.store(writes=True) as store:
        held = store.snapshot(series_ids or None, now=desk.now).held
        with desk.screen.working("Releasing") as on_progress:
            for (series_id,) in watched(([each] for each in held), "releasing", on_progress):
                release_series(series_id, store)
    others = [each for each in series_ids if each not in held]
    if held:
        desk.screen.say(f"Released: {some(held)}.")
    if others:
        desk.screen.say(f"Not held: {', '.join(others)}.")
    if every and not held:
        desk.screen.say("No series is held.")
    desk.screen.data({"released": held, "not_held": others})


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
        if getattr(sys.stdout, "name", None) == os.devnull:  # opened in place of one that was closed
            hint = "let it go to a file or to a program; `> /dev/null` takes what nobody is to see"
            raise CommandError("there's no output to write messages to, since it's closed", hint)
        delivered = deliver(store, printing, now=desk.now, limit=limit)
        waiting = store.waiting(now=desk.now)
        printing.end(delivered, waiting=waiting, later=store.waiting(now=desk.now + _LAST_TRY) - waiting)
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
        sys.stdout.write(f"to {role} {person} ({message.name}):\n{message.as_text()}\n\n")

    def end(self, delivered: Delivered, *, waiting: int, later: int) -> None:
        """Write what came of all, and how many messages wait, or will be tried again."""
        sys.stdout.write(f"{_summary(delivered, waiting, later)}\n")


class _PrintingJson(_Printing):
    """One that writes them as JSON, each as soon as it's there: a list in an object, which `end` closes."""

    def __init__(self) -> None:
        super().__init__()
        self._before = '{"messages": [\n'

    def _write(self, message: Message) -> None:
        plain = {**attrs.asdict(message, recurse=False), "text": message.as_text()}
        sys.stdout.write(self._before + json.dumps(as_data(plain), ensure_ascii=False))
        self._before = ",\n"

    def end(self, delivered: Delivered, *, waiting: int, later: int) -> None:
        begun = self._before if self._before.startswith("{") else "\n"
        rest = json.dumps({**attrs.asdict(delivered), "waiting": waiting, "later": later}, ensure_ascii=False)
        sys.stdout.write(f"{begun}], {rest.removeprefix('{')}\n")


def _summary(delivered: Delivered, waiting: int, later: int) -> str:
    parts = [f"Delivered: {delivered.arrived:,} messages."]
    if later:
        parts.append(f"{later:,} will be tried again later.")
    if delivered.given_up:
        parts.append(f"{delivered.given_up:,} given up.")
    if waiting:
        parts.append(f"{waiting:,} {'waits' if waiting == 1 else 'wait'}: run it again.")
    return " ".join(parts)
