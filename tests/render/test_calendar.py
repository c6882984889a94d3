"""The HTML calendar, read as a browser would: which elements there are, and what they say."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Issue, Session
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.render import calendar, style
from recurly_sessions.render.calendar import as_html
from recurly_sessions.render.entries import Entry, Mark
from recurly_sessions.values.conflict import Conflict
from tests.hangs import no_hang

NOW = datetime(2026, 10, 15, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TUESDAY = datetime(2026, 10, 20, 16, tzinfo=UTC)  # 18:00 in Paris
VOID = {"input", "meta"}
BLOCKS = {"details", "div", "li", "p", "summary", "td", "ul"}


@attrs.define
class Element:
    tag: str
    attributes: dict[str, str | None]
    inside: "list[Element | str]" = attrs.Factory(list)

    @property
    def classes(self) -> set[str]:
        return set((self.attributes.get("class") or "").split())

    @property
    def text(self) -> str:
        """What is read: what stands in a line of its own is parted by a blank, and several blanks are one."""
        return re.sub(r"\s+", " ", self.raw).strip()

    @property
    def raw(self) -> str:
        text = "".join(part if isinstance(part, str) else part.raw for part in self.inside)
        return f" {text} " if self.tag in BLOCKS else text

    def __iter__(self) -> "Iterator[Element]":
        for part in self.inside:
            if isinstance(part, Element):
                yield part
                yield from part

    def all(self, name: str) -> "list[Element]":
        """The elements of a tag, or of a class if it has a dot before it."""
        return [each for each in self if (name[1:] in each.classes if name[0] == "." else each.tag == name)]

    def one(self, name: str) -> "Element":
        (found,) = self.all(name)
        return found

    def texts(self, name: str) -> list[str]:
        return [each.text for each in self.all(name)]


class Reader(HTMLParser):
    """Reads a page, and refuses one whose tags don't match."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice"
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{self.open[-1].tag} is open, and {tag} is closed"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    reader.close()

    assert reader.open == [reader.root], "everything that was opened is closed"
    return reader.root


def an_entry(id: str = "maths/mon", *, mark: Mark = "created", **more: Any) -> Entry:
    of_entry = {name: more.pop(name) for name in list(more) if name in attrs.fields_dict(Entry)}
    times = {"starts_at": TUESDAY, "ends_at": more.get("starts_at", TUESDAY) + HOUR}
    session = Session(id, **{"series_id": "maths", "timezone": "Europe/Paris", **times, **more})
    filled = {
        "before": None,
        "title": "Maths · mon",
        "tutor": "Amina",
        "tutor_before": None,
        "why": "",
        "conflicts": (),
    }
    return Entry(**{"session": session, "mark": mark, "pinned": session.pinned, **filled, **of_entry})


def moved(*, by: timedelta) -> Entry:
    entry = an_entry(mark="moved", why="the slot has moved", version=2)
    before = attrs.evolve(
        entry.session, starts_at=entry.session.starts_at - by, ends_at=entry.session.ends_at - by, version=1
    )
    return attrs.evolve(entry, before=before, tutor_before="Amina")


def in_conflict(**more: Any) -> Entry:
    conflict = Conflict(
        "tutor",
        **{"session_id": "maths/mon", "other": "chess", "starts_at": TUESDAY, "ends_at": TUESDAY + HOUR, **more},
    )
    return an_entry(conflicts=(conflict,))


def page(entries: Iterable[Entry], **more: Any) -> str:
    return as_html(list(entries), **{"title": "Autumn", "summary": "all is well", "now": NOW, **more})


def drawn(entries: Iterable[Entry], **more: Any) -> Element:
    return read(page(entries, **more))


def everything() -> list[Entry]:
    """One entry of each kind, on days of two months and in two zones."""
    return [
        an_entry("a", why="it is due"),
        moved(by=DAY),
        an_entry(
            "c", mark="changed", before=an_entry("c", tutor_id="luc").session, tutor_id="amina", tutor_before="Luc"
        ),
        an_entry("d", mark="cancelled", status="CANCELLED", why="closed: autumn"),
        an_entry("e", mark="reinstated", starts_at=TUESDAY + 21 * DAY),
        an_entry("f", mark="kept", tutor=None, pinned=("tutor_id",)),
        an_entry("g", mark="kept", timezone="Asia/Tokyo", room_id="blue"),
        attrs.evolve(in_conflict(why="Amina is at chess"), session=an_entry("h").session),
    ]


