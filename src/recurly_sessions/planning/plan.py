"""A school and what exists to the plan: what should change, and why.

How it works. Each series says what it wants (`desired`) and is put together with its stored sessions (`settle`). Then
all of them are looked at for conflicts at once (`reactions`), and each becomes its changes (`changes`). A series that
can't be planned is told of and left alone.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.errors import InvalidValueError, RuleReachError, UnknownNameError
from recurly_sessions.fields import as_short_text, items, items_of, refuse
from recurly_sessions.planning import saved
from recurly_sessions.planning.brake import brakes
from recurly_sessions.planning.changes import changes_of_series
from recurly_sessions.planning.check import check_planned
from recurly_sessions.planning.choices import Choices
from recurly_sessions.planning.conflicts import OFF
from recurly_sessions.planning.desired import Request, desire
from recurly_sessions.planning.explain import Known, explain
from recurly_sessions.planning.parties import OneOf, parties_of
from recurly_sessions.planning.reactions import react, reacts
from recurly_sessions.planning.settle import Settled, by_series, leave_out_taken, settle
from recurly_sessions.planning.stale import changed_since
from recurly_sessions.planning.steps import Steps
from recurly_sessions.render import calendar, entries, sheet, text
from recurly_sessions.time.zones import tzdata_version
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import Booking, School, Snapshot, to_tutors
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Session
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Days, Window, to_edge

T = TypeVar("T")
Planned: TypeAlias = "Series | Iterable[Series] | School | Snapshot"

_MOST_ROWS: Final = 500
_FAR: Final = 12  # years: a plan looks ten years ahead at most
_CLOCK_CHANGES: Final = timedelta(hours=3)  # by which a lesson may be longer than its slot says


def plan_sessions(
    what: Planned,
    *,
    now: datetime | str,
    window: Window | Days | None = None,
    existing: Iterable[Session] = (),
    tutors: Iterable[Tutor | str] | None = None,
    bookings: Iterable[Booking] = (),
    only: Iterable[str] | None = None,
) -> Plan:
    """Say what should change on the calendar, and why; nothing is done.

    `what` is a series or some, a school, or a snapshot, which has the `existing` sessions and `bookings` already. Of a
    school those series are planned that are ACTIVE and generate by themselves; `only` names some, and takes the others
    as they are, but where some react to these, as they should be. Without a window each series' own `weeks_ahead` say
    how far to make sessions.

    >>> from recurly_sessions import Slot
    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> maths = Series("maths", timezone="Europe/Paris", starts_on="2026-09-07", slots=[slot])
    >>> plan = plan_sessions(maths, now="2026-09-01T08:00Z")
    >>> plan.summary()
    'Plan: 4 to create.'
    >>> again = plan_sessions(maths, now="2026-09-01T08:00Z", existing=[change.after for change in plan.changes])
    >>> bool(again)
    False
    """
    at = _located("now", lambda: to_edge(now))
    if window is not None and not isinstance(window, (Window, Days)):
        raise InvalidValueError("plan_sessions: window", "must be a Window or Days", window)
    snapshot = _snapshot(what, at, existing, tutors, bookings)
    by_name = isinstance(what, Series) or not isinstance(what, (School, Snapshot))
    wanted = _wanted(snapshot, only, by_name=by_name)
    return _Planning(snapshot, at, window, wanted).plan()


def _located(name: str, convert: Callable[[], T]) -> T:
    try:
        return convert()
    except InvalidValueError as error:
        raise error.at(f"plan_sessions: {name}") from None


def _snapshot(
    what: Planned,
    now: datetime,
    existing: Iterable[Session],
    tutors: Iterable[Tutor | str] | None,
    bookings: Iterable[Booking],
) -> Snapshot:
    """Everything that is known, as one snapshot."""
    teachers = _located("tutors", lambda: None if tutors is None else to_tutors(tutors))
    if isinstance(what, Snapshot):
        snapshot = what
    else:
        school = what if isinstance(what, School) else _located("what", lambda: School(_series(what)))
        snapshot = Snapshot(school=school, read_at=now)
    given = _located("existing", lambda: items(existing))
    if given:
        sessions = (*snapshot.sessions, *given) if snapshot.sessions else given
        snapshot = _located("existing", lambda: attrs.evolve(snapshot, sessions=sessions))
    busy = _located("bookings", lambda: items(bookings))
    if busy:
        others = (*snapshot.bookings, *busy)
        snapshot = _located("bookings", lambda: attrs.evolve(snapshot, bookings=others))
    if teachers is None:
        return snapshot
    return attrs.evolve(snapshot, school=attrs.evolve(snapshot.school, tutors=teachers))


def _series(what: Series | Iterable[Series]) -> tuple[Series, ...]:
    if isinstance(what, Series):
        return (what,)
    if isinstance(what, (str, bytes, dict)) or not isinstance(what, Iterable):
        raise refuse("must be a Series, some Series, a School or a Snapshot", what)
    return items_of(what, Series)


def _wanted(snapshot: Snapshot, only: Iterable[str] | None, *, by_name: bool) -> frozenset[str]:
    """The ids of the series to plan, of those that haven't ended."""
    school = snapshot.school
    known = {series.id: series for series in school.series}
    if only is not None:
        names = _located("only", lambda: items_of(only, str))
        for name in names:
            if name not in known:
                raise UnknownNameError("series", name, tuple(known))
        held = frozenset(snapshot.held)
        return frozenset(name for name in names if known[name].status is not SeriesStatus.ENDED and name not in held)
    asked_for = frozenset(known if snapshot.only is None else snapshot.only).difference(snapshot.held)
    statuses = {SeriesStatus.ACTIVE, SeriesStatus.DRAFT} if by_name else {SeriesStatus.ACTIVE}
    return frozenset(
        each.id
        for each in known.values()
        if each.id in asked_for and each.status in statuses and (by_name or _generates(school, each))
    )


