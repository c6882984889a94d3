"""`init`: a school file with every kind of entry, which is as it says."""

import re
from datetime import date
from pathlib import Path
from typing import Final

import attrs
import pytest

from recurly_sessions import (
    Assignment,
    Availability,
    Cancellation,
    Closure,
    Config,
    Consecutive,
    Manual,
    Member,
    Package,
    Phase,
    RoundRobin,
    School,
    Series,
    Slot,
    Tutor,
    Weekly,
    plan_sessions,
    resolve_config,
)
from recurly_sessions.cli.sample import sample
from recurly_sessions.values.config import RULES
from tests.cli.terminal import NOW, Terminal

TEXT: Final = sample("school.toml", date(2026, 10, 5))
SWITCHED_OFF: Final = re.compile(r"^#(?=[a-z])", re.MULTILINE)
IN_PLACE_OF: Final = {"rrule": "days", "duration": "end"}
SECTIONS: Final = {
    "series": Series,
    "series.slots": Slot,
    "series.slots.phases": Phase,
    "series.assignments": Assignment,
    "series.cancellations": Cancellation,
    "series.packages": Package,
    "series.members": Member,
    "tutors": Tutor,
    "tutors.availability": Availability,
    "closures": Closure,
    "base": Config,
}


def section(name: str) -> list[str]:
    """The lines of the sample under the headings of a name."""
    found, heading = [], ""
    for line in TEXT.splitlines():
        if line.startswith("["):
            heading = line.split("]")[0].strip("[")
        elif heading == name:
            found.append(line)
    return found


def fields(cls: type) -> list[str]:
    return [field.name for field in attrs.fields(cls) if field.init and field.name != "unknown"]


@pytest.mark.parametrize("name", SECTIONS)
def test_the_sample_names_every_field_that_a_file_may_have(name: str) -> None:
    said = {line.partition(" = ")[0].removeprefix("#") for line in section(name)}
    nested = {heading.rpartition(".")[2] for heading in [*SECTIONS, "series.config"] if heading.startswith(f"{name}.")}

    assert set(fields(SECTIONS[name])) - nested <= said
    assert all(section(f"{name}.{each}") for each in nested if each in fields(SECTIONS[name]))


def test_the_sample_names_every_part_of_a_school_and_every_pattern_with_its_data() -> None:
    school = School.from_toml(TEXT)

    assert all(getattr(school, name) for name in ("series", "tutors", "closures", "branches"))
    assert school.series[0].config != Config()
    patterns = re.findall(r"^#?pattern = .*", TEXT, re.MULTILINE)
    for cls in (RoundRobin, Manual, Weekly, Consecutive):
        of_kind = [each for each in patterns if f'"{cls.kind}"' in each]
        assert of_kind
        assert all(any(f"{name} = " in each for each in of_kind) for name in fields(cls) if name != "problem")


def test_the_sample_says_the_rules_that_hold_if_nothing_is_said() -> None:
    rules = [SWITCHED_OFF.sub("", line) for line in section("base")]
    base = School.from_toml("\n".join(["series = []", "[base]", *rules])).base
    built_in = resolve_config(Config())

    told = {rule: getattr(base, rule) for rule in RULES if getattr(built_in, rule) is not None}
    assert told == {rule: getattr(built_in, rule) for rule in told}


@pytest.mark.parametrize("number", [at for at, line in enumerate(TEXT.splitlines()) if SWITCHED_OFF.match(line)])
def test_each_line_of_the_sample_may_be_switched_on_by_itself(number: int) -> None:
    lines = TEXT.splitlines()
    lines[number] = lines[number].removeprefix("#")
    key = lines[number].partition(" = ")[0]
    heading = max(place for place in range(number) if lines[place].startswith("["))
    for place in range(heading, number):
        if lines[place].startswith((f"{key} = ", f"{IN_PLACE_OF.get(key)} = ")):
            lines[place] = ""

    assert School.from_toml("\n".join(lines)) is not None


def test_a_line_that_says_the_same_as_another_is_named_and_the_sample_says_what_to_do(
    folder: Path, bare: Terminal
) -> None:
    (folder / "school.toml").write_text(TEXT.replace('#pattern = "manual"', 'pattern = "manual"'), encoding="utf-8")

    told = bare("plan", "school.toml")

    assert told.err.splitlines()[1] == "  line 132: not TOML: pattern is said twice"
    assert "put a # before the line that says the same" in bare.ok("init", "-")


@pytest.mark.parametrize("day", ["2026-01-01T00:00Z", NOW, "2026-12-31T23:59Z", "2028-02-29T12:00Z"])
def test_the_sample_can_be_planned_as_it_is_on_whatever_day(folder: Path, bare: Terminal, day: str) -> None:
    bare.ok("init", now=day)
    made = plan_sessions(School.from_toml(folder / "school.toml"), now=day)

    assert made.creates
    assert (made.issues, made.conflicts) == ((), ())


def test_a_school_file_is_begun(folder: Path, bare: Terminal) -> None:
    assert bare.ok("init") == (
        "Wrote school.toml. Make it yours, then: recurly-sessions plan school.toml --now 2026-10-05T08:00:00Z\n"
    )
    assert (folder / "school.toml").read_text(encoding="utf-8") == TEXT
    assert bare.ok("init", "-") == TEXT
    assert bare("init", "other.json", "--json").data == {"wrote": "other.json"}
    assert School.from_json(folder / "other.json") == School.from_toml(TEXT)
    assert "Plan: 7 to create." in bare.ok("plan", "school.toml")
    bare.ok("import", "school.toml")
    assert School.from_toml(bare.ok("export")) == School.from_toml(TEXT)


def test_a_file_that_is_there_is_not_written_over(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text("mine", encoding="utf-8")

    told = bare("init")

    assert (told.out, told.code) == ("", 1)
    assert told.err == (
        "error: school.toml is there already, and stays as it is\n"
        "hint: name another one: recurly-sessions init another.toml --now 2026-10-05T08:00:00Z\n"
    )
    assert (folder / "school.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["plan", "import"])
def test_who_needs_a_school_file_is_told_of_init(bare: Terminal, command: str) -> None:
    assert "recurly-sessions init" in bare.ok(command, "--help", now=None)
