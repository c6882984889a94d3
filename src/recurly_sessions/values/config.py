"""Config: one layer of rules. What it doesn't say (None) it leaves to the layer below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import OF, items_of, located, readable, refuse, to_choice, to_count, to_flag, to_pairs
from recurly_sessions.time.zones import to_zone_name
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.money import Money, to_currency, to_rate

GAPS: Final = ("shift", "skip")
OVERLAPS: Final = ("earlier", "later")
FOLLOWS: Final = ("never", "time", "all")
REACTIONS: Final = ("ignore", "flag", "unassign", "skip")
CLOSURES: Final = ("ignore", "flag", "skip")
CALLED_OFF_TURNS: Final = ("spend", "pass")
ABSENCE_TURNS: Final = ("keep", "next", "open")


def to_weeks_ahead(value: int) -> int:
    """How many weeks to keep on the calendar: 1 to 520, ten years."""
    return to_count(value, most=520)


def to_hours(value: int) -> int:
    """A notice period: 0 to 8760 hours, a year."""
    return to_count(value, least=0, most=8760)


def to_gap(value: str) -> str:
    """What to do about a start that doesn't exist."""
    return to_choice(value, GAPS)


def to_overlap(value: str) -> str:
    """Which of two instants a start means."""
    return to_choice(value, OVERLAPS)


def to_follow(value: str) -> str:
    """What of a confirmed session follows its slot."""
    return to_choice(value, FOLLOWS)


def to_reaction(value: str) -> str:
    """What to do about a conflict."""
    return to_choice(value, REACTIONS)


def to_closure_reaction(value: str) -> str:
    """What to do about a closed day."""
    return to_choice(value, CLOSURES)


def to_called_off_turn(value: str) -> str:
    """What becomes of the turn of a called-off date."""
    return to_choice(value, CALLED_OFF_TURNS)


def to_absence_turn(value: str) -> str:
    """What becomes of the turn of a tutor who isn't available."""
    return to_choice(value, ABSENCE_TURNS)


def to_max_changes(value: float | Decimal) -> int | float:
    """A share above 0 and up to 1.0, or a whole number of sessions."""
    if isinstance(value, Decimal) and value.is_finite():
        value = float(value)
    if isinstance(value, float) and 0 < value <= 1:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise refuse("must be a share like 0.2 or a whole number of sessions", value)


def to_closures(value: Iterable[Closure]) -> tuple[Closure, ...]:
    """Closures, in any order."""
    return items_of(value, Closure)


def _kind_and_value(value: float | None) -> tuple[type, float | None]:
    """Tell one session (1) from all of them (1.0)."""
    return type(value), value


@attrs.frozen(repr=False, kw_only=True, field_transformer=located)
class Config:
    """One layer of rules: base, branch or series. None leaves a rule to the layer below; closures add up.

    `unknown` keeps what a file or a form said that is no rule, so that it can be reported.

    >>> Config(weeks_ahead=8, closure_turn="pass")
    Config(weeks_ahead=8, closure_turn='pass')
    """

    weeks_ahead: int | None = attrs.field(default=None, converter=optional(to_weeks_ahead))
    auto_generate: bool | None = attrs.field(default=None, converter=optional(to_flag))
    timezone: str | None = attrs.field(default=None, converter=optional(to_zone_name))
    currency: str | None = attrs.field(default=None, converter=optional(to_currency))
    default_rate: Money | Decimal | None = attrs.field(default=None, converter=optional(to_rate))
    confirm_assigned: bool | None = attrs.field(default=None, converter=optional(to_flag))
    confirmed_follow: str | None = attrs.field(default=None, converter=optional(to_follow))
    on_gap: str | None = attrs.field(default=None, converter=optional(to_gap))
    on_overlap: str | None = attrs.field(default=None, converter=optional(to_overlap))
    on_tutor_busy: str | None = attrs.field(default=None, converter=optional(to_reaction))
    on_student_busy: str | None = attrs.field(default=None, converter=optional(to_reaction))
    on_room_busy: str | None = attrs.field(default=None, converter=optional(to_reaction))
    on_unavailable: str | None = attrs.field(default=None, converter=optional(to_reaction))
    on_closure: str | None = attrs.field(default=None, converter=optional(to_closure_reaction))
    cancellation_turn: str | None = attrs.field(default=None, converter=optional(to_called_off_turn))
    closure_turn: str | None = attrs.field(default=None, converter=optional(to_called_off_turn))
    absence_turn: str | None = attrs.field(default=None, converter=optional(to_absence_turn))
    closures: tuple[Closure, ...] = attrs.field(default=(), converter=to_closures, metadata={OF: Closure})
    reschedule_notice_hours: int | None = attrs.field(default=None, converter=optional(to_hours))
    max_changes: int | float | None = attrs.field(default=None, converter=optional(to_max_changes), eq=_kind_and_value)
    unknown: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_pairs)

    @classmethod
    def from_mapping(cls, rules: Mapping[str, Any]) -> Config:
        """Make a layer of rules by name, as a form or a file gives them; unknown names are kept to be reported.

        >>> Config.from_mapping({"weeks_ahead": 2, "weeks_ahed": 3})
        Config(weeks_ahead=2, unknown=[['weeks_ahed', '3']])
        """
        if not isinstance(rules, Mapping):
            raise InvalidValueError("Config.from_mapping", "must be rules by name", rules)
        known = {key: rules[key] for key in rules if key in RULES}
        return cls(**known, unknown={key: rules[key] for key in rules if key not in RULES})

    __repr__ = readable


RULES: Final = tuple(field.name for field in attrs.fields(Config) if field.name != "unknown")