SHAPES = {
    "everything": everything(),
    "one": [an_entry()],
    "nothing": [],
    "more than is drawn": [an_entry(f"s{n}", starts_at=TUESDAY + n * DAY) for n in range(500)],
}


# The page as a whole


@pytest.mark.parametrize("is_page", [True, False])
@pytest.mark.parametrize("entries", SHAPES.values(), ids=SHAPES)
def test_every_tag_is_closed_and_every_class_is_our_own(entries: list[Entry], is_page: bool) -> None:
    root = drawn(entries, page=is_page, issues=[Issue("bad-pattern", message="look here")])

    assert {
        name for element in root for name in element.classes if name != "rs" and not name.startswith("rs-")
    } == set()


@pytest.mark.parametrize("is_page", [True, False])
@pytest.mark.parametrize("entries", SHAPES.values(), ids=SHAPES)
def test_nothing_is_loaded_and_nothing_runs(entries: list[Entry], is_page: bool) -> None:
    html = page(entries, page=is_page)

    assert [bad for bad in ("http", "src=", "href", "@import", "url(", "<script", "<link") if bad in html] == []
    assert [name for element in read(html) for name in element.attributes if name.startswith("on")] == []


def test_a_page_says_its_title_its_summary_and_whose_clock_it_shows() -> None:
    root = drawn([an_entry()])

    assert (root.one("title").text, root.one("h1").text) == ("Autumn", "Autumn")
    assert root.one(".rs-summary").text == "all is well"
    assert root.one(".rs-meta").text == "Times in Europe/Paris, as of Thursday 15 October 2026, 10:00"


def test_a_fragment_is_a_style_and_a_division_that_leave_the_page_around_alone() -> None:
    root = drawn(everything(), page=False)

    assert [each.tag for each in root.inside if isinstance(each, Element)] == ["style", "div"]
    assert {"html", "head", "body", "main", "h1"}.isdisjoint(element.tag for element in root)
    assert not [element for element in root if "id" in element.attributes]


def test_the_style_of_a_fragment_names_only_our_own_classes() -> None:
    style = drawn([], page=False).one("style").text
    without_queries = re.sub(r"@(media|container|supports)[^{]*(selector\([^{]*\))?\s*\{", "", style)
    selectors = re.findall(r"(?:^|})\s*([^{}@]+)\{", without_queries)

    assert len(selectors) > 50
    assert [each for each in ",".join(selectors).split(",") if each.startswith("@")] == []
    assert [each for each in selectors if not each.strip().startswith(".rs.rs.rs")] == []


