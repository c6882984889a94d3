"""Money: exact amounts in a currency, and rates."""

from decimal import Context, Decimal, localcontext
from typing import Any

import pytest

from recurly_sessions import Config, Money, Session, Tutor
from tests.values.examples import made, refused

NUMBER = "must be a number like 30 or 29.50"
BOTH = "must be an amount and a currency"
EXAMPLE = 'for example "30 EUR"'


@pytest.mark.parametrize(
    ("amount", "currency", "shown", "minor_units"),
    [
        ("30", "EUR", "30.00 EUR", 3000),
        (" 30 ", "eur", "30.00 EUR", 3000),
        (29.99, "EUR", "29.99 EUR", 2999),
        (0.1, "EUR", "0.10 EUR", 10),
        (Decimal("1E+3"), "EUR", "1000.00 EUR", 100_000),
        (Decimal("0E-9999"), "EUR", "0.00 EUR", 0),
        (-5, "EUR", "-5.00 EUR", -500),
        (1200, "JPY", "1200 JPY", 1200),
        ("1.234", "KWD", "1.234 KWD", 1234),
        ("1.2345", "CLF", "1.2345 CLF", 12_345),
        ("999999999999999.99", "EUR", "999999999999999.99 EUR", 99_999_999_999_999_999),
        (Decimal("1.10"), "XYZ", "1.10 XYZ", 110),
    ],
)
def test_money_is_exact_to_its_smallest_coin(
    amount: Decimal | float | str, currency: str, shown: str, minor_units: int
) -> None:
    money = Money(amount, currency)

    assert (str(money), money.minor_units) == (shown, minor_units)


def test_amounts_are_equal_however_they_are_written() -> None:
    assert Money("30", "EUR") == Money(30.0, "eur") == Money.parse("30.00 EUR")
    assert repr(Money(30, "EUR")) == repr(Money("30.000", "EUR")) == "Money('30.00', 'EUR')"
    assert Money(30, "EUR") != Money(30, "USD")


def test_nothing_has_no_sign() -> None:
    assert str(Money("-0", "EUR")) == "0.00 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "message"),
    [
        ("x", "EUR", f"Money.amount {NUMBER}, got 'x'"),
        ("", "EUR", f"Money.amount {NUMBER}, got ''"),
        ("29,50", "EUR", f"Money.amount {NUMBER}, got '29,50'"),
        ("30 EUR", "EUR", f"Money.amount {NUMBER}, got '30 EUR'"),
        (None, "EUR", f"Money.amount {NUMBER}, got None"),
        (True, "EUR", f"Money.amount {NUMBER}, got True"),
        ([30], "EUR", f"Money.amount {NUMBER}, got [30]"),
        (float("nan"), "EUR", f"Money.amount {NUMBER}, got nan"),
        (float("-inf"), "EUR", f"Money.amount {NUMBER}, got -inf"),
        (Decimal("sNaN"), "EUR", f"Money.amount {NUMBER}, got Decimal('sNaN')"),
        ("Infinity", "EUR", f"Money.amount {NUMBER}, got 'Infinity'"),
        ("1e15", "EUR", f"Money.amount {NUMBER}, got '1e15'"),
        (-(10**15), "EUR", f"Money.amount {NUMBER}, got -1000000000000000"),
        ("9" * 2_000_000, "EUR", f"Money.amount {NUMBER}, got '{'9' * 119}…"),
        (Decimal("1e9999999"), "EUR", f"Money.amount {NUMBER}, got Decimal('1E+9999999')"),
        ("29.999", "EUR", "Money.amount must have at most 2 digits after the point in EUR, got '29.999'"),
        ("12.5", "JPY", "Money.amount must have at most 0 digits after the point in JPY, got '12.5'"),
        ("1.2345", "KWD", "Money.amount must have at most 3 digits after the point in KWD, got '1.2345'"),
        (Decimal("1e-101"), "EUR", "Money.amount must have at most 2 digits after the point in EUR, got '1E-101'"),
        ("30", "EURO", "Money.currency must be three letters like EUR, got 'EURO'"),
        ("30", "€", "Money.currency must be three letters like EUR, got '€'"),
        ("30", "EÜR", "Money.currency must be three letters like EUR, got 'EÜR'"),
        ("30", None, "Money.currency must be three letters like EUR, got None"),
        ("30", "", "Money.currency must be three letters like EUR, got ''"),
    ],
)
def test_money_that_can_not_be_is_refused(amount: Any, currency: Any, message: str) -> None:
    assert refused(lambda: Money(amount, currency)) == message


