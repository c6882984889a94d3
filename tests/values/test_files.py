"""Texts and files: lines of TOML, what is a path and what a text, and files that are none."""

import json
import tracemalloc
from pathlib import Path

import pytest

from recurly_sessions import School, Series
from recurly_sessions.errors import DocumentError, RecurlyError
from recurly_sessions.values import files
from tests.hangs import no_hang

SERIES = """\
[[series]]
id = "maths"
timezone = "Europe/Paris"
starts_on = 2026-09-07
"""
MATHS = School([Series("maths", timezone="Europe/Paris", starts_on="2026-09-07")])
DATE = "must be a date like 2026-09-07, got 5"


def refused(text: str | Path, *, json: bool = False) -> str:
    """Say how a document is refused."""
    with pytest.raises(DocumentError) as error:
        School.from_json(text) if json else School.from_toml(text)
    return str(error.value)


# Where a document comes from


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_is_read_from_its_path(tmp_path: Path, bom: str, newline: str) -> None:
    path = tmp_path / "school.toml"
    path.write_bytes((bom + SERIES.replace("\n", newline)).encode())

    assert School.from_toml(path) == School.from_toml(str(path)) == School.from_toml(SERIES) == MATHS


def test_a_json_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "school.json"
    path.write_text(MATHS.to_json(), encoding="utf-8-sig")

    assert School.from_json(path) == School.from_json(MATHS.to_json()) == MATHS


def test_a_text_of_one_line_is_a_text_if_it_looks_like_one() -> None:
    assert School.from_toml("series = []") == School.from_json('{"series": []}') == School([])


@pytest.mark.parametrize("read", [School.from_toml, School.from_json])
def test_a_file_that_is_not_there_is_missed_as_python_misses_files(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read(tmp_path / "no-such-file")
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read("no-such-file")


def test_the_name_of_a_file_stands_before_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    path.write_text(SERIES + "ends_on = 5\n")

    assert refused(path) == f"{path} has 1 problem:\n  line 5, series[0].ends_on: {DATE}"


def test_bytes_that_are_no_text_are_refused_with_where(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    path.write_bytes(b'x = "' + "é".encode("latin-1") + b'"\n')

    assert refused(path) == f"{path} has 1 problem:\n  line 1: not UTF-8 text; save the file as UTF-8"


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    with path.open("wb") as file:
        file.truncate(files.LARGEST + 1)

    assert refused(path) == f"{path} has 1 problem:\n  larger than 32 MB; split the school"


def test_a_text_that_is_too_long_is_refused_unread() -> None:
    assert refused("#" + "\n" * files.LARGEST) == (
        "the text has 1 problem:\n  longer than 32 million characters; split the school"
    )


# What is no TOML and no JSON


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "series is missing"),
        ("\n", "series is missing"),
        ("x = \n", "line 1: not TOML: Invalid value"),
        ('[[series]]\nid = "m\n', "line 2: not TOML: Illegal character '\\n'"),
        ('[[series]]\nid = "m"\nid = "n"\n', "line 3: not TOML: id is said twice"),
        (SERIES + "start = 18:00\n", "line 5: not TOML: Expected newline or end of document after a statement"),
        ("x = 2026-02-30\n", "line 1: not TOML: Invalid date or datetime"),
        ('x = """a\n', "not TOML: Unterminated string (at end of document)"),
        ("\ufeff" + SERIES, "line 1: not TOML: Invalid statement"),
    ],
)
def test_a_text_that_is_no_toml_is_refused_with_its_line(text: str, message: str) -> None:
    assert refused(text) == f"the text has 1 problem:\n  {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: not JSON: Expecting value"),
        ('{"series":\n [,]}', "line 2: not JSON: Expecting value"),
        ('{"series": []}\n x', "line 2: not JSON: Extra data"),
        ("{'series': []}", "line 1: not JSON: Expecting property name enclosed in double quotes"),
        ("[]\n", "must be an object with series, got []"),
        ('"series"\n', "must be an object with series, got 'series'"),
        ("null\n", "must be an object with series, got None"),
        ('{"series": 5}', "series: must be a list of Series tables, got 5"),
    ],
)
def test_a_text_that_is_no_json_is_refused(text: str, message: str) -> None:
    assert refused(text, json=True) == f"the text has 1 problem:\n  {message}"


@pytest.mark.parametrize("number", ["9" * 5_000, "1e99999999999999999999"])
def test_a_number_beyond_all_bounds_is_refused(number: str) -> None:
    assert len(refused(f"series = []\nbase.weeks_ahead = {number}\n")) < 500
    assert len(refused(f'{{"series": [], "base": {{"weeks_ahead": {number}}}}}', json=True)) < 500