def test_the_style_knows_the_dark_paper_and_the_narrow_screen() -> None:
    style = drawn([]).one("style").text

    assert [each for each in ("prefers-color-scheme:dark", "@media print", "@container rs") if each not in style] == []


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(palette: dict[str, str]) -> None:
    tints = [name for name in palette if name.endswith("-tint")]
    pairs = [(ink, ground) for ink in ("ink", "soft", "conflict") for ground in ("paper", "surface", *tints)]
    pairs += [(tint.removesuffix("-tint"), ground) for tint in tints for ground in ("paper", "surface", tint)]

    assert [pair for pair in pairs if contrast(palette[pair[0]], palette[pair[1]]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, as WCAG 2 counts it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("is_page", [True, False])
def test_headings_go_down_one_step_at_a_time(is_page: bool) -> None:
    levels = [int(each.tag[1]) for each in drawn(everything(), page=is_page) if re.fullmatch("h[1-6]", each.tag)]

    assert levels[0] == (1 if is_page else 2)
    assert max(after - before for before, after in pairwise(levels)) == 1


def test_two_buttons_with_words_choose_between_weeks_and_months() -> None:
    root = drawn([an_entry()])
    buttons = root.all("input")

    assert root.texts("label") == ["Week", "Month"]
    assert ["checked" in button.attributes for button in buttons] == [True, False]
    assert len({button.attributes["name"] for button in buttons}) == 1


def test_where_nothing_changes_sessions_are_counted_and_not_what_is_kept() -> None:
    document = drawn([an_entry(mark="kept"), an_entry("maths/tue", mark="kept")])

    assert document.one(".rs-legend").texts("li") == []
    assert document.one(".rs-counts").text == "2 sessions"


def test_calendars_that_differ_have_switches_of_their_own() -> None:
    names = {drawn([an_entry(id)], page=False).all("input")[0].attributes["name"] for id in ("a", "b", "a")}

    assert len(names) == 2


def test_the_order_of_the_entries_changes_nothing() -> None:
    assert page(reversed(everything())) == page(everything())


def test_an_empty_calendar_says_so_in_a_friendly_way() -> None:
    root = drawn([])

    assert root.one(".rs-nothing").text == (
        "15 Nothing on this calendar There are no sessions to show: none is planned, and none has to change."
    )
    assert root.one(".rs-meta").text == "As of Thursday 15 October 2026, 08:00 UTC"
    assert root.all("input") == []


def test_an_unknown_timezone_is_refused_by_name() -> None:
    with pytest.raises(InvalidValueError) as error:
        page([], timezone="Europe/Pariss")

    assert str(error.value) == (
        "timezone must be an IANA timezone like Europe/Paris, got 'Europe/Pariss'; did you mean 'Europe/Paris'?"
    )


def test_a_now_without_a_timezone_is_refused() -> None:
    with pytest.raises(InvalidValueError) as error:
        page([], now=datetime(2026, 10, 15))  # noqa: DTZ001 - that is what is refused

    assert str(error.value) == (
        "now must say its timezone, got datetime.datetime(2026, 10, 15, 0, 0); "
        "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo"
    )


# One session


@pytest.mark.parametrize("view", [".rs-weeks", ".rs-months"])
def test_every_entry_stands_once_in_each_view(view: str) -> None:
    entries = everything()
    sessions = [
        each.attributes["data-session"] for each in drawn(entries).one(view) if "data-session" in each.attributes
    ]

    assert sorted(map(str, sessions)) == sorted(entry.session.id for entry in entries)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (an_entry(), "18:00–19:00 +Created Maths mon Amina"),
        (an_entry(why="it is due"), "18:00–19:00 +Created Maths mon Amina Why it is due"),
        (an_entry(mark="kept"), "18:00–19:00 pending Maths mon Amina"),
        (an_entry(mark="kept", status="COMPLETED"), "18:00–19:00 completed Maths mon Amina"),
        (an_entry(mark="kept", tutor=None), "18:00–19:00 pending Maths mon No tutor"),
        (an_entry(mark="kept", title="Maths"), "18:00–19:00 pending Maths Amina"),
        (an_entry(mark="reinstated", why="open again"), "18:00–19:00 ↺Reinstated Maths mon Amina open again"),
        (
            an_entry(mark="cancelled", status="CANCELLED", cancellation_reason="ill", why="closed: autumn"),
            "18:00–19:00 ×Cancelled Maths mon Amina closed: autumn",
        ),
        (
            an_entry(mark="kept", status="CANCELLED", cancellation_reason="ill"),
            "18:00–19:00 cancelled Maths mon Amina ill",
        ),
        (an_entry(mark="kept", status="RESCHEDULED"), "18:00–19:00 waits for a new time Maths mon Amina"),
        (
            an_entry(mark="kept", pinned=("ends_at", "notes", "starts_at", "tutor_id")),
            "18:00–19:00 pending Maths mon Amina Set by hand: time, notes, tutor",
        ),
        (an_entry(mark="kept", room_id="blue"), "18:00–19:00 pending Maths mon Amina room blue"),
        (
            an_entry(mark="kept", original_starts_at=TUESDAY - DAY),
            "18:00–19:00 pending Maths mon Amina moved earlier from Mon 19 Oct, 18:00",
        ),
        (an_entry(mark="kept", original_starts_at=TUESDAY), "18:00–19:00 pending Maths mon Amina"),
        (moved(by=DAY), "18:00–19:00 →Moved Maths mon Amina was Mon 19 Oct, 18:00–19:00 the slot has moved"),
        (moved(by=HOUR), "18:00–19:00 →Moved Maths mon Amina was 17:00–18:00 the slot has moved"),
        (
            attrs.evolve(moved(by=365 * DAY), why=""),
            "18:00–19:00 →Moved Maths mon Amina was Mon 20 Oct 2025, 18:00–19:00",
        ),
        (
            an_entry(mark="changed", before=an_entry(tutor_id="luc").session, tutor_id="amina", tutor_before="Luc"),
            "18:00–19:00 ~Changed Maths mon was Luc → Amina",
        ),
        (
            an_entry(mark="changed", before=an_entry().session, tutor_id="amina"),
            "18:00–19:00 ~Changed Maths mon was no tutor → Amina",
        ),
        (
            an_entry(mark="changed", before=an_entry(price="40 EUR").session, price="45 EUR", tutor_before="Amina"),
            "18:00–19:00 ~Changed Maths mon Amina price 40.00 EUR →now 45.00 EUR",
        ),
        (
            an_entry(mark="changed", before=an_entry(room_id="red").session, status="CONFIRMED", tutor_before="Amina"),
            "18:00–19:00 ~Changed Maths mon Amina confirmed room red →now none",
        ),
        (
            in_conflict(why="Amina is at chess."),
            "18:00–19:00 +Created Maths mon Amina ! Conflict Amina is at chess.",
        ),
        (
            in_conflict(reaction="unassign"),
            "18:00–19:00 +Created Maths mon Amina ! Conflict the tutor is double-booked: chess; left without a tutor.",
        ),
    ],
)
def test_a_card_says_all_there_is_to_say(entry: Entry, said: str) -> None:
    card = drawn([entry]).one(".rs-weeks").one(".rs-card")

    assert card.text == said


