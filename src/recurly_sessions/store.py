"""Store: the one port behind which schools and sessions are kept, and what passes through it.

No scheduling decision lives in a store. It keeps what it's given, reads it back whole and at one moment, and does what
a transaction says all at once or not at all. What an operation does to a store is in `recurly_sessions.operations`;
what any store must do is in `recurly_sessions.testing.StoreContract`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol

import attrs

from recurly_sessions.errors import InvalidValueError, StoreError
from recurly_sessions.planning.steps import Made
from recurly_sessions.values.actor import Actor
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.window import Window, to_edge

KEPT_JOB_RUNS: Final = 20  # however old they are
_SLACK: Final = timedelta(days=2)  # no zone's calendar is further from UTC's


class Recipient(NamedTuple):
    """Who is told: a tutor or a member, by id, or whoever runs the system."""

    role: str
    id: str


SYSTEM_RECIPIENT: Final = Recipient("system", "system")


class Told(NamedTuple):
    """One thing that somebody is told of a session: what happened, and the session's version since then.

    Of an issue, the kind is its code, the id is that of its series, and `words` are what it says.
    """

    kind: str
    session_id: str
    version: int
    words: str = ""


@attrs.frozen(kw_only=True)
class Notice:
    """What one recipient is told of what a run did to one series; `nth` counts the times that it did."""

    run_id: str
    series_id: str
    nth: int = 1
    recipient: Recipient
    told: tuple[Told, ...]


@attrs.frozen(kw_only=True)
class Digest:
    """Everything that one recipient is told of one run, to be delivered as one message.

    `key` is the same whenever it's delivered again, so that a receiver can drop a repeat; `attempt` counts from 1.
    """

    key: str
    recipient: Recipient
    run_id: str
    notices: tuple[Notice, ...]
    attempt: int


@attrs.frozen(kw_only=True)
class Entry:
    """What a run did to one series, to be compared and undone: the sessions that it made, and those that it changed.

    `nth` counts the times that the same run was done, since it may be done again once it was undone. `changed` are the
    sessions before and after. `activated` is whether a DRAFT series became ACTIVE. `kind` is what sort of run it was:
    "apply", "job", "generate", "fill-gaps", "migrate", "cancel", or a word of the host's own.
    """

    run_id: str
    series_id: str
    nth: int = 1
    kind: str = "apply"
    at: datetime
    actor: Actor
    made: Made | None = None
    changed: tuple[tuple[Session, Session], ...] = ()
    activated: bool = False
    undone_at: datetime | None = None
    undone_by: str | None = None


@attrs.frozen(kw_only=True)
class Run:
    """A run of which there are entries: when it was done last, to how many series, and in how many of them it stands.

    In the others it was undone. `kind` is that of its entries; if they have several, the last of these words.
    """

    id: str
    kind: str
    at: datetime
    series: int
    standing: int


class Pruned(NamedTuple):
    """How much was forgotten: entries of the journal, notices that arrived or were given up, runs of the job.

    `waiting` are the runs that are as old and stay, since somebody is still to be told of them.
    """

    entries: int = 0
    notices: int = 0
    job_runs: int = 0
    waiting: int = 0


class Standing(NamedTuple):
    """How a live series stands: what `Snapshot.revisions` says of it, and the run whose undoing holds it."""

    revision: str
    held_by: str | None


class Tallied(NamedTuple):
    """How many sessions there are of one origin and status."""

    origin: Origin
    status: SessionStatus
    sessions: int


@attrs.frozen(kw_only=True)
class Round:
    """Which series a run of the job has to visit: those that aren't as a visit left them, or all.

    `now` is the run's, `basis` what else a plan depends on: the world's timezones, and how plans are made. `turn` says
    whose turn it is: "first" that of all but those that the run has put last; "last" theirs, and that of those that
    were left with a state of all series which isn't the state any more; "any" that of all of these.
    """

    run_id: str
    now: datetime
    basis: str
    full: bool = False
    turn: Literal["first", "last", "any"] = "first"


class Footing(NamedTuple):
    """What a series stands on when its turn comes: its revision, that of what all share, the number of its sessions.

    `told` are the issues that somebody was told of when it was visited before.
    """

    revision: str
    shared: str
    sessions: int
    told: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Visit:
    """How a run left a series, to see whether anything has changed since.

    Until `due_at` time alone changes nothing. `school` is the state of all series, for one that reacts to others; None
    for one that doesn't. `told` are the issues that somebody was told of.
    """

    series_id: str
    run_id: str
    at: datetime
    due_at: datetime
    basis: str
    revision: str
    sessions: int
    school: str | None = None
    told: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class JobRun:
    """A run of the job: its own `now`, and what all series shared when it began (a school without series).

    What they shared is told to who begins the run or goes on with it; elsewhere `school` is empty.
    `active` is how many series were ACTIVE then, `full` whether it visits all of them. `attempt` counts the calls that
    work on it. `outcome` is None while nothing is known of how it ended. `told` are the issues with what all share that
    somebody was told of, by this run or one before.
    """

    id: str
    now: datetime
    school: School
    revision: str
    active: int
    full: bool = False
    attempt: int = 1
    outcome: str | None = None
    finished_at: datetime | None = None
    counts: tuple[tuple[str, int], ...] = ()
    told: tuple[str, ...] = ()


def added(counts: Iterable[tuple[str, int]], more: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts by name, with more of them."""
    summed = dict(counts)
    for name, count in more.items():
        summed[name] = summed.get(name, 0) + count
    return tuple(sorted(summed.items()))


