"""Package: a paid period of a series, with a number of sessions."""

from __future__ import annotations

from datetime import date

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, to_count, to_date, to_id


def to_sessions(value: int) -> int:
    """How many sessions: 1 to 10000."""
    return to_count(value, most=10_000)


@attrs.frozen(repr=False, field_transformer=located)
class Package:
    """So many sessions, paid for, between a first and a last day, both included.

    >>> Package("autumn", starts_on="2026-09-07", ends_on="2026-10-31", sessions=8)
    Package('autumn', starts_on='2026-09-07', ends_on='2026-10-31', sessions=8)
    """

    id: str = attrs.field(converter=to_id)
    starts_on: date = attrs.field(converter=to_date, kw_only=True)
    ends_on: date = attrs.field(converter=to_date, kw_only=True)
    sessions: int = attrs.field(converter=to_sessions, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            rule = f"must not be before starts_on ({self.starts_on})"
            raise InvalidValueError("Package.ends_on", rule, self.ends_on.isoformat())

    __repr__ = readable