def test_more_conflicts_of_one_session_than_can_be_read_are_counted() -> None:
    entry = in_conflict(why="Amina is at chess")
    card = drawn([attrs.evolve(entry, conflicts=entry.conflicts * 5)]).one(".rs-weeks").one(".rs-card")

    assert card.texts(".rs-warn") == ["! Conflict Amina is at chess."] * 3 + ["and 2 more conflicts"]


@pytest.mark.parametrize("mark", ["moved", "changed", "cancelled", "reinstated"])
def test_the_reason_of_what_nobody_expects_is_in_sight(mark: Mark) -> None:
    card = drawn([an_entry(mark=mark, why="closed: autumn")]).one(".rs-weeks").one(".rs-card")

    assert card.all("details") == []
    assert card.one(".rs-reason").text == "closed: autumn"


def test_what_is_off_is_struck_out() -> None:
    root = drawn([an_entry("a", mark="cancelled", status="CANCELLED"), an_entry("b")])

    assert [each.attributes["data-session"] for each in root.all(".rs-off")] == ["a", "a"]


@pytest.mark.parametrize("view", [".rs-weeks", ".rs-months"])
def test_what_moves_to_another_day_leaves_a_note_on_the_old_one(view: str) -> None:
    ghost = drawn([moved(by=DAY)]).one(view).one(".rs-ghost")

    assert ghost.text == "18:00 Maths · mon moves to Tue 20 Oct, 18:00"
    assert ghost.one("s").text == "18:00 Maths · mon"


def test_what_moves_within_its_day_leaves_no_note() -> None:
    assert drawn([moved(by=HOUR)]).all(".rs-ghost") == []


def test_a_month_says_the_start_the_tutor_and_unfolds_the_rest() -> None:
    chip = drawn([moved(by=DAY)]).one(".rs-months").one(".rs-chip")

    assert chip.one("summary").text == "→Moved: 18:00 Maths mon"
    assert chip.one(".rs-tutor").text == "Amina"
    assert chip.texts(".rs-fact") == ["was Mon 19 Oct, 18:00–19:00"]


def test_a_month_has_nothing_to_unfold_where_all_is_said() -> None:
    chip = drawn([an_entry(mark="kept")]).one(".rs-months").one(".rs-chip")

    assert chip.all("details") == []
    assert chip.text == "Kept: 18:00 Maths mon Amina"


def test_the_legend_counts_what_there_is_to_see() -> None:
    assert drawn(everything()).one(".rs-legend").texts("li") == [
        "+Created 2", "→Moved 1", "~Changed 1", "×Cancelled 1", "↺Reinstated 1", "Kept 2", "!In conflict 1",
    ]  # fmt: skip


def test_every_tutor_is_listed_with_the_sessions_that_are_held() -> None:
    entries = [an_entry("a"), an_entry("b", tutor="Luc"), an_entry("c", status="CANCELLED"), an_entry("d", tutor=None)]

    assert drawn(entries).one(".rs-tutors").texts("li") == ["Amina 1", "Luc 1", "No tutor 1"]


def test_of_many_tutors_the_rest_is_counted() -> None:
    entries = [an_entry(f"s{n}", tutor=f"tutor {n:02}") for n in range(41)]

    assert drawn(entries).one(".rs-tutors").texts("li")[-2:] == ["tutor 39 1", "and 1 more tutor"]


