"""The laws of occurrences and turns as checks: each raises an AssertionError that says what broke it.

They take any series, with patterns and rules of your own too; draw some from `testing.strategies`, or use your data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import count

import attrs

from recurly_sessions.config import ResolvedConfig, config_of, zone_of
from recurly_sessions.planning.assign import assign_tutors
from recurly_sessions.planning.expand import expand_slots
from recurly_sessions.planning.roster import turn_order
from recurly_sessions.time.clock import since_midnight
from recurly_sessions.values.days_off import Cancellation
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.occurrence import Occurrence
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.series import Series
from recurly_sessions.values.window import Window

Calendar = list[tuple[Occurrence, Decision]]


def calendar(
    series: Series, window: Window, *, config: ResolvedConfig | None = None, tutors: Iterable[Tutor] | None = None
) -> Calendar:
    """The occurrences of a window, each with its decision."""
    occurrences = expand_slots(series, window, config=config)
    decisions = assign_tutors(series, occurrences, config=config, tutors=tutors)
    return [(each, decisions[each.slot_id, each.occurs_on]) for each in occurrences]


def check_deterministic(
    series: Series, shuffled: Series, window: Window, *, config: ResolvedConfig | None = None
) -> None:
    """Law 2: with its parts in another order a series has the same calendar, and asking twice changes nothing."""
    first = calendar(series, window, config=config)

    assert calendar(series, window, config=config) == first, "asking again gave another calendar"
    assert calendar(shuffled, window, config=config) == first, "another order of the parts gave another calendar"


def check_composable_windows(
    series: Series,
    window: Window,
    middle: datetime,
    *,
    config: ResolvedConfig | None = None,
    tutors: Iterable[Tutor] | None = None,
) -> None:
    """Law 3: a window's calendar is that of its two parts, and turns don't depend on where a window begins."""
    tutors = None if tutors is None else tuple(tutors)
    parts = (Window(window.start, middle), Window(middle, window.end))
    whole = calendar(series, window, config=config, tutors=tutors)
    together = [row for part in parts for row in calendar(series, part, config=config, tutors=tutors)]

    assert together == whole, f"the parts at {middle.isoformat()} differ from the whole"


def check_wall_clock(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> None:
    """Law 4: on the series' clock an occurrence starts at its slot's time, unless that doesn't exist that day."""
    config = config_of(series) if config is None else config
    zone = zone_of(series, config).info
    slots = {slot.id: slot for slot in series.slots}
    for occurrence in expand_slots(series, window, config=config):
        in_force = slots[occurrence.slot_id].timing_on(occurrence.occurs_on)
        local = occurrence.starts_at.astimezone(zone)
        on_time = local.date() == occurrence.occurs_on and since_midnight(local.time()) == in_force.start

        assert on_time != (occurrence.shifted == "gap"), f"{occurrence.identity} starts at {local.isoformat()}"
        assert occurrence.ends_at > occurrence.starts_at, f"{occurrence.identity} ends before it starts"


def check_stable(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> None:
    """Law 6: calling off one occurrence changes no other, while turns are spent."""
    config = config_of(series) if config is None else config
    config = attrs.evolve(config, cancellation_turn="spend", closure_turn="spend")
    known = {each.id for each in series.cancellations}
    fresh = next(name for number in count() if (name := f"called-off-{number}") not in known)
    before = calendar(series, window, config=config)
    for occurrence, decision in before[:: max(1, len(before) // 5)]:
        off = Cancellation.day(fresh, occurrence.slot_id, occurrence.occurs_on)
        after = calendar(attrs.evolve(series, cancellations=(*series.cancellations, off)), window, config=config)
        changed = [new for old, new in zip(before, after, strict=True) if old != new]

        assert len(after) == len(before), f"calling off {occurrence.identity} changed how many there are"
        assert all(new.identity == occurrence.identity for new, _ in changed), f"{occurrence.identity} changed others"
        assert all(new.tutor_id == decision.tutor_id for _, new in changed), f"{occurrence.identity} spent another turn"


def check_fair(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> None:
    """Law 8: where a constant roster takes turns by round robin alone, nobody has two turns more than another."""
    config = attrs.evolve(
        config_of(series) if config is None else config, on_gap="shift"
    )  # a skipped date is a turn too
    for slot in series.slots:
        roster = turn_order(series, slot)
        constant = all(
            each.pattern.kind == "round_robin" and each.starts_on is None and each.ends_on is None for each in roster
        )
        if constant and roster:
            alone = attrs.evolve(series, slots=[slot], assignments=roster, cancellations=_of_slot(series, slot.id))
            counts = Counter(
                decision.assignment_id
                for _, decision in calendar(alone, window, config=config)
                if decision.assignment_id is not None
            )
            turns = [counts[each.id] for each in roster]

            assert max(turns) - min(turns) <= 1, f"{slot.id}: {dict(counts)}"


def _of_slot(series: Series, slot_id: str) -> list[Cancellation]:
    return [each for each in series.cancellations if each.slot_id in {None, slot_id}]
