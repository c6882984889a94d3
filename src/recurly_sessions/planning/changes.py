"""A settled calendar and what is done about conflicts, to the changes of one series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice, repeat
from operator import attrgetter, eq, ne, sub
from typing import Any, NamedTuple

import attrs

from recurly_sessions.errors import in_minutes
from recurly_sessions.planning.conflicts import OFF, Reaction
from recurly_sessions.planning.desired import Cause
from recurly_sessions.planning.diff import (
    Wanted,
    cancelled,
    follow,
    kept_fields,
    loses_confirmation,
    recaused,
    reinstated,
    state_of,
    updated,
)
from recurly_sessions.planning.packages import Dealt, Lost, Owed, Place
from recurly_sessions.planning.roster import turn_order
from recurly_sessions.planning.settle import NOBODY, Settled
from recurly_sessions.planning.steps import Made, Steps
from recurly_sessions.time.clock import DAY
from recurly_sessions.time.zones import local_day
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.issue import Decision, Issue
from recurly_sessions.values.session import Origin, Session, SessionStatus

_the_rest = attrgetter("price", "room_id", "timezone", "package_id", "number")
_by_start = attrgetter("after.starts_at", "after.id")


class Outcome(NamedTuple):
    """What becomes of one series, and what is told."""

    steps: Steps
    issues: list[Issue]
    kept: dict[str, str]


def changes_of_series(settled: Settled, stored: Sequence[Session], reactions: Mapping[int, Reaction]) -> Outcome:
    """Say what makes the stored sessions of a series those that it wants."""
    if settled.is_as_wanted and not reactions:
        return Outcome(Steps(), [], settled.kept)
    return _Changing(settled, reactions).outcome(stored)


class _Changing:
    """One pass over a settled calendar."""

    def __init__(self, settled: Settled, reactions: Mapping[int, Reaction]) -> None:
        self._settled = settled
        self._desired = settled.desired
        self._reactions = reactions
        self._rows = range(len(settled.desired.ids))
        self._slots = {slot.id: slot for slot in settled.desired.series.slots}
        self._tutor_ids = settled.tutor_ids
        if any(reaction.kind == "unassign" for reaction in reactions.values()):
            self._tutor_ids = settled.tutor_ids.copy()
            for place, reaction in reactions.items():
                if reaction.kind == "unassign":
                    self._tutor_ids[place] = None
        lengths = list(map(sub, settled.ends, settled.starts))
        self._prices = self._desired.prices.of(self._tutor_ids, lengths)

    def outcome(self, stored: Sequence[Session]) -> Outcome:
        """The changes of the series, and its issues."""
        settled = self._settled
        changes: list[Change] = []
        if stored:
            changes += self._of_stored()
            changes += [change for session, cause in settled.off if (change := _off(session, cause)) is not None]
            changes.sort(key=_by_start)
        issues = [*settled.issues, *self._shuffled(changes), *self._package_issues(stored)]
        return Outcome(Steps(self._made(), changes), issues, settled.kept)

    # What isn't there yet

    def _made(self) -> Made | None:
        """Make what is wanted now and not there."""
        places = self._to_make()
        if not places:
            return None
        settled, desired = self._settled, self._desired
        columns = {
            "id": _at(desired.ids, places),
            "slot_id": _at(desired.columns.slot_ids, places),
            "occurs_on": _at(desired.columns.dates, places),
            "starts_at": _at(settled.starts, places),
            "ends_at": _at(settled.ends, places),
            "tutor_id": _at(self._tutor_ids, places),
            "price": _at(self._prices, places),
        }
        constants = {
            "series_id": desired.series.id,
            "timezone": desired.zone.name,
            "status": SessionStatus.PENDING,
            "origin": Origin.GENERATED,
        }
        if desired.config.confirm_assigned:
            columns["status"] = [self._new_status(each) for each in columns["tutor_id"]]
        if desired.rooms:
            columns["room_id"] = list(map(desired.rooms.get, columns["slot_id"]))
        if not desired.places and not desired.columns.shifted and not self._reactions:
            return Made(columns=columns, constants=constants, decisions=_at(desired.decisions, places))
        in_package = list(map(desired.places.get, places))
        columns["package_id"] = list(map(_package, in_package))
        columns["number"] = list(map(_number, in_package))
        return Made(
            columns=columns,
            constants=constants,
            decisions=[self._decision(place) for place in places],
            codes=["make-up" if each is not None and each.replaces is not None else "due" for each in in_package],
            becauses=["; ".join(self._because_new(place)) for place in places],
        )

    def _to_make(self) -> list[int]:
        """The rows of what is wanted now and not there, in order of time."""
        settled, desired = self._settled, self._desired
        skipped = {place for place, reaction in self._reactions.items() if reaction.kind == "skip"}
        left_out = settled.absent | desired.outside | skipped
        places: Iterable[int] = self._rows
        if any(settled.found):
            places = [place for place in self._rows if settled.found[place] is None]
        if left_out:
            places = [place for place in places if place not in left_out]
        starts = settled.starts
        in_order = sorted(places, key=starts.__getitem__)
        if any(map(eq, map(starts.__getitem__, in_order), map(starts.__getitem__, islice(in_order, 1, None)))):
            in_order.sort(key=lambda place: (starts[place], desired.ids[place]))
        return in_order

    def _new_status(self, tutor_id: str | None) -> SessionStatus:
        return SessionStatus.PENDING if tutor_id is None else SessionStatus.CONFIRMED

    def _because_new(self, place: int) -> Iterator[str]:
        desired, columns = self._desired, self._desired.columns
        shift = columns.shifted.get(place)
        if shift is not None:
            slot = self._slots[columns.slot_ids[place]]
            at = clock(slot.timing_on(columns.dates[place]).start)
            rule = f"on_{shift} = {getattr(desired.config, f'on_{shift}')}"
            what = "doesn't exist" if shift == "gap" else "comes twice"
            yield f"{at} {what} that day in {desired.zone.name} ({rule})"
        in_package = desired.places.get(place)
        if in_package is not None and in_package.replaces is not None:
            slot_id, day = in_package.replaces
            yield f"it makes up for {slot_id}/{day} in package {in_package.package_id}"

    def _decision(self, place: int) -> Decision:
        decision, reaction = self._desired.decisions[place], self._reactions.get(place)
        if reaction is None or reaction.kind != "unassign":
            return decision
        return attrs.evolve(decision, tutor_id=None, why=f"{decision.why}; left without tutor: {reaction.why}")

    # What is there

    def _of_stored(self) -> list[Change]:
        """Change what is there and not as it should be."""
        return [change for place in self._unlike() if (change := self._change(place)) is not None]

    def _unlike(self) -> Iterator[int]:
        """The rows with a stored session that may need a change: a comparison of whole rows rules out the others."""
        settled, desired = self._settled, self._desired
        columns = desired.columns
        tracked = bool(desired.places)
        wanted = zip(
            self._prices,
            map(desired.rooms.get, columns.slot_ids) if desired.rooms else repeat(None),
            repeat(desired.zone.name),
            [_package(desired.places.get(place)) for place in self._rows] if tracked else repeat(None),
            [_number(desired.places.get(place)) for place in self._rows] if tracked else repeat(None),
        )
        stored = (session or NOBODY for session in islice(settled.found, len(self._rows)))
        confirms = desired.config.confirm_assigned
        for place, differs in enumerate(map(ne, map(_the_rest, stored), wanted)):
            looked_at = differs or confirms or place in settled.states or place in self._reactions
            if looked_at and settled.found[place] is not None:
                yield place

    def _change(self, place: int) -> Change | None:
        """Let the stored session of a row follow what is wanted of it."""
        settled, desired = self._settled, self._desired
        session, state, reaction = settled.found[place], settled.state(place), self._reactions.get(place)
        if session is None or state in {"stays", "gone"}:
            return None
        if reaction is not None and reaction.kind == "skip":
            return _off(session, Cause("conflict", reaction.other, reaction.why))
        kept = kept_fields(session, desired.config)
        if place in settled.keeps_tutor:
            kept |= {"tutor_id"}
        tutor_id = self._tutor_ids[place]
        in_package = desired.places.get(place)
        wanted = Wanted(
            settled.starts[place],
            settled.ends[place],
            tutor_id,
            self._status(session, tutor_id),
            self._prices[place],
            desired.rooms.get(desired.columns.slot_ids[place]),
            desired.zone.name,
            _package(in_package),
            _number(in_package),
        )
        changes = follow(session, wanted, kept)
        if kept:
            self._tell_kept(session, kept)
        if state == "revives":
            return reinstated(session, changes, self._decision(place))
        if not changes:
            return None
        decision = self._decision(place) if "tutor_id" in changes else None
        return updated(session, changes, decision, self._because(place, session, changes))

    def _status(self, session: Session, tutor_id: str | None) -> SessionStatus:
        config = self._desired.config
        if tutor_id is not None and config.confirm_assigned:
            return SessionStatus.CONFIRMED
        if tutor_id is None and loses_confirmation(session, config):
            return SessionStatus.PENDING
        return SessionStatus.CONFIRMED if session.status is SessionStatus.CONFIRMED else SessionStatus.PENDING

    def _tell_kept(self, session: Session, kept: frozenset[str]) -> None:
        mine = ", ".join(sorted(kept & {*session.pinned}))
        parts = [f"a person has set {mine}"] if mine else []
        if session.is_moved and not {"starts_at", "ends_at"} & {*session.pinned}:
            parts.append("a person has moved it")
        if session.status is SessionStatus.CONFIRMED and self._desired.config.confirmed_follow != "all":
            parts.append(f"it is confirmed (confirmed_follow = {self._desired.config.confirmed_follow})")
        self._settled.kept.setdefault(session.id, "; ".join(parts))

    # Why

    def _because(self, place: int, session: Session, changes: Mapping[str, Any]) -> str:
        """Why a stored session becomes different, field by field, without whose turn it is."""
        desired = self._desired
        parts: list[str] = []
        if "starts_at" in changes or "ends_at" in changes:
            parts.append(self._why_moved(place, session))
        elif "timezone" in changes:
            parts.append(f"the series is in {desired.zone.name} now")
        if "status" in changes:
            parts.append(f"confirm_assigned ({desired.config.origin('confirm_assigned')})")
        if "price" in changes:
            length = self._settled.ends[place] - self._settled.starts[place]
            parts.append(desired.prices.why(self._tutor_ids[place], length))
        if "room_id" in changes:
            parts.append(f"room {changes['room_id'] or desired.series.room_id or 'of the series'}")
        if "number" in changes or "package_id" in changes:
            parts.append(_in_package(desired.places.get(place)))
        return "; ".join(parts)

    def _why_moved(self, place: int, session: Session) -> str:
        """What says the new time; whether a slot or the world's rules changed since, a session doesn't know."""
        desired, columns = self._desired, self._desired.columns
        if session.timezone != desired.zone.name:
            return f"the series is in {desired.zone.name}, no longer in {session.timezone}"
        slot_id, day = columns.slot_ids[place], columns.dates[place]
        timing = self._slots[slot_id].timing_on(day)
        since = f" from {timing.from_day} on" if timing.from_day is not None else ""
        lasts = f"–{clock(timing.end)}" if timing.by_clock else f" for {in_minutes(timing.length)}"
        zone = f"{desired.zone.name}"
        return f"slot {slot_id} is at {clock(timing.start)}{lasts}{since} ({zone})"

    # Turns that were published

    def _shuffled(self, changes: Iterable[Change]) -> Iterator[Issue]:
        """Warn of turns that went from one tutor of the roster to another though no change with a date is behind it."""
        desired, today = self._desired, local_day(self._settled.now, self._desired.zone)
        moved = [
            change
            for change in changes
            if change.kind is ChangeKind.UPDATE and "tutor_id" in change.fields and self._is_shuffled(change, today)
        ]
        if moved:
            more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
            names = ", ".join(change.id for change in moved[:3]) + more
            message = (
                f"the roster changed from day one, which gives turns that were published to others: {names}; "
                "give the new assignment a starts_on, or the old one an ends_on"
            )
            details = {"turns": len(moved)}
            yield Issue("roster-from-day-one", series_id=desired.series.id, message=message, details=details)

    def _is_shuffled(self, change: Change, today: date) -> bool:
        """Whether both tutors of a turn are in its roster, and that was the same before today."""
        before, after, desired = change.before, change.after, self._desired
        if before is None or after.slot_id not in self._slots or after.occurs_on is None:
            return False
        day, roster = after.occurs_on, turn_order(desired.series, self._slots[after.slot_id])
        here = {each.tutor_id for each in roster if (each.starts_on or day) <= day <= (each.ends_on or day)}
        cuts = [each.starts_on for each in roster if each.starts_on is not None]
        cuts += [each.ends_on + DAY for each in roster if each.ends_on is not None]
        by_hours = desired.config.absence_turn != "keep"
        return (
            not by_hours and {before.tutor_id, after.tutor_id} <= here and not any(today <= cut <= day for cut in cuts)
        )

    # Packages

    def _package_issues(self, stored: Sequence[Session]) -> Iterator[Issue]:
        owed = [
            Owed(
                dealt,
                [*self._lost(dealt, stored), *self._skipped(dealt)],
                sum(_makes_up(session, dealt) for session in stored),
            )
            for dealt in self._desired.packages
        ]
        if owed:
            yield from self._desired.package_issues(owed, filter(_is_put_there, stored))

    def _lost(self, dealt: Dealt, stored: Sequence[Session]) -> Iterator[Lost]:
        """The sessions of a package that a person called off or the tutor missed."""
        held = dealt.places.keys() - dealt.off
        for session in stored:
            off = session.status is SessionStatus.CANCELLED and state_of(session, self._settled.now) == "gone"
            by_person = off and (session.cause_id is None or "status" in session.pinned)
            missed = session.status is SessionStatus.NO_SHOW_TUTOR
            if (by_person or missed) and (session.slot_id, session.occurs_on) in held:
                yield Lost(
                    session.id, session.starts_at, "was missed by its tutor" if missed else "was called off by hand"
                )

    def _skipped(self, dealt: Dealt) -> Iterator[Lost]:
        for place, reaction in self._reactions.items():
            in_package = self._desired.places.get(place)
            if reaction.kind == "skip" and in_package is not None and in_package.package_id == dealt.package.id:
                yield Lost(self._settled.id_of(place), self._settled.starts[place], f"is skipped: {reaction.why}")


def _off(session: Session, cause: Cause) -> Change | None:
    """Call a session off, or say why it's still off."""
    return recaused(session, cause) if session.status is SessionStatus.CANCELLED else cancelled(session, cause)


def _is_put_there(session: Session) -> bool:
    """Whether a session is on the calendar since a person put it there."""
    return session.status not in OFF and (session.origin is Origin.MANUAL or session.is_moved)


def _makes_up(session: Session, dealt: Dealt) -> bool:
    """Whether a session made by hand stands for one of a package, and isn't one of it anyway."""
    by_hand = session.origin is Origin.MANUAL and session.package_id == dealt.package.id
    own = (session.slot_id, session.occurs_on) in dealt.places
    return by_hand and not own and session.status not in {SessionStatus.CANCELLED, SessionStatus.NO_SHOW_TUTOR}


def _package(place: Place | None) -> str | None:
    return None if place is None else place.package_id


def _number(place: Place | None) -> int | None:
    return None if place is None else place.number


def _in_package(place: Place | None) -> str:
    return "in no package" if place is None else f"number {place.number} of package {place.package_id}"


def clock(time_of_day: timedelta) -> str:
    """A time of day as people write it."""
    minutes = time_of_day // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _at(column: Sequence[Any], places: list[int]) -> list[Any]:
    return list(map(column.__getitem__, places))