def test_a_tutor_has_the_same_colour_on_every_page() -> None:
    looks = [
        {(dot.attributes["class"], dot.attributes.get("style")) for dot in drawn([an_entry(tutor=name)]).all(".rs-dot")}
        for name in ("amina", "luc", "zoe", None)
    ]

    assert looks == [
        {("rs-dot", "--rs-hue:280")},
        {("rs-dot rs-ring", "--rs-hue:325")},
        {("rs-dot rs-square", "--rs-hue:145")},
        {("rs-dot rs-nobody", None)},
    ]


def test_tutors_on_one_page_have_colours_of_their_own_while_there_are_some() -> None:
    names = [f"tutor {number}" for number in range(24)]

    def looks(count: int) -> list[tuple[str | None, str | None]]:
        items = drawn([an_entry(name, tutor=name) for name in names[:count]]).one(".rs-tutors").all(".rs-dot")
        return [(dot.attributes["class"], dot.attributes.get("style")) for dot in items]

    assert len({style for _, style in looks(8)}) == 8
    assert len(set(looks(24))) == 24


def test_the_moment_is_told_on_the_clock_of_most_sessions() -> None:
    entries = [an_entry("a", timezone="America/New_York"), an_entry("b"), an_entry("c")]

    assert drawn(entries).one(".rs-meta").text == (
        "Times on each series' own clock (America/New_York and Europe/Paris), "
        "as of Thursday 15 October 2026, 10:00 in Europe/Paris"
    )


# Days and clocks


def day_of(root: Element, name: str) -> Element:
    (found,) = [day for day in root.all(".rs-day") if day.one(".rs-name").text == name]
    return found


def test_a_session_over_midnight_stands_on_the_day_on_which_it_starts() -> None:
    night = an_entry(starts_at=TUESDAY + 5 * HOUR, ends_at=TUESDAY + 13 * HOUR)
    root = drawn([night])

    assert day_of(root, "Tue 20 Oct").one(".rs-card").one(".rs-time").text == "23:00–07:00 +1 day"
    assert day_of(root, "Wed 21 Oct").all(".rs-card") == []


def test_a_session_over_several_midnights_counts_them() -> None:
    root = drawn([an_entry(ends_at=TUESDAY + 49 * HOUR)])

    assert root.all(".rs-card")[0].one(".rs-time").text == "18:00–19:00 +2 days"


def test_a_time_that_the_clock_shows_twice_says_which_it_is() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    entries = [an_entry(f"s{n}", starts_at=first + n * HOUR) for n in range(2)]

    assert [card.one(".rs-time").text for card in drawn(entries).all(".rs-card")] == [
        "02:30 UTC+02:00–02:30 UTC+01:00",
        "02:30 UTC+01:00–03:30",
    ]


def test_a_start_that_is_not_on_a_minute_says_its_seconds() -> None:
    root = drawn([an_entry(starts_at=TUESDAY + timedelta(seconds=30))])

    assert root.all(".rs-card")[0].one(".rs-time").text == "18:00:30–19:00:30"


@pytest.mark.parametrize("view", [".rs-weeks", ".rs-months"])
@pytest.mark.parametrize(
    ("timezone", "starts_at", "text"),
    [
        ("Europe/Paris", datetime(2026, 10, 20, tzinfo=UTC), "Clocks go back 1 h at 03:00"),
        ("Europe/Paris", datetime(2026, 3, 24, tzinfo=UTC), "Clocks go forward 1 h at 02:00"),
        ("Australia/Lord_Howe", datetime(2026, 10, 1, tzinfo=UTC), "Clocks go forward 30 min at 02:00"),
        ("Pacific/Apia", datetime(2011, 12, 28, tzinfo=UTC), "Clocks go forward 24 h at 00:00"),
    ],
)
def test_the_day_on_which_the_clocks_change_says_how(view: str, timezone: str, starts_at: datetime, text: str) -> None:
    root = drawn([an_entry(timezone=timezone, starts_at=starts_at)])

    assert text in root.one(view).texts(".rs-clock")


def test_the_clock_change_stands_on_its_day() -> None:
    root = drawn([an_entry()])

    assert day_of(root, "Sun 25 Oct").one(".rs-clock").text == "Clocks go back 1 h at 03:00"