@pytest.mark.parametrize("number", ["1e999999", "1e9999999", "-1e9999999", "nan", "inf"])
@pytest.mark.parametrize("field", ["default_rate", "max_changes", "weeks_ahead"])
def test_a_number_that_no_field_can_hold_is_refused_with_its_line(field: str, number: str) -> None:
    assert refused(f"series = []\nbase.{field} = {number}\n").startswith(
        f"the text has 1 problem:\n  line 2, base.{field}: must "
    )


# Lines


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        (SERIES + "ends_on = 5\n", 5, "series[0].ends_on"),
        (SERIES + "\n# a comment\n\n  ends_on=5 # five\n", 8, "series[0].ends_on"),
        (SERIES + '"ends_on" = 5\n', 5, "series[0].ends_on"),
        (SERIES + "'ends_on' = 5\n", 5, "series[0].ends_on"),
        (SERIES.replace("\n", "\r\n") + "ends_on = 5\r\n", 5, "series[0].ends_on"),
        (SERIES + SERIES.replace("maths", "art") + "ends_on = 5\n", 9, "series[1].ends_on"),
        (SERIES + 'subject = """a\nid = 5\n[[series]]\nb"""\nends_on = 5\n', 9, "series[0].ends_on"),
        (SERIES + "subject = '''a\n[base]\nb'''\nends_on = 5\n", 8, "series[0].ends_on"),
        (SERIES + 'subject = """one line"""\nends_on = 5\n', 6, "series[0].ends_on"),
        (SERIES + "subject = \"'''\"\nends_on = 5\n", 6, "series[0].ends_on"),
        (SERIES + "subject = 'a' # it's \"\"\" a quote\nends_on = 5\n", 6, "series[0].ends_on"),
        (SERIES + 'subject = "a\u2028b\x85c"\nends_on = 5\n', 6, "series[0].ends_on"),
        (SERIES + "# \u2028 \x85 \n" + "ends_on = 5\n", 6, "series[0].ends_on"),
        (
            SERIES + '[[series.cancellations]]\nid = "c"\nfirst_day = 5\nlast_day = 2026-09-07\n',
            7,
            "series[0].cancellations[0].first_day",
        ),
        (SERIES + "config.closures = [\n  { id = 'c', first_day = 5, last_day = 2026-09-07 },\n]\n", 5, None),
        (SERIES + "[[series.config.closures]]\nid = 'c'\nlast_day = 2026-09-07\nfirst_day = 5\n", 8, None),
        (SERIES + "[ series.config ]\nid = 'c'\n[ [ series.config.closures ] ]\n", None, None),
        (
            "series = []\n[base]\nx = [\n  ['a']\n]\nclosures = [{ id = 'c', last_day = 2026-09-07, first_day = 5 }]\n",
            6,
            None,
        ),
        (
            "series = []\n[[tutors]]\nid = 'a'\nsubjects = ['''\n''', '''\n[[tutors]]\n''']\n"
            "[[tutors]]\nid = 'b'\navailability = 5\n",
            10,
            "tutors[1].availability",
        ),
        (
            'series = []\n[branches . "a.b"]\nclosures = [{ id = "c", last_day = 2026-09-07, first_day = 5 }]\n',
            3,
            "branches.a.b.closures[0].first_day",
        ),
        (
            'series = []\n[branches."a]b"]\nclosures = [{ id = "c", last_day = 2026-09-07, first_day = 5 }]\n',
            3,
            "branches.a]b.closures[0].first_day",
        ),
    ],
    ids=lambda value: str(value)[-60:] if isinstance(value, str) else None,
)
def test_a_problem_is_told_with_the_line_of_its_key(text: str, line: int | None, path: str | None) -> None:
    if line is None:
        assert refused(text).startswith("the text has 1 problem:\n  line 7: not TOML: ")
        return
    with pytest.raises(DocumentError) as error:
        School.from_toml(text)
    [problem] = error.value.problems

    assert problem.line == line
    assert path in {None, problem.path}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SERIES + "[[series.slots]]\nid = 'mon'\n", "line 5, series[0].slots[0]: start is missing"),
        (SERIES + "slots = [\n\n{ id = 'mon' }]\n", "line 5, series[0].slots[0]: start is missing"),
        ("[base]\nweeks_ahead = 3\n", "series is missing"),
    ],
)
def test_what_is_missing_is_told_with_the_table_that_misses_it(text: str, message: str) -> None:
    assert refused(text) == f"the text has 1 problem:\n  {message}"