@pytest.mark.parametrize("text", ["30 EUR", " 30   eur ", "+30.0 EUR", "30.00\tEUR"])
def test_an_amount_with_its_currency_is_read(text: str) -> None:
    assert Money.parse(text) == Money(30, "EUR")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("30", f"Money {BOTH}, got '30'; {EXAMPLE}"),
        ("30 EURO", f"Money {BOTH}, got '30 EURO'; {EXAMPLE}"),
        ("30EUR", f"Money {BOTH}, got '30EUR'; {EXAMPLE}"),
        ("EUR 30", f"Money {BOTH}, got 'EUR 30'; {EXAMPLE}"),
        ("30,50 EUR", f"Money {BOTH}, got '30,50 EUR'; {EXAMPLE}"),
        ("NaN EUR", f"Money {BOTH}, got 'NaN EUR'; {EXAMPLE}"),
        ("١٢ EUR", f"Money {BOTH}, got '١٢ EUR'; {EXAMPLE}"),
        ("", f"Money {BOTH}, got ''; {EXAMPLE}"),
        (30, f"Money {BOTH}, got 30; {EXAMPLE}"),
        (None, f"Money {BOTH}, got None; {EXAMPLE}"),
        ("29.999 EUR", "Money.amount must have at most 2 digits after the point in EUR, got '29.999'"),
        (" " * 200_000 + "x", f"Money {BOTH}, got '{' ' * 119}…; {EXAMPLE}"),
    ],
)
def test_a_text_that_is_no_money_is_refused(text: Any, message: str) -> None:
    assert refused(lambda: Money.parse(text)) == message


def test_money_is_the_same_whatever_the_program_around_it_does_to_decimals() -> None:
    with localcontext(Context(prec=4)):
        money = Money("12345.67", "EUR")

        assert (str(money), money.minor_units) == ("12345.67 EUR", 1_234_567)


# Rates and prices


@pytest.mark.parametrize(
    ("typed", "rate"),
    [
        ("30 EUR", Money(30, "EUR")),
        (Money(30, "CHF"), Money(30, "CHF")),
        ("30", Decimal(30)),
        (29.5, Decimal("29.5")),
        (0, Decimal(0)),
        (Decimal("29.50"), Decimal("29.50")),
        (None, None),
    ],
)
def test_a_rate_is_money_or_a_number_whose_currency_the_config_says(typed: object, rate: object) -> None:
    assert made(Tutor, hourly_rate=typed).hourly_rate == rate
    assert made(Config, default_rate=typed).default_rate == rate


@pytest.mark.parametrize("place", ["Tutor.hourly_rate", "Config.default_rate"])
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (-30, "must not be negative, got -30"),
        ("-1", "must not be negative, got '-1'"),
        ("-30 EUR", "must not be negative, got '-30 EUR'"),
        (Money(-1, "EUR"), "must not be negative, got Money('-1.00', 'EUR')"),
        ("30 EURO", f"{BOTH}, got '30 EURO'; {EXAMPLE}"),
        ("NaN", f"{BOTH}, got 'NaN'; {EXAMPLE}"),
        ("29.999 EUR", "must have at most 2 digits after the point in EUR, got '29.999'"),
        ("€30", f"{NUMBER}, got '€30'"),
        ("29,50", f"{NUMBER}, got '29,50'"),
        ("", f"{NUMBER}, got ''"),
        (True, f"{NUMBER}, got True"),
        (float("nan"), f"{NUMBER}, got nan"),
        (10**15, f"{NUMBER}, got 1000000000000000"),
        ([30], f"{NUMBER}, got [30]"),
        (b"30", f"{NUMBER}, got b'30'"),
    ],
)
def test_a_rate_that_can_not_be_is_refused(place: str, typed: object, problem: str) -> None:
    name, field = place.split(".")
    kind = {"Tutor": Tutor, "Config": Config}[name]

    assert refused(lambda: made(kind, **{field: typed})) == f"{place} {problem}"


@pytest.mark.parametrize("typed", [30, "30", "thirty euros"], ids=repr)
def test_a_price_always_says_its_currency(typed: object) -> None:
    assert refused(lambda: made(Session, price=typed)) == f"Session.price {BOTH}, got {typed!r}; {EXAMPLE}"