def test_sessions_of_several_zones_stand_on_their_own_clocks_and_say_so() -> None:
    entries = [an_entry("a"), an_entry("b", timezone="America/New_York")]
    root = drawn(entries)

    assert [(card.one(".rs-time").text, card.one(".rs-zone").text) for card in root.all(".rs-card")] == [
        ("12:00–13:00", "America/New_York"),
        ("18:00–19:00", "Europe/Paris"),
    ]
    assert root.one(".rs-meta").text == (
        "Times on each series' own clock (America/New_York and Europe/Paris), "
        "as of Thursday 15 October 2026, 04:00 in America/New_York"
    )
    assert day_of(root, "Sun 25 Oct").one(".rs-clock").text == "Clocks go back 1 h at 03:00 in Europe/Paris"


def test_zones_whose_clocks_change_together_share_a_line() -> None:
    names = ("Europe/Berlin", "Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/Vienna")
    root = drawn([an_entry(name, timezone=name) for name in names])

    assert day_of(root, "Sun 25 Oct").texts(".rs-clock") == [
        "Clocks go back 1 h at 03:00 in Europe/Berlin, Europe/Madrid, Europe/Paris and 2 more"
    ]


def test_all_sessions_can_be_shown_on_one_clock() -> None:
    root = drawn([an_entry("a"), an_entry("b", timezone="America/New_York")], timezone="Asia/Tokyo")

    assert [(card.one(".rs-time").text, card.all(".rs-zone")) for card in root.all(".rs-card")] == [
        ("01:00–02:00", []),
        ("01:00–02:00", []),
    ]
    assert day_of(root, "Wed 21 Oct").all(".rs-card") == root.all(".rs-card")


def test_today_is_marked_in_both_views() -> None:
    root = drawn([an_entry()], now=TUESDAY)

    assert root.texts(".rs-now") == ["Today", "Today"]
    assert day_of(root, "Tue 20 Oct").one(".rs-now").text == "Today"


def test_today_may_be_two_days_on_several_clocks() -> None:
    root = drawn([an_entry("a"), an_entry("b", timezone="Asia/Tokyo")], now=TUESDAY).one(".rs-weeks")

    assert root.texts(".rs-now") == ["Today in Europe/Paris", "Today in Asia/Tokyo"]


def test_a_week_runs_from_monday_and_says_its_number() -> None:
    week = drawn([an_entry()]).one(".rs-week")

    assert week.one(".rs-when").text == "Week 43 19 – 25 October 2026"
    assert week.texts(".rs-name")[::6] == ["Mon 19 Oct", "Sun 25 Oct"]
    assert week.one(".rs-counts").text == "1 created"


def test_a_range_says_months_and_years_only_where_they_differ() -> None:
    starts = (datetime(2026, 9, 29, tzinfo=UTC), datetime(2026, 12, 29, tzinfo=UTC))
    root = drawn([an_entry(f"{start.month}", starts_at=start) for start in starts])

    assert root.one(".rs-weeks").texts(".rs-when") == [
        "Week 40 28 September – 4 October 2026",
        "Week 53 28 December 2026 – 3 January 2027",
    ]


def test_lessons_of_one_hour_stand_in_one_row_on_all_days() -> None:
    starts = (TUESDAY, TUESDAY + timedelta(minutes=45), TUESDAY + DAY, TUESDAY - 2 * HOUR)
    week = drawn([an_entry(f"s{place}", starts_at=start) for place, start in enumerate(starts)]).one(".rs-week")

    assert week.texts(".rs-hour") == ["16:00", "18:00"]
    assert [(each.attributes["style"], len(each.all(".rs-card"))) for each in week.all(".rs-at")] == [
        ("--rs-row:2", 1),
        ("--rs-row:3", 2),
        ("--rs-row:3", 1),
    ]