def _generates(school: School, series: Series) -> bool:
    """What the uppermost layer says that says anything; all rules at once would take a while for each series."""
    layers = (series.config, school.branch(series.branch_id), school.base)
    said = (layer.auto_generate for layer in layers if layer is not None and layer.auto_generate is not None)
    return next(said, True)


class _Planning:
    """One plan being made."""

    def __init__(self, snapshot: Snapshot, now: datetime, window: Window | Days | None, wanted: frozenset[str]) -> None:
        self._snapshot = snapshot
        self._now = now
        self._window = window
        self._wanted = wanted
        self._stored = dict(by_series(snapshot.sessions))
        self._left: list[Session] = []
        self._issues: list[Issue] = []
        self._configs: dict[object, ResolvedConfig] = {}

    def plan(self) -> Plan:
        """Make it."""
        snapshot = self._snapshot
        settled = self._settled(self._wanted)
        planned = {each.desired.series.id for each in settled}
        beside = self._beside(settled)
        entered = planned.union(each.desired.series.id for each in beside)
        elsewhere = (sessions for series_id, sessions in self._stored.items() if series_id not in entered)
        context = [each for each in chain.from_iterable(elsewhere) if each.status not in OFF]
        context += self._left
        found = react(settled, context, snapshot.bookings, beside=beside, school=snapshot.school, now=self._now)
        steps: list[Steps] = []
        kept: list[tuple[str, str]] = []
        for each, reactions in zip(settled, found.reactions, strict=True):
            outcome = changes_of_series(each, self._stored.get(each.desired.series.id, []), reactions)
            steps.append(outcome.steps)
            self._issues += outcome.issues
            kept += sorted(outcome.kept.items())
        self._issues += self._unknown_series()
        self._issues += [_held(series_id) for series_id in snapshot.held if series_id not in planned]
        configs = {each.desired.series.id: each.desired.config for each in settled}
        to_come = (each for each in snapshot.sessions if each.is_open and each.starts_at > self._now)
        others = (change for each in steps for change in each.others)
        self._issues += brakes(others, to_come, snapshot.school, configs)
        return Plan(
            now=self._now,
            window=self._window,
            snapshot=snapshot,
            planned=tuple(sorted(planned)),
            steps=tuple(steps),
            conflicts=found.conflicts,
            issues=tuple(_each_once(self._issues)),
            stand_ins=tuple(
                sorted(
                    (each.desired.ids[place], session.id)
                    for each in settled
                    for place, session in each.stood_in.items()
                    if place not in each.desired.outside
                )
            ),
            kept=tuple(kept),
            tzdata=tzdata_version(),
        )

    @functools.cached_property
    def _taken(self) -> frozenset[str]:
        return frozenset(map(attrgetter("id"), self._snapshot.sessions))

    def _beside(self, settled: Sequence[Settled]) -> list[Settled]:
        """The calendars of series that aren't planned now, and that those which react give way to or go before.

        As they should be, and not as they are: so a series reacts as it does in a plan of all, in whatever order they
        are planned. Of a series that isn't known as a whole, or isn't planned at all, the sessions stand as they are.
        """
        mine = [each.desired.series for each in settled if reacts(each.desired.config)]
        parties = frozenset(chain.from_iterable(map(self._parties, mine)))
        snapshot, known = self._snapshot, self._snapshot.school
        whole = frozenset(snapshot.only if snapshot.only is not None else (each.id for each in known.series))
        others = whole.difference(self._wanted, snapshot.held) if mine else frozenset()
        shares = {
            each.id
            for each in known.series
            if each.id in others and each.status is SeriesStatus.ACTIVE and _generates(known, each)
            if not parties.isdisjoint(self._parties(each))
        }
        if not shares:
            return []
        issues = list(self._issues)
        beside = self._settled(shares, also=mine)
        self._issues = issues
        return beside

    def _parties(self, series: Series) -> frozenset[OneOf]:
        return parties_of(series, self._stored.get(series.id, ()))

    def _settled(self, wanted: AbstractSet[str], *, also: Iterable[Series] = ()) -> list[Settled]:
        """The calendars of some series, in order of their ids, before any reaction; `also` are others they meet."""
        school = self._snapshot.school
        series = sorted((each for each in school.series if each.id in wanted), key=attrgetter("id"))
        tutors = None if school.tutors is None else {tutor.id: tutor for tutor in school.tutors}
        lengths = (timing.length for each in (*series, *also) for slot in each.slots for timing in slot.timings)
        margin = max(lengths, default=timedelta(0)) + _CLOCK_CHANGES
        request = Request(now=self._now, window=self._window, tutors=tutors, margin=margin)
        return [settled for each in series if (settled := self._settle(each, request)) is not None]

    def _settle(self, series: Series, request: Request) -> Settled | None:
        """The calendar of one series, without slots whose rules can't be followed; None if it can't be planned."""
        stored = self._stored.get(series.id, [])
        try:
            config = self._config(series)
            desired = desire(series, config, request, stored)
            issues = check_planned(desired, request.tutors)
            settled = settle(desired, stored, self._now)
            if not settled.is_as_wanted:
                leave_out_taken(settled, self._taken)
        except (RuleReachError, OverflowError) as error:
            far = _too_far(stored, self._now)
            if far:
                self._issues += [_out_of_reach(session) for session in far]
                self._stored[series.id] = [session for session in stored if session not in far]
                self._left += far
                return self._settle(series, request)
            bad = [slot for slot in series.slots if f"{series.id}/{slot.id}" == getattr(error, "slot", "")]
            if not bad:
                self._issues.append(_failed(series, error))
                return None
            self._issues.append(_slot_failed(series, bad[0], error))
            self._leave_slot(series, bad[0])
            return self._settle(_without(series, bad[0]), request)
        except Exception as error:  # noqa: BLE001 - a host's pattern may raise anything, and the others must go on
            self._issues.append(_failed(series, error))
            return None
        self._issues += issues
        return settled

    def _leave_slot(self, series: Series, slot: Slot) -> None:
        """Take the sessions of a slot that can't be planned as they are."""
        stored = self._stored.get(series.id, [])
        self._stored[series.id] = [session for session in stored if session.slot_id != slot.id]
        self._left += [session for session in stored if session.slot_id == slot.id and session.status not in OFF]

    def _config(self, series: Series) -> ResolvedConfig:
        """The rules of a series; those of like series are laid over each other once."""
        key = (series.branch_id, series.config, series.timezone)
        known = self._configs.get(key)
        if known is None:
            known = config_for(self._snapshot.school, series)
            if not known.issues:
                self._configs[key] = known
        return known

    def _unknown_series(self) -> list[Issue]:
        known = {series.id for series in self._snapshot.school.series}
        return [
            _of_unknown_series(series_id, sessions)
            for series_id, sessions in sorted(self._stored.items())
            if series_id not in known
        ]


