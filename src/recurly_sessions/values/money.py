"""Money: an exact amount in a currency."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, refuse

# How many digits each currency has after the point, where it isn't 2 (ISO 4217).
_DIGITS: Final = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_MOST: Final = Decimal(10) ** 15
_EXACT: Final = Context(prec=60)  # whatever the program around does to decimals
_TEXT: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s+([A-Za-z]{3})\s*", re.ASCII)


def to_amount(value: Decimal | float | str) -> Decimal:
    """An exact number; a float means the decimal number that it prints as."""
    try:
        amount = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise refuse("must be a number like 30 or 29.50", value) from None
    if isinstance(value, bool) or not amount.is_finite() or amount.copy_abs() >= _MOST:
        raise refuse("must be a number like 30 or 29.50", value)
    return amount


def to_currency(value: str) -> str:
    """A currency by its three letters."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z]{3}", value, re.ASCII):
        raise refuse("must be three letters like EUR", value)
    return value.upper()


@attrs.frozen(repr=False, field_transformer=located)
class Money:
    """An amount in a currency, to its smallest coin and no finer.

    >>> Money("29.5", "EUR"), str(Money.parse("30 EUR")), Money(1200, "JPY").minor_units
    (Money('29.50', 'EUR'), '30.00 EUR', 1200)
    """

    amount: Decimal = attrs.field(converter=to_amount)
    currency: str = attrs.field(converter=to_currency)

    def __attrs_post_init__(self) -> None:
        coin = Decimal((0, (1,), -digits_of(self.currency)))
        in_coins = self.amount.quantize(coin, context=_EXACT)
        if in_coins != self.amount:
            rule = f"must have at most {digits_of(self.currency)} digits after the point in {self.currency}"
            raise InvalidValueError("Money.amount", rule, str(self.amount))
        object.__setattr__(self, "amount", in_coins or coin - coin)

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read "30 EUR"."""
        found = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise InvalidValueError("Money", "must be an amount and a currency", text, 'for example "30 EUR"')
        return cls(found[1], found[2])

    @property
    def minor_units(self) -> int:
        """The amount in the currency's smallest coin."""
        return int(self.amount.scaleb(digits_of(self.currency), context=_EXACT))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({str(self.amount)!r}, {self.currency!r})"


@lru_cache(maxsize=4096)
def money_of(minor_units: int, currency: str) -> Money:
    """So many of a currency's smallest coin; equal ones are one value, which is compared in no time.

    >>> money_of(2950, "EUR")
    Money('29.50', 'EUR')
    """
    return Money(Decimal(minor_units).scaleb(-digits_of(currency), context=_EXACT), currency)


def digits_of(currency: str) -> int:
    """How many digits a currency has after the point."""
    return _DIGITS.get(currency, 2)


def to_rate(value: Money | Decimal | float | str) -> Money | Decimal:
    """A rate: Money, "30 EUR", or a number whose currency the config says; never negative."""
    if isinstance(value, str) and any(character.isalpha() for character in value):
        try:
            rate: Money | Decimal = Money.parse(value)
        except InvalidValueError as error:
            raise refuse(error.rule, error.got, error.hint) from None
    else:
        rate = value if isinstance(value, Money) else to_amount(value)
    if (rate.amount if isinstance(rate, Money) else rate) < 0:
        raise refuse("must not be negative", value)
    return rate
