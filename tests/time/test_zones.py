"""Zones: their names, their transitions, and that the machine has no say in them."""

import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

from recurly_sessions import Series
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.time.zones import (
    Transition,
    Zone,
    local_day,
    to_zone_name,
    tzdata_version,
    zone_named,
    zone_names,
)

HOUR = timedelta(hours=1)
ALL_OF_THEM = "recurly_sessions.time.zones.zone_names() has them all"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = files("tzdata") / "zoneinfo"


def contents(name: str) -> bytes:
    return ZONES.joinpath(*name.split("/")).read_bytes()


def different_zones() -> dict[bytes, str]:
    """One name for each zone file that differs from all others: half of the names are aliases."""
    return {contents(name): name for name in sorted(zone_names(), reverse=True)}


def explicit_transitions(data: bytes) -> list[Transition]:
    """The transitions that a zone file lists one by one (RFC 8536), those that change the offset."""
    start, counts = 44, struct.unpack(">6l", data[20:44])
    is_ut, is_standard, leaps, times, types, characters = counts
    start += times * 5 + types * 6 + characters + leaps * 8 + is_standard + is_ut  # the block for 32-bit readers
    times, types = struct.unpack(">6l", data[start + 20 : start + 44])[3:5]
    start += 44
    seconds = struct.unpack(f">{times}q", data[start : start + times * 8])
    kinds = data[start + times * 8 : start + times * 9]
    start += times * 9
    offsets = [struct.unpack(">lBB", data[start + at * 6 : start + at * 6 + 6])[0] for at in range(types)]
    in_force = [timedelta(seconds=offsets[kind]) for kind in (0, *kinds)]
    return [
        Transition(EPOCH + timedelta(seconds=second), before, after)
        for second, (before, after) in zip(seconds, pairwise(in_force), strict=True)
        if before != after
    ]


def scanned_transitions(name: str, year: int) -> Iterator[Transition]:
    """The transitions of a year, looked for day by day and then minute by minute."""
    with ZONES.joinpath(*name.split("/")).open("rb") as file:
        info = ZoneInfo.from_file(file)

    def offset(at: datetime) -> timedelta:
        found = at.astimezone(info).utcoffset()
        assert found is not None
        return found

    midnights = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(-1, 367)]
    for day, following in pairwise(midnights):
        if offset(day) != offset(following):
            minutes = [day + timedelta(minutes=minute) for minute in range(1441)]
            changes = (at for before, at in pairwise(minutes) if offset(before) != offset(at))
            yield from (
                Transition(at, offset(at - timedelta(minutes=1)), offset(at)) for at in changes if at.year == year
            )


def test_the_transitions_of_all_zones_are_those_that_their_files_list() -> None:
    """Since 1970, and of every fourth zone since 1900."""
    wrong = {}
    for place, (data, name) in enumerate(different_zones().items()):
        since = 1970 if place % 4 else 1900
        listed = [change for change in explicit_transitions(data) if since <= change.at.year <= 2100]
        years = sorted({change.at.year for change in listed})
        found = [change for year in years for change in zone_named(name).transitions(year, year)]
        if found[: len(listed)] != listed:  # in the last of the years, the rule at the file's end may add some
            wrong[name] = (found, listed)

    assert wrong == {}


@pytest.mark.parametrize("year", [2008, 2026, 2037, 2100])
def test_the_transitions_of_all_zones_are_those_that_a_scan_of_the_year_finds(year: int) -> None:
    by_rule = {contents(name).rsplit(b"\n", 2)[1]: name for name in sorted(zone_names(), reverse=True)}
    wrong = {
        name: (zone_named(name).transitions(year, year), scanned)
        for name in by_rule.values()
        if zone_named(name).transitions(year, year) != (scanned := list(scanned_transitions(name, year)))
    }

    assert len(by_rule) > 50
    assert wrong == {}


def test_the_transitions_of_some_years_come_in_order() -> None:
    assert zone_named("Europe/Paris").transitions(2025, 2026) == [
        Transition(datetime(2025, 3, 30, 1, tzinfo=UTC), HOUR, 2 * HOUR),
        Transition(datetime(2025, 10, 26, 1, tzinfo=UTC), 2 * HOUR, HOUR),
        Transition(datetime(2026, 3, 29, 1, tzinfo=UTC), HOUR, 2 * HOUR),
        Transition(datetime(2026, 10, 25, 1, tzinfo=UTC), 2 * HOUR, HOUR),
    ]


def test_a_transition_at_new_year_belongs_to_the_year_that_it_begins() -> None:
    lisbon = zone_named("Europe/Lisbon")
    change = Transition(datetime(1912, 1, 1, tzinfo=UTC), -timedelta(minutes=36, seconds=45), timedelta(0))

    assert lisbon.transitions(1911, 1911) == []
    assert lisbon.transitions(1912, 1912) == [change]