def digest_of(notices: Sequence[Notice], *, attempt: int) -> Digest:
    """What one recipient is told of one run, in one message: notices that are claimed together once stay together."""
    run_id, recipient = notices[0].run_id, notices[0].recipient
    ordered = tuple(sorted(notices, key=lambda each: (each.series_id, each.nth)))
    parts = [run_id, *recipient, *(f"{each.series_id}#{each.nth}" for each in ordered)]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Digest(key=key, recipient=recipient, run_id=run_id, notices=ordered, attempt=attempt)


class Transaction(Protocol):
    """Reading and writing some series that nobody else writes meanwhile: everything, or nothing."""

    def snapshot(self, series_ids: Iterable[str], *, now: datetime) -> Snapshot:
        """Read what `Store.snapshot` reads."""
        ...

    def sessions(self, ids: Iterable[str]) -> Mapping[str, Session]:
        """Read some sessions, by id; those that aren't there are left out."""
        ...

    def to_come(self, *series_ids: str, now: datetime) -> list[Session]:
        """Read the sessions of some series that start after a moment."""
        ...

    def standing(self, *series_ids: str) -> Mapping[str, Standing]:
        """How each of some series stands now; those that aren't live are left out."""
        ...

    def save_series(self, series: Series) -> None:
        """Keep a series, new or changed; one that is changed is no longer held."""
        ...

    def insert(self, *made: Made) -> frozenset[str]:
        """Write new sessions; the ids of those whose id or identity is taken, which are left as they are."""
        ...

    def replace(self, changed: Sequence[tuple[Session, Session]]) -> frozenset[str]:
        """Write sessions (before, after) whose version is still that before; the ids of the others.

        The version after must be a later one, else an `InvalidValueError` says so.
        """
        ...

    def delete(self, sessions: Sequence[Session]) -> frozenset[str]:
        """Remove sessions whose version is still the same; the ids of the others."""
        ...

    def hold(self, *series_ids: str, run_id: str | None) -> None:
        """Hold some series after a run was undone, or release them."""
        ...

    def entries(self, run_id: str, *series_ids: str) -> list[Entry]:
        """What a run did to some series, by series and order."""
        ...

    def record(self, *entries: Entry) -> None:
        """Keep what a run did, or that it was undone."""
        ...

    def footing(self, wanted: Round, *series_ids: str) -> Mapping[str, Footing]:
        """What those of some series stand on that `Store.to_visit` would name, now that nobody else writes them."""
        ...

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """See `Store.sharing`."""
        ...

    def state(self) -> str:
        """The state of all series: another one whenever one of them, or a session, or what all share has changed."""
        ...

    def put_last(self, wanted: Round, *series_ids: str) -> None:
        """Leave some series to the end of a run, whoever goes on with it."""
        ...

    def visited(self, *some: Visit) -> None:
        """Keep how series were left, and how often their sessions were written until now."""
        ...

    def tell(self, notices: Iterable[Notice]) -> None:
        """Keep what people are to be told; what is kept already stays as it is."""
        ...

    def told(self, *series_ids: str) -> list[Notice]:
        """What somebody was told of some series, or may have been, by any run; nobody is told more meanwhile."""
        ...

    def take_back(self, *entries: Entry) -> None:
        """Forget what nobody was told yet because of what a run did."""
        ...

    def archive(self, series_id: str, *, at: datetime) -> None:
        """Take a series out of what is live, with its members; its sessions stay."""
        ...


