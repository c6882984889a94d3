"""A tutor, a length and the members to the price of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.values.money import Money, digits_of, money_of
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.series import Series

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)  # whatever the program around does to decimals
_SECOND: Final = timedelta(seconds=1)
_SECONDS_AN_HOUR: Final = 3600


class _Rate(NamedTuple):
    """An hourly rate, which may be finer than a coin, and whose it is in words."""

    amount: Decimal
    currency: str
    whose: str


class Prices:
    """The prices of one series: hourly rate × hours × active members, rounded half up once."""

    def __init__(self, series: Series, config: ResolvedConfig, tutors: Mapping[str, Tutor] | None) -> None:
        self.members = count_members(series)
        self._config = config
        self._tutors = {} if tutors is None else tutors
        self._known: dict[tuple[str | None, timedelta], Money] = {}

    def of(self, tutor_ids: Sequence[str | None], lengths: Sequence[timedelta]) -> list[Money]:
        """The price of each session."""
        known, find = self._known.get, self._find
        if lengths and lengths.count(lengths[0]) == len(lengths):
            # A length is costly to look up, and mostly there's but one (0.3 µs a session).
            of_tutor = {tutor_id: self.one(tutor_id, lengths[0]) for tutor_id in set(tutor_ids)}
            return list(map(of_tutor.__getitem__, tutor_ids))
        return [known(key) or find(*key) for key in zip(tutor_ids, lengths, strict=True)]

    def one(self, tutor_id: str | None, length: timedelta) -> Money:
        """The price of one session."""
        return self._known.get((tutor_id, length)) or self._find(tutor_id, length)

    def why(self, tutor_id: str | None, length: timedelta) -> str:
        """How a price comes about, in words."""
        rate = self._rate(tutor_id)
        hours = _EXACT.divide(Decimal(length // _SECOND), _SECONDS_AN_HOUR)
        many = f" × {self.members} members" if self.members != 1 else ""
        price = self.one(tutor_id, length)
        return f"{price} = {rate.amount:f} {rate.currency} × {_short(hours)} h{many} ({rate.whose})"

    def _find(self, tutor_id: str | None, length: timedelta) -> Money:
        rate = self._rate(tutor_id)
        price = self._known[tutor_id, length] = _price(rate.amount, rate.currency, length // _SECOND * self.members)
        return price

    def _rate(self, tutor_id: str | None) -> _Rate:
        tutor = None if tutor_id is None else self._tutors.get(tutor_id)
        if tutor is not None and tutor.hourly_rate is not None:
            return self._as_rate(tutor.hourly_rate, f"the rate of {tutor.name}")
        name = tutor.name if tutor is not None else tutor_id
        reason = "no tutor" if name is None else f"{name} has no rate"
        if self._config.default_rate is None:
            return _Rate(Decimal(0), self._config.currency, f"{reason}, and no default_rate is set")
        origin = self._config.origin("default_rate")
        return self._as_rate(self._config.default_rate, f"{reason}: the default_rate of the {origin} config")

    def _as_rate(self, rate: Money | Decimal, whose: str) -> _Rate:
        if isinstance(rate, Money):
            return _Rate(rate.amount, rate.currency, whose)
        return _Rate(rate, self._config.currency, whose)


@lru_cache(maxsize=4096)
def _price(rate: Decimal, currency: str, seconds: int) -> Money:
    """What so many seconds cost. One value for all that cost the same is compared in no time (0.2 µs a session)."""
    exact = _EXACT.divide(_EXACT.multiply(rate, Decimal(seconds)), _SECONDS_AN_HOUR)
    return money_of(
        int(exact.scaleb(digits_of(currency), context=_EXACT).quantize(Decimal(1), context=_EXACT)), currency
    )


def count_members(series: Series) -> int:
    """How many members a session is priced for; one where they aren't tracked."""
    return 1 if series.members is None else sum(member.active for member in series.members)


def _short(hours: Decimal) -> str:
    text = f"{hours.quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".")