def _each_once(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Issues, of which those of rules that several series share are told once, as of none of them."""
    given = list(issues)
    shared = Counter(attrs.evolve(issue, series_id=None) for issue in given if issue.code.startswith("config-"))
    told = (attrs.evolve(issue, series_id=None) for issue in given)
    return iter(dict.fromkeys(one if shared[one] > 1 else issue for one, issue in zip(told, given, strict=True)))


def _failed(series: Series, error: Exception) -> Issue:
    reason = as_short_text(_words(error)) or type(error).__name__
    message = f"series {series.id} can't be planned, so it stays as it is: {reason}"
    details = {"error": type(error).__name__}
    return Issue("series-failed", series_id=series.id, message=message, audience=Audience.ADMIN, details=details)


def _held(series_id: str) -> Issue:
    message = f"series {series_id} is held since a run was undone, so it stays as it is: edit it, or release it"
    return Issue("held", series_id=series_id, message=message, audience=Audience.ADMIN)


def _slot_failed(series: Series, slot: Slot, error: Exception) -> Issue:
    message = f"slot {slot.id} is left out, and its sessions stay as they are: {error}"
    details = {"slot_id": slot.id}
    return Issue("slot-failed", series_id=series.id, message=message, audience=Audience.ADMIN, details=details)


def _too_far(sessions: Sequence[Session], now: datetime) -> list[Session]:
    """The sessions that a plan may touch, but so far off that no rule is followed there."""
    last = now.year + _FAR
    return [each for each in sessions if each.occurs_on and each.occurs_on.year > last and each.may_follow(now)]


def _out_of_reach(session: Session) -> Issue:
    message = f"{session.id} was due on {session.occurs_on}, further off than rules are followed, so it stays as it is"
    details = {"session_id": session.id}
    return Issue("out-of-reach", series_id=session.series_id, message=message, audience=Audience.ADMIN, details=details)


def _without(series: Series, slot: Slot) -> Series:
    """The series without one of its slots, and without what names it."""
    return attrs.evolve(
        series,
        slots=[each for each in series.slots if each.id != slot.id],
        assignments=[each for each in series.assignments if each.slot_id != slot.id],
        cancellations=[each for each in series.cancellations if each.slot_id != slot.id],
    )


def _words(error: Exception) -> str:
    """What an error says, if it can say anything."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a stranger's error may raise anything, and the others must go on
        return ""


def _of_unknown_series(series_id: str, sessions: Sequence[Session]) -> Issue:
    ids = sorted(session.id for session in sessions)
    many = f", and {len(ids) - 3} more" if len(ids) > 3 else ""
    message = f"the series {series_id} of {', '.join(ids[:3])}{many} is not known; its sessions stay as they are"
    details = {"sessions": len(ids)}
    return Issue("unknown-series", series_id=series_id, message=message, audience=Audience.ADMIN, details=details)


@attrs.frozen(kw_only=True, repr=False, eq=False, slots=False)
class Plan:
    """The difference between what should be on the calendar and what is: changes, each with its reason.

    `snapshot` is what it was made from, and `steps` what it does to each series. `stand_ins` are pairs of an occurrence
    that isn't made and the session that stands in for it; `kept` are pairs of a session and why it doesn't follow its
    slot; `left_out` are the sessions that should change but don't in this plan.
    """

    now: datetime
    window: Window | Days | None = None
    snapshot: Snapshot
    planned: tuple[str, ...] = ()
    steps: tuple[Steps, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    issues: tuple[Issue, ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    tzdata: str = ""

    @property
    def school(self) -> School:
        """The school for which it was made."""
        return self.snapshot.school

    @functools.cached_property
    def changes(self) -> tuple[Change, ...]:
        """Everything that it does, by series, then start and id; built when it's asked for."""
        return tuple(change for steps in self.steps for change in steps.changes())

    @property
    def creates(self) -> tuple[Change, ...]:
        """The sessions to make."""
        return self._of(ChangeKind.CREATE)

    @property
    def updates(self) -> tuple[Change, ...]:
        """The sessions to change."""
        return self._of(ChangeKind.UPDATE)

    @property
    def cancels(self) -> tuple[Change, ...]:
        """The sessions to call off."""
        return self._of(ChangeKind.CANCEL)

    @property
    def reinstates(self) -> tuple[Change, ...]:
        """The sessions to bring back."""
        return self._of(ChangeKind.REINSTATE)

    @functools.cached_property
    def unchanged(self) -> tuple[Session, ...]:
        """The sessions of the planned series that stay as they are, by start and then id."""
        changed = {*self.left_out, *(change.id for change in self.changes)}
        planned = frozenset(self.planned)
        same = (each for each in self.snapshot.sessions if each.series_id in planned and each.id not in changed)
        return tuple(sorted(same, key=attrgetter("starts_at", "id")))

    @functools.cached_property
    def id(self) -> str:
        """A fingerprint of what it would do: the same for the same plan, everywhere."""
        return saved.fingerprint({name: getattr(self, name) for name in _PARTS}, self.steps)

    @property
    def braked(self) -> bool:
        """Whether it would cancel or move more than `max_changes` allows."""
        return any(issue.code == "brake" for issue in self.issues)

    def __bool__(self) -> bool:
        return any(map(len, self.steps))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self.id)

    def _of(self, kind: ChangeKind) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind is kind)

    def creates_only(self) -> Plan:
        """The plan with nothing but the sessions to make: what exists stays untouched."""
        others = tuple(change.id for change in self.changes if change.kind is not ChangeKind.CREATE)
        issues = tuple(issue for issue in self.issues if issue.code != "brake")
        steps = tuple(each.creates_only() for each in self.steps)
        return attrs.evolve(self, steps=steps, issues=issues, left_out=(*self.left_out, *others))

    @property
    def sessions_after(self) -> tuple[Session, ...]:
        """All sessions as they are once the plan is applied, by start and then id."""
        after = {session.id: session for session in self.snapshot.sessions}
        after.update((change.id, change.after) for change in self.changes)
        return tuple(sorted(after.values(), key=attrgetter("starts_at", "id")))

    def summary(self) -> str:
        """The plan in one line."""
        return text.summary(
            self.changes,
            unchanged=len(self.unchanged),
            conflicts=len(self.conflicts),
            issues=len(self.issues),
            left_out=len(self.left_out),
        )

    def explain(self, session_id: str) -> str:
        """Tell the whole story of one session: its date, clock, turn, price, conflicts, and what a person set."""
        return explain(
            session_id,
            Known(
                now=self.now,
                window=self.window,
                snapshot=self.snapshot,
                planned=self.planned,
                changes=self.changes,
                conflicts=self.conflicts,
                stand_ins=self.stand_ins,
                kept=self.kept,
            ),
        )

    def as_text(self, *, color: bool = False) -> str:
        """The whole plan to be read, as `str(plan)`; in color for a terminal."""
        return text.as_text(
            self.changes,
            school=self.school,
            unchanged=len(self.unchanged),
            conflicts=self.conflicts,
            issues=self.issues,
            stand_ins=self.stand_ins,
            left_out=len(self.left_out),
            sessions=self.sessions_after if self.conflicts else (),
            color=color,
        )

    def __str__(self) -> str:
        return self.as_text()

    def __repr__(self) -> str:
        return f"<Plan {self.id[:12]}: {self.summary()}>"

    def as_html(self, *, title: str = "Plan", timezone: str | None = None, page: bool = True) -> str:
        """The plan as a calendar in HTML that loads nothing from elsewhere, on each series' own clock or on one."""
        shown = entries.entries_of(self.changes, self.unchanged, self.conflicts, school=self.school)
        summary = self.summary()
        return calendar.as_html(
            shown,
            title=title,
            summary=summary,
            now=self.now,
            timezone=timezone,
            issues=self.issues,
            conflicts=self.conflicts,
            page=page,
        )

    def _repr_html_(self) -> str:
        return self.as_html(page=False)

    def conflict_sheet(self) -> list[sheet.Row]:
        """The conflicts of the whole horizon by date, each with what can be done about it."""
        return self._sheet(self.conflicts)

    def _sheet(self, conflicts: Sequence[Conflict]) -> list[sheet.Row]:
        sessions = self.sessions_after
        choices = Choices(sessions, self.snapshot.bookings, self.school)
        known = {session.id: session for session in sessions}
        return sheet.sheet(conflicts, sessions=known, school=self.school, choices=choices.of)

    def conflict_table(self, *, color: bool = False) -> str:
        """The conflict sheet as a table to be read: its first five hundred rows."""
        table = sheet.as_table(self._sheet(self.conflicts[:_MOST_ROWS]), color=color)
        more = len(self.conflicts) - _MOST_ROWS
        return f"{table}\n… and {more:,} more; see conflict_sheet()" if more > 0 else table

    def changed_since(self, snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
        """What has changed since the plan was made, by series: an empty dict means that it's as fresh as it was."""
        if not isinstance(snapshot, Snapshot):
            raise InvalidValueError("Plan.changed_since", "must be given a Snapshot", snapshot)
        return changed_since(self.snapshot, snapshot, self.planned, now=self.now)

    def to_json(self) -> str:
        """Write the plan with everything that it was made from, to be read, explained or applied elsewhere."""
        return saved.to_json(self._parts())

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a plan that `to_json` wrote; one that was changed since is refused."""
        parts = saved.from_json(text)
        steps = _as_steps(parts.pop("changes"))
        return cls(**parts, steps=steps)

    def _parts(self) -> Mapping[str, Any]:
        return {"changes": self.changes, **{name: getattr(self, name) for name in _PARTS}}


_PARTS: Final = tuple(field.name for field in attrs.fields(Plan) if field.name != "steps")


def _as_steps(changes: Iterable[Change]) -> tuple[Steps, ...]:
    """Changes that are built, series by series."""
    return tuple(Steps(others=tuple(same)) for _, same in groupby(changes, key=attrgetter("series_id")))