class Store(Protocol):
    """Where a school and its sessions are kept."""

    def save(self, school: School) -> None:
        """Keep a whole school; series that aren't in it are gone, their sessions stay.

        A series that is changed by that is no longer held.
        """
        ...

    def school(self) -> School:
        """Read the whole school."""
        ...

    def snapshot(self, series_ids: Iterable[str] | None = None, *, now: datetime | str) -> Snapshot:
        """Read a school and the sessions that can matter at a moment, all at once.

        Of some series alone, the snapshot also has what shares a tutor, a member or a room with them.
        """
        ...

    def series_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the live series by id."""
        ...

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The other live series that name a tutor, an active member or a room that some of these name, too."""
        ...

    def sessions_of(self, series_id: str) -> list[Session]:
        """Read all sessions of a series, live, archived or gone, by start and then id."""
        ...

    def tally(self, window: Window) -> list[Tallied]:
        """Count the sessions that start in a window, of series live, archived or gone, by origin and then status.

        Of what there is none, nothing is said.
        """
        ...

    def archived(self, series_id: str) -> Series:
        """Read a series that was archived."""
        ...

    def archived_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the archived series by id."""
        ...

    def entries(self, run_id: str) -> list[Entry]:
        """What a run did, by series and order."""
        ...

    def runs(self, *, beginning: str = "", limit: int = 100) -> list[Run]:
        """List the runs whose ids begin with some characters, the latest first.

        Of the same moment it's the one of which an entry was written last, but for writing that it was undone.
        """
        ...

    def series_of(self, run_id: str, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the series to which a run did something, by id."""
        ...

    def transaction(self, *series_ids: str) -> AbstractContextManager[Transaction]:
        """Lock some series, live or not, and write them all at once when the block ends well.

        To write another series is refused with an `InvalidValueError`. What was written is read in the block, through
        the transaction: to use the store itself there, in the same thread, is refused with a `StoreError`.
        """
        ...

    def to_visit(self, wanted: Round, *, after: str = "", limit: int = 100) -> list[str]:
        """Walk the ACTIVE series that a run has to visit, by id.

        None once the run is finished, or another one was begun. Not those that it has visited, nor those whose turn it
        isn't. Of the others, those that aren't as their last visit left them, in any of: the
        basis, the revision, the writes and the number of their sessions, and the state of all series if it was kept;
        and those for which `now` is before the visit, or not before its `due_at`. With `full`, all others.
        """
        ...

    def begin_job(self, *, now: datetime, young: timedelta, full: bool = False) -> JobRun:
        """Begin a run, or go on with the last one: if it isn't finished, and its `now` is less than `young` away.

        A run keeps what all series share as it was when it began, and whether it's `full`. What the last run has told
        of counts as told. A tutor who can't be read is left out of what all share, and the run's `revision` is then
        one that no series stands on. A run of which nobody knows any more what all shared isn't gone on with.
        """
        ...

    def end_job(
        self,
        run_id: str,
        *,
        outcome: str | None,
        at: datetime | None,
        counts: Mapping[str, int],
        told: Sequence[str] | None = None,
    ) -> JobRun:
        """Keep how a run ended, for good if it was finished `at` some time; counts are added to those before.

        Of one that was finished already, only the counts are. None is for what stays as it is. The run is returned
        without what all series shared.
        """
        ...

    def job_runs(self, *, limit: int = 20) -> list[JobRun]:
        """Read the last runs, the latest first, without what all series shared."""
        ...

    def prune(self, *, before: datetime, dry_run: bool = False) -> Pruned:
        """Forget what was done before a moment, or with `dry_run` only say how much that is.

        A run whose last entry is older, with all its notices; but if one of these neither arrived nor was given up
        before that moment, the entries stay. Notices of runs that have no entries, if they arrived or were given up
        before it. Runs of the job whose `now` is older, but for the last `KEPT_JOB_RUNS`.
        """
        ...

    def claim(self, *, now: datetime, until: datetime, limit: int = 100) -> list[Digest]:
        """Take digests that are due, for nobody else to take before `until`, the oldest first.

        What was claimed together is claimed together again, with the same key.
        """
        ...

    def waiting(self, *, now: datetime) -> int:
        """How many digests are due, and nobody has taken."""
        ...

    def delivered(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest was delivered."""
        ...

    def put_off(self, digest: Digest, *, until: datetime) -> None:
        """Keep that a digest couldn't be delivered: it's due again then.

        One that another worker has delivered meanwhile stays so.
        """
        ...

    def give_up(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest couldn't be delivered, and is never due again.

        One that another worker has delivered meanwhile stays so.
        """
        ...


def to_moment(now: datetime | str) -> datetime:
    """The moment of a snapshot."""
    try:
        return to_edge(now)
    except InvalidValueError as error:
        raise error.at("Store.snapshot: now") from None


def not_locked(series_id: str) -> InvalidValueError:
    """The error of a transaction that is to write a series that it hasn't locked."""
    return InvalidValueError("Store.transaction", "must be told of every series that it writes", series_id)


def check_replaced(changed: Iterable[tuple[Session, Session]]) -> None:
    """Refuse pairs (before, after) whose version doesn't say that somebody has written since."""
    for before, after in changed:
        if (after.id, after.series_id) != (before.id, before.series_id):
            rule = f"must leave the id and the series of {before.id} as they are"
            raise InvalidValueError("Transaction.replace", rule, after.id)
        if after.version <= before.version:
            rule = f"must give {before.id} a later version than {before.version}"
            hint = f"attrs.evolve(session, …, version={before.version + 1}), or edit_session(), which does so"
            raise InvalidValueError("Transaction.replace", rule, after.version, hint)


def within_another() -> StoreError:
    """The error of a store that is used, inside a transaction of its own, for something else."""
    what = "the store is used inside a transaction of its own, which would wait for itself"
    return StoreError(what, "ask the transaction that is open, or end it first")


def can_matter(session: Session, series: Series | None, now: datetime) -> bool:
    """Whether a plan may need to know a session: it isn't over, was promised for a day to come, or its package isn't.

    A store may ask its database for more, and must not ask for less.
    """
    since = days_that_matter(now)
    if session.ends_at > now or (session.occurs_on is not None and session.occurs_on >= since):
        return True
    live = () if series is None else (package for package in series.packages if package.ends_on >= since)
    return any(
        session.package_id == package.id
        or (session.occurs_on is not None and package.starts_on <= session.occurs_on <= package.ends_on)
        for package in live
    )


def days_that_matter(now: datetime) -> date:
    """The first day that isn't over in every zone."""
    return (now.astimezone(UTC) - _SLACK).date()


@attrs.frozen
class Shared:
    """The tutors, members and rooms of some series, for whose sake other series' sessions can matter."""

    tutor_ids: frozenset[str]
    member_ids: frozenset[str]
    room_ids: frozenset[str]

    def by(self, session: Session, series: Series | None) -> bool:
        """Whether a session of another series has any of them."""
        room_id = session.room_id or (None if series is None else series.room_id)
        members = () if series is None else (member.id for member in series.members or ())
        return session.tutor_id in self.tutor_ids or room_id in self.room_ids or not self.member_ids.isdisjoint(members)


def shared_of(series: Iterable[Series], sessions: Iterable[Session]) -> Shared:
    """The tutors, members and rooms of some series and of their sessions."""
    tutor_ids, room_ids, member_ids = set[str | None](), set[str | None](), set[str]()
    for each in series:
        tutor_ids.update(assignment.tutor_id for assignment in each.assignments)
        room_ids.update((each.room_id, *(slot.room_id for slot in each.slots)))
        member_ids.update(member.id for member in each.members or ())
    for session in sessions:
        tutor_ids.add(session.tutor_id)
        room_ids.add(session.room_id)
    return Shared(_known(tutor_ids), frozenset(member_ids), _known(room_ids))


def tutors_named(series: Iterable[Series], sessions: Iterable[Session]) -> frozenset[str]:
    """The tutors whom some series and sessions name."""
    named: set[str | None] = {assignment.tutor_id for each in series for assignment in each.assignments}
    return _known(named.union(session.tutor_id for session in sessions))


def _known(ids: Iterable[str | None]) -> frozenset[str]:
    return frozenset(each for each in ids if each is not None)