def test_a_month_is_a_table_whose_heads_name_days_and_weeks() -> None:
    table = drawn([an_entry()]).one("table")
    heads = [(each.attributes["scope"], each.text) for each in table.all("th")]

    assert heads == [
        *(
            ("col", name)
            for name in ("Week", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        ),
        *(("row", f"Week {number}") for number in range(40, 45)),
    ]
    assert {len(row.all("td")) for row in table.one("tbody").all("tr")} == {7}


def test_days_of_other_months_stay_empty() -> None:
    table = drawn([an_entry()]).one("table")
    days = [cell.one(".rs-date").text if cell.all(".rs-date") else "" for cell in table.all("td")]

    assert days == ["", "", "", *map(str, range(1, 32)), ""]


def test_weeks_and_months_without_sessions_take_one_line_that_says_so() -> None:
    root = drawn([an_entry("a"), an_entry("b", starts_at=TUESDAY + 84 * DAY)])

    assert root.texts(".rs-gap") == [
        "26 October 2026 – 10 January 2027, 11 weeks: No sessions.",
        "1 November – 31 December 2026, 2 months: No sessions.",
    ]


def test_clocks_that_change_in_weeks_without_sessions_are_not_forgotten() -> None:
    root = drawn([an_entry("a", starts_at=TUESDAY - 7 * DAY), an_entry("b", starts_at=TUESDAY + 7 * DAY)])

    assert root.texts(".rs-gap") == [
        "19 – 25 October 2026: No sessions; clocks go back 1 h at 03:00 on Sun 25 Oct.",
    ]


@pytest.mark.parametrize("hour", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 22, tzinfo=UTC)])
@pytest.mark.parametrize("timezone", ["America/New_York", "Asia/Tokyo"])
def test_the_first_and_the_last_hour_of_all_time_can_be_drawn(hour: datetime, timezone: str) -> None:
    root = drawn([an_entry(starts_at=hour, timezone=timezone)], now=hour)

    assert (len(root.all(".rs-card")), len(root.all(".rs-chip"))) == (1, 1)


# What people wrote


ATTACKS = [
    '<script>alert("x")</script>',
    "\"><img src=x onerror='alert(1)'>",
    "</style></div></body><!--",
    "&lt;b&gt; &amp; ]]>",
    "O'Neil",
]