# Hostile documents


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5_000_000,
        "x = " + "{a=" * 1_000_000,
        "[" * 5_000_000 + "\n",
        "x = " + "a" * 5_000_000,
        'x = "' + "a" * 5_000_000,
        "\n" * 5_000_000 + "x",
        "x = 1\n" * 500_000,
        "a" * 5_000_000 + "\n",
        '"' * 5_000_000 + "\n",
        "[a]\n" * 1_000_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_garbage_of_five_megabytes_is_refused_quickly(text: str) -> None:
    with no_hang():
        message = refused(text)

    assert "not TOML" in message
    assert len(message) < 1_000


@pytest.mark.parametrize("text", ['{"x":' * 1_000_000, '{"series": ' + "[" * 5_000_000, "{" * 5_000_000])
def test_json_garbage_of_five_megabytes_is_refused_quickly(text: str) -> None:
    with no_hang():
        message = refused(text, json=True)

    assert "not JSON" in message
    assert len(message) < 1_000


@pytest.mark.parametrize("read", [School.from_toml, School.from_json])
def test_a_long_line_that_is_neither_a_path_nor_a_text_is_refused_with_a_short_message(read: object) -> None:
    assert callable(read)
    with pytest.raises((DocumentError, OSError)) as error:
        read("a" * 1_000_000)

    assert len(str(error.value)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        "a." * 20_000 + "a = 1\n",
        "[" + "a." * 20_000 + "a]\n",
        SERIES + "x = [\n[" + " " * 2_000 + "\n1]]\n",
        SERIES + "x = [\n[ a" + " " * 4_000 + "b\n1]]\n".replace("a", "1").replace("b", ""),
        SERIES + "x = [\n" + " " * 100_000 + "1]\n",
    ],
    ids=["a dotted key", "a dotted header", "spaces", "more spaces", "spaces before"],
)
def test_a_small_document_never_takes_long(text: str) -> None:
    with no_hang():
        refused(text)


def test_tables_within_tables_are_no_problem_however_deep() -> None:
    deep = SERIES + "[base]\n" + "a." * 3_000 + "a = 1\n"
    try:
        school = School.from_toml(deep)
    except DocumentError as error:
        assert len(str(error)) < 1_000  # noqa: PT017 - either answer is fine, but not another exception
    else:
        assert len(school.base.unknown[0][1]) < 100_000


def test_a_long_name_of_a_table_is_not_kept_once_for_every_key_in_it() -> None:
    text = "series = []\n[branches." + "b" * 20_000 + "]\n" + "".join(f"k{n} = 1\n" for n in range(2_000))
    tracemalloc.start()
    refused(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 10_000_000


@pytest.mark.parametrize(
    "text",
    [
        SERIES + "k" * 100_000 + " = 1\n",
        SERIES + "[branches." + "b" * 10_000 + "]\nclosures = [" + "{ id = 1 }," * 100 + "]\n",
        SERIES + 'subject = ["' + "x" * 100_000 + '"]\n',
    ],
    ids=["an unknown key", "a table", "a value"],
)
def test_a_message_stays_short_however_long_a_name_is(text: str) -> None:
    assert len(refused(text)) < 100_000


def test_a_name_with_a_line_break_does_not_make_two_problems_of_one() -> None:
    assert len(refused(SERIES + '"a\\nline 1, b" = 1\n').splitlines()) == 2


def test_a_large_school_is_read_in_reasonable_time() -> None:
    slot = '[[series.slots]]\nid = "s{}"\ndays = "MO,WE"\nstart = "18:00"\nend = "19:30"\n'
    one = "[[series]]\nid = 'm{}'\ntimezone = 'Europe/Paris'\nstarts_on = 2026-09-07\n" + "".join(
        slot.format(n) for n in range(10)
    )
    text = "".join(one.replace("m{}", f"m{n}") for n in range(1_200))
    assert len(text) > 800_000

    with no_hang():
        school = School.from_toml(text)

    assert (len(school.series), sum(len(series.slots) for series in school.series)) == (1_200, 12_000)


def test_many_rules_that_never_come_are_refused_in_reasonable_time() -> None:
    slots = [
        {"id": f"s{n}", "rrule": f"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT={n}", "start": "9:00", "end": "10:00"}
        for n in range(1, 13)
    ]
    text = json.dumps({"series": [{"id": "m", "starts_on": "2026-09-07", "slots": slots}]})
    with no_hang(), pytest.raises(RecurlyError):
        School.from_json(text)


def test_a_key_that_stands_twice_in_json_is_refused() -> None:
    assert refused('{"series": [], "base": {"on_gap": "skip", "on_gap": "shift"}}', json=True) == (
        "the text has 1 problem:\n  not JSON that can be read: two of the key 'on_gap' in one object"
    )
