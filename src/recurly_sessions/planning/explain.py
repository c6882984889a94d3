"""A session of a plan to its whole story in words, by the code that decided: the same steps, for its series alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

import attrs

from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import day_name, days_text
from recurly_sessions.planning.desired import Desired, Request, desire
from recurly_sessions.planning.diff import kept_fields
from recurly_sessions.render.words import clock, local, safe
from recurly_sessions.time.zones import tzdata_version
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import RULES, Conflict
from recurly_sessions.values.occurrence import Identity
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Days, Window

_LONGEST: Final = 2_000


@attrs.frozen(kw_only=True)
class Known:
    """What a plan knows of all sessions, of which one is to be explained."""

    now: datetime
    window: Window | Days | None
    snapshot: Snapshot
    planned: tuple[str, ...]
    changes: Sequence[Change]
    conflicts: Sequence[Conflict]
    stand_ins: Sequence[tuple[str, str]]
    kept: Sequence[tuple[str, str]]


def explain(session_id: str, known: Known) -> str:
    """Tell where a session comes from, what becomes of it, and why, a line for each reason."""
    change = next((each for each in known.changes if each.id == session_id), None)
    stored = next((each for each in known.snapshot.sessions if each.id == session_id), None)
    session = change.after if change is not None else stored
    identity = session.identity if session is not None else _identity(session_id)
    if session is None and identity is None:
        raise UnknownNameError("session", session_id)
    story = _Story(known, session_id, session, identity)
    lines = [("", story.heading()), *story.plan(change, stored), *story.reasons(change), *story.conflicts()]
    width = max(len(topic) for topic, _ in lines)
    return "\n".join(
        f"  {topic:{width}}  {safe(text, _LONGEST)}" if topic else safe(text, _LONGEST) for topic, text in lines
    )


def _identity(text: str) -> Identity | None:
    try:
        return Identity.parse(text)
    except InvalidValueError:
        return None


class _Story:
    """One session, its series, and its row in what the series wants."""

    def __init__(self, known: Known, session_id: str, session: Session | None, identity: Identity | None) -> None:
        self._known = known
        self._id = session_id
        self._session = session
        series_id = session.series_id if session is not None else identity.series_id if identity is not None else ""
        self._series = next((each for each in known.snapshot.school.series if each.id == series_id), None)
        self._identity = identity
        self._desired: Desired | None = None
        self._place: int | None = None
        if self._series is not None and identity is not None:
            self._find(self._series, identity)
        if session is None and self._desired is None:
            raise UnknownNameError("session", session_id)

    def _find(self, series: Series, identity: Identity) -> None:
        """Let the series say again what it wants, and find the row."""
        known, school = self._known, self._known.snapshot.school
        tutors = None if school.tutors is None else {tutor.id: tutor for tutor in school.tutors}
        try:
            config = config_for(school, series)
            request = Request(now=known.now, window=known.window, tutors=tutors, margin=timedelta(days=1))
            there = [each for each in known.snapshot.sessions if each.series_id == series.id]
            self._desired = desire(series, config, request, there, also=[(identity.slot_id, identity.occurs_on)])
        except Exception:  # noqa: BLE001 - an issue of the plan says why its series can't be planned
            return
        columns = self._desired.columns
        keys = zip(columns.slot_ids, columns.dates, strict=True)
        wanted = (identity.slot_id, identity.occurs_on)
        self._place = next((at for at, key in enumerate(keys) if key == wanted), None)

    def heading(self) -> str:
        """Which session, when and in what state."""
        session = self._session
        if session is None:
            assert self._desired is not None, "what isn't stored is of a known series"
            if self._place is None:
                return f"{self._id}: no lesson"
            columns = self._desired.columns
            return (
                f"{self._id}: {_when(columns.starts[self._place], columns.ends[self._place], self._desired.zone.name)}"
            )
        tutor = f", {self._name(session.tutor_id)}" if session.tutor_id else ""
        return f"{session.id}: {_when(session.starts_at, session.ends_at, session.timezone)}, {session.status}{tutor}"

    def plan(self, change: Change | None, stored: Session | None) -> Iterator[tuple[str, str]]:
        """What the plan does, or why it does nothing."""
        if change is not None:
            fields = f" {', '.join(change.fields)}" if change.fields and change.kind is ChangeKind.UPDATE else ""
            yield "plan", f"{change.kind}{fields} ({change.code})" + (f": {change.because}" if change.because else "")
        elif stored is not None:
            left = not stored.may_follow(self._known.now) or any(True for _ in self._why_kept(stored))
            yield "plan", "nothing: it is left as it is" if left else "nothing: it is as it should be"
        else:
            yield "plan", f"not made: {self._why_not_made()}"
        if stored is not None:
            yield from (("kept", why) for why in self._why_kept(stored))
        yield from (("stand-in", f"it stands in for {each}") for each, by in self._known.stand_ins if by == self._id)

    def _why_not_made(self) -> str:
        desired, at = self._desired, self._place
        assert desired is not None, "what isn't stored is of a known series"
        if at is None:
            return "there is nothing to make"
        if desired.series.id not in self._known.planned:
            return f"series {desired.series.id} isn't planned"
        if at in desired.unwanted:
            return desired.unwanted[at].why
        by = next((by for each, by in self._known.stand_ins if each == self._id), None)
        if by is not None:
            return f"{by} starts at the same time and stands in for it"
        skipped = [each for each in self._known.conflicts if each.session_id == self._id and each.reaction == "skip"]
        if skipped:
            return skipped[0].why
        if desired.columns.starts[at] < self._known.now:
            return "it would have started before now"
        return "it lies outside the time for which sessions are made" + self._ahead(desired.config)

    def _ahead(self, config: ResolvedConfig) -> str:
        return f" ({_said(config, 'weeks_ahead')})" if self._known.window is None else " (the window given)"

    def _why_kept(self, stored: Session) -> Iterator[str]:
        told = dict(self._known.kept).get(stored.id)
        if told:
            yield told
        if stored.origin is Origin.MANUAL:
            yield "a person made it by hand"
        if stored.starts_at <= self._known.now:
            yield "it has started"
        if stored.status is SessionStatus.CANCELLED and (stored.cause_id is None or "status" in stored.pinned):
            yield "a person called it off"
        if self._series is None:
            yield f"its series {stored.series_id} is not known"
        elif self._series.status is SeriesStatus.ENDED:
            yield f"its series {stored.series_id} has ended"
        elif stored.series_id not in self._known.planned:
            yield f"its series {stored.series_id} isn't planned"
        elif not told and self._desired is not None and stored.may_follow(self._known.now):
            kept = kept_fields(stored, self._desired.config)
            if kept:
                yield f"what doesn't follow its slot: {', '.join(sorted(kept))}"
        for note in ("meeting_url", "notes"):
            if getattr(stored, note):
                yield f"its own {note}"

    def reasons(self, change: Change | None) -> Iterator[tuple[str, str]]:
        """Date, clock, turn, price, package and the rules that count, by the code that decides them."""
        desired, at = self._desired, self._place
        if desired is None:
            return
        if at is None:
            if self._identity is not None:
                cause = desired.why_no_date(self._identity.slot_id, self._identity.occurs_on)
                yield "date", f"none: {cause.why}"
            return
        columns = desired.columns
        slot = next(each for each in desired.series.slots if each.id == columns.slot_ids[at])
        yield "date", _date(slot, desired, at)
        yield "clock", self._clock(desired, at)
        decision = change.decision if change is not None and change.decision is not None else desired.decisions[at]
        yield "turn", decision.why
        if at in desired.unwanted:
            yield "off", desired.unwanted[at].why
        in_package = desired.places.get(at)
        if in_package is not None:
            of = next(each.sessions for each in desired.series.packages if each.id == in_package.package_id)
            makes_up = (
                f", which makes up for {in_package.replaces[0]}/{in_package.replaces[1]}" if in_package.replaces else ""
            )
            yield "package", f"number {in_package.number} of {of} in {in_package.package_id}{makes_up}"
        yield from self._price(desired, at)
        yield "rules", "; ".join(_said(desired.config, rule) for rule in self._rules(desired, at))

    def _clock(self, desired: Desired, at: int) -> str:
        columns = desired.columns
        start, end = columns.starts[at], columns.ends[at]
        zone = f"{desired.zone.name} is {_offset(desired.zone.offset(start))} then (tzdata {tzdata_version()})"
        text = f"{start:%H:%M}–{end:%H:%M} UTC by its slot; {zone}"
        shift = columns.shifted.get(at)
        if shift == "gap":
            return f"{text}; its time doesn't exist that day, since the clocks go forward"
        return f"{text}; its time comes twice that day, since the clocks go back" if shift else text

    def _price(self, desired: Desired, at: int) -> Iterator[tuple[str, str]]:
        session = self._session
        if session is None:
            length = desired.columns.ends[at] - desired.columns.starts[at]
            yield "price", desired.prices.why(desired.tutor_ids[at], length)
        elif session.price is not None:
            length = session.ends_at - session.starts_at
            agrees = desired.prices.one(session.tutor_id, length) == session.price
            yield "price", desired.prices.why(session.tutor_id, length) if agrees else f"{session.price}, as it was"

    def _rules(self, desired: Desired, at: int) -> list[str]:
        """The rules that had a say."""
        shift, config = desired.columns.shifted.get(at), desired.config
        rules = ["weeks_ahead"] if self._known.window is None else []
        rules += [f"on_{shift}"] if shift else []
        if at in desired.columns.called_off:
            rules += ["closure_turn" if desired.unwanted[at].code == "closed" else "cancellation_turn"]
        rules += [RULES[each.kind] for each in self._known.conflicts if each.session_id == self._id]
        if self._session is not None and self._session.status is SessionStatus.CONFIRMED:
            rules += ["confirm_assigned", "confirmed_follow"] if config.confirm_assigned else ["confirmed_follow"]
        rules += [] if config.absence_turn == "keep" else ["absence_turn"]
        return list(dict.fromkeys(rules)) or ["weeks_ahead"]

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Every conflict in which it takes part."""
        for each in sorted(self._known.conflicts, key=attrgetter("starts_at")):
            if each.session_id == self._id:
                yield "conflict", f"{each.why} ({each.kind}: {each.reaction})"
            elif each.other == self._id:
                yield "conflict", f"{each.session_id} gives way to it ({each.kind}: {each.reaction})"

    def _name(self, tutor_id: str) -> str:
        tutors = self._known.snapshot.school.tutors or ()
        return next((tutor.name for tutor in tutors if tutor.id == tutor_id), tutor_id)


def _date(slot: Slot, desired: Desired, at: int) -> str:
    columns = desired.columns
    day, timing = columns.dates[at], slot.timing_on(columns.dates[at])
    dates = days_text(timing.days) if timing.days is not None else slot.rrule or "a rule"
    since = f", as changed from {timing.from_day} on" if timing.from_day is not None else ""
    what = f"slot {slot.id} ({dates} at {_time(timing.start)}{since})"
    return f"{day_name(day)} {day}, number {columns.indexes[at] + 1} of the dates of {what}"


def _when(start: datetime, end: datetime, timezone: str) -> str:
    begin, until = local(start, timezone), local(end, timezone)
    later = f" (+{(until.date() - begin.date()).days})" if until.date() != begin.date() else ""
    return f"{day_name(begin)[:3]} {begin:%Y-%m-%d} {clock(begin)}–{clock(until)}{later} {timezone}"


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _time(time_of_day: timedelta) -> str:
    minutes = time_of_day // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _said(config: ResolvedConfig, rule: str) -> str:
    return f"{rule} = {getattr(config, rule)} ({config.origin(rule)})"