@pytest.mark.parametrize("is_page", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_wrote_is_shown_and_never_obeyed(attack: str, is_page: bool) -> None:
    before = an_entry(attack.replace("/", ""), tutor_id="luc", room_id="red").session
    entry = an_entry(
        *(before.id,), mark="changed", before=before, title=attack, tutor=attack, tutor_before=attack, why=attack,
        cancellation_reason=attack,
        conflicts=(Conflict("tutor", session_id="x", starts_at=TUESDAY, ends_at=TUESDAY + HOUR, why=attack),),
    )  # fmt: skip
    issues = [Issue(attack, message=attack)]
    root = drawn([entry], title=attack, summary=attack, issues=issues, page=is_page)
    card = root.one(".rs-weeks").one(".rs-card")

    assert root.one(".rs-title").text == attack
    assert root.one(".rs-summary").text == attack
    assert root.one(".rs-issue").text == f"{attack}: {attack} for the creator"
    assert card.attributes["data-session"] == before.id
    assert card.one(".rs-what").text == attack
    assert card.one(".rs-tutor").text == f"was {attack} → {attack}"
    assert card.one(".rs-reason").text == attack
    assert {"script", "img"}.isdisjoint(element.tag for element in root)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Amina\u202egnp.exe", "Amina[U+202E]gnp.exe"),
        ("a\u2066b\u2069c", "a[U+2066]b[U+2069]c"),
        ("a\x1b[2Jb\x7f", "a[U+001B][2Jb[U+007F]"),
        ("two\nlines\tand\r", "two lines and "),
        ("\u2028\u2029\ufeff", "[U+2028][U+2029][U+FEFF]"),
        ("\ud800", "[U+D800]"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("👩\u200d🏫", "👩\u200d🏫"),
        ("José", "José"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_code(name: str, shown: str) -> None:
    heading = drawn([], title=name).one("h1")

    assert heading.one("bdi").inside == [shown]


def test_a_name_that_is_very_long_is_cut_and_said_in_its_title() -> None:
    name = drawn([an_entry(tutor="a" * 10_000)]).all(".rs-tutor")[0].one("bdi")

    assert name.text == "a" * 119 + "…"
    assert name.attributes == {"title": "a" * 300}


@given(text=st.text(max_size=300), is_page=st.booleans())
def test_no_text_can_break_the_page(text: str, is_page: bool) -> None:
    entry = attrs.evolve(moved(by=DAY), title=text, tutor=text, why=text)
    html = page([entry], title=text, summary=text, page=is_page)
    plain = page([moved(by=DAY)], page=is_page)
    tags = [element.tag for element in read(html) if element.tag not in {"bdi", "span"}]

    assert html.encode()
    assert set(tags) <= {element.tag for element in read(plain)}


# What a person should see to


def test_issues_are_listed_with_whom_they_are_for() -> None:
    issues = [
        Issue("package-short", series_id="maths", message="1 short"),
        Issue("brake", message="too much", audience="ADMIN"),
    ]
    root = drawn([an_entry()], issues=issues)

    assert root.one(".rs-see").text == "To see to 2"
    assert root.texts(".rs-issue") == [
        "package-short in maths: 1 short for the creator",
        "brake: too much for the admin",
    ]


def test_issues_are_told_though_the_calendar_is_empty() -> None:
    assert drawn([], issues=[Issue("brake", message="too much")]).texts(".rs-issue") == [
        "brake: too much for the creator"
    ]


@pytest.mark.parametrize(("count", "is_open"), [(6, True), (7, False)])
def test_many_issues_are_folded_away(count: int, is_open: bool) -> None:
    issues = drawn([], issues=[Issue("brake", message="too much")] * count).one(".rs-issues")

    assert (issues.tag, "open" in issues.attributes) == ("details", is_open)


def test_more_issues_than_can_be_read_are_counted() -> None:
    root = drawn([], issues=[Issue("brake", message="too much")] * 1_234)

    assert root.texts(".rs-issue")[199:] == ["brake: too much for the creator", "and 1,034 more"]


def test_conflicts_of_sessions_that_are_not_made_are_listed_too() -> None:
    entry = in_conflict()
    other = Conflict(
        "room", session_id="chess/fri", starts_at=TUESDAY, ends_at=TUESDAY + HOUR, reaction="skip", why="red is taken"
    )
    root = drawn([entry], conflicts=[*entry.conflicts, other])

    assert root.texts(".rs-issue") == ["! Conflict chess/fri: red is taken; not held."]


# What is too much


@pytest.fixture(scope="module")
def crowd() -> list[Entry]:
    """20,000 sessions, four a day, of which one is moved and one in conflict, near the end."""
    entries = [
        an_entry(f"s{n:05}", mark="kept", starts_at=TUESDAY + n // 4 * DAY + n % 4 * HOUR, why="as before")
        for n in range(20_000)
    ]
    entries[19_000] = attrs.evolve(entries[19_000], mark="moved")
    entries[19_500] = attrs.evolve(in_conflict(), session=entries[19_500].session, mark="kept")
    return entries


def test_twenty_thousand_entries_make_a_page_that_can_be_used(crowd: list[Entry]) -> None:
    with no_hang():
        html = page(crowd)

    assert len(html) < 5_000_000


def test_of_too_many_entries_changes_and_conflicts_are_drawn_and_the_rest_is_counted(crowd: list[Entry]) -> None:
    root = drawn(crowd)
    cards = [str(card.attributes["data-session"]) for card in root.all(".rs-card")]
    beginning = 6 * 4 + 51 * 7 * 4  # from a Tuesday on, 52 weeks; the other two are those of s19000 and s19500

    assert cards[:beginning] == [f"s{n:05}" for n in range(beginning)]
    assert {"s19000", "s19500"} < set(cards[beginning:])
    assert root.one(".rs-note").text == (
        f"{len(cards):,} of 20,000 sessions are drawn, changes and conflicts first. "
        f"Only counted, in their weeks and months: {20_000 - len(cards):,}."
    )
    counted = sum(
        int(line.replace(",", ""))
        for line in re.findall(r"([0-9,]+) more session", " ".join(root.one(".rs-weeks").texts(".rs-gap")))
    )
    assert counted + len(cards) == 20_000


def test_no_more_entries_are_drawn_than_can_be_read() -> None:
    entries = [an_entry(f"s{n:04}", mark="kept", starts_at=TUESDAY + n * HOUR / 60) for n in range(2_500)]
    root = drawn(entries)

    assert len(root.all(".rs-card")) == calendar.MOST_ENTRIES
    assert len(root.all(".rs-chip")) == calendar.MOST_ENTRIES
    assert root.texts(".rs-gap") == [
        "500 more sessions this week not drawn (500 kept).",
        "500 more sessions this month not drawn (500 kept).",
    ]


def test_the_weeks_that_are_drawn_are_bounded() -> None:
    entries = [an_entry(f"s{n:03}", starts_at=TUESDAY + 7 * n * DAY) for n in range(100)]
    root = drawn(entries)

    assert len(root.all(".rs-week")) == calendar.MOST_WEEKS
    assert root.one(".rs-weeks").texts(".rs-gap") == [
        "1 November 2027 – 17 September 2028, 46 weeks: 46 more sessions not drawn (46 created); "
        "clocks go forward 1 h at 02:00 on Sun 26 Mar."
    ]