def test_a_transition_is_found_to_the_second() -> None:
    """Paris left its own mean time for that of Greenwich at midnight, by a clock that was 9 minutes 21 seconds fast."""
    change = Transition(datetime(1911, 3, 10, 23, 50, 39, tzinfo=UTC), timedelta(minutes=9, seconds=21), timedelta(0))

    assert zone_named("Europe/Paris").transitions(1911, 1911) == [change]


@pytest.mark.parametrize(("year", "count"), [(1, 0), (2, 0), (9997, 2), (9998, 2), (9999, 0)])
def test_the_first_and_the_last_year_of_the_calendar_have_no_transitions(year: int, count: int) -> None:
    assert len(zone_named("Europe/Paris").transitions(year, year)) == count


def test_years_in_the_wrong_order_have_no_transitions() -> None:
    assert zone_named("Europe/Paris").transitions(2026, 2025) == []


def test_threads_that_ask_at_once_get_the_same_transitions() -> None:
    with ZONES.joinpath("Africa", "Casablanca").open("rb") as file:
        fresh = Zone("Africa/Casablanca", ZoneInfo.from_file(file))
    together = threading.Barrier(4)
    answers: list[list[Transition]] = []

    def ask() -> None:
        together.wait()
        answers.append(fresh.transitions(2020, 2030))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [zone_named("Africa/Casablanca").transitions(2020, 2030)] * 4


def test_every_name_of_the_tzdata_package_is_a_zone() -> None:
    names = zone_names()

    assert len(names) > 590
    assert {zone_named(name).name for name in names} == names


def test_a_zone_is_loaded_once() -> None:
    assert zone_named("Asia/Tokyo") is zone_named("Asia/Tokyo")


def test_a_zone_shows_its_name() -> None:
    assert repr(zone_named("Asia/Tokyo")) == "Zone('Asia/Tokyo')"


def test_a_zone_knows_its_offset_at_an_instant() -> None:
    kolkata = zone_named("Asia/Kolkata")

    assert kolkata.offset(datetime(2026, 1, 1, tzinfo=UTC)) == timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    ("instant", "name", "day"),
    [
        (datetime(2026, 1, 1, 9, 59, tzinfo=UTC), "Pacific/Kiritimati", date(2026, 1, 1)),
        (datetime(2026, 1, 1, 10, tzinfo=UTC), "Pacific/Kiritimati", date(2026, 1, 2)),
        (datetime(2026, 1, 1, 10, tzinfo=UTC), "Pacific/Pago_Pago", date(2025, 12, 31)),
    ],
)
def test_the_local_day_is_the_date_on_the_calendar_of_the_zone(instant: datetime, name: str, day: date) -> None:
    assert local_day(instant, zone_named(name)) == day


def test_the_release_of_the_timezone_database_is_told() -> None:
    assert tzdata_version() == tzdata.IANA_VERSION


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("europe/paris", "Europe/Paris"),
        ("EUROPE/PARIS", "Europe/Paris"),
        ("America/New York", "America/New_York"),
        ("america/new york", "America/New_York"),
        (" Europe/Paris\n", "Europe/Paris"),
        ("Europe/Pariss", "Europe/Paris"),
        ("Amercia/New_York", "America/New_York"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(written: str, meant: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        Series("maths", timezone=written, starts_on="2026-09-07")

    assert str(error.value) == (
        f"Series.timezone must be an IANA timezone like Europe/Paris, got {written!r}; did you mean {meant!r}?"
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../x",
        "../../zones",
        "/etc/passwd",
        "Europe",
        "Europe/",
        "Europe/../Asia/Tokyo",
        "tzdata.zi",
        "Mars/Phobos",
        "\0",
        "CET+1",
        "x" * 100_000,
    ],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        zone_named(name)

    shown = repr(name) if len(name) < 120 else "'" + "x" * 119 + "…"
    assert str(error.value.at("timezone")) == (
        f"timezone must be an IANA timezone like Europe/Paris, got {shown}; {ALL_OF_THEM}"
    )


@pytest.mark.parametrize("value", [None, 1, ["Europe/Paris"], b"Europe/Paris"])
def test_what_is_no_text_is_refused_as_a_zone(value: object) -> None:
    with pytest.raises(InvalidValueError) as error:
        to_zone_name(value)  # type: ignore[arg-type]

    assert str(error.value.at("timezone")) == (
        f"timezone must be an IANA timezone like Europe/Paris, got {value!r}; {ALL_OF_THEM}"
    )


def test_zone_files_of_the_machine_have_no_influence(tmp_path: Path) -> None:
    """A machine on which Paris keeps the time of Tokyo, and which itself is in Tokyo, still gives that of Paris."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Paris").write_bytes(contents("Asia/Tokyo"))
    code = """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from recurly_sessions.time.zones import zone_named
summer = datetime(2026, 7, 1, tzinfo=UTC)
print(zone_named("Europe/Paris").offset(summer), summer.astimezone(ZoneInfo("Europe/Paris")).utcoffset())
"""
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path), "TZ": "Asia/Tokyo"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert ran.stdout == "2:00:00 9:00:00\n"
