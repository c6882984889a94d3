"""Layers of rules to the rules that hold, with the layer that said so and what is wrong with them."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Closure, Config, Issue, Money, School, Series, resolve_config
from recurly_sessions.config import ResolvedConfig, config_for, config_of
from recurly_sessions.errors import UnknownNameError
from recurly_sessions.values.config import RULES
from recurly_sessions.values.issue import Audience

# Each rule but the closures: what holds where nobody says anything, and three values that a layer may say.
SAID: dict[str, tuple[Any, tuple[Any, Any, Any]]] = {
    "weeks_ahead": (4, (1, 4, 520)),
    "auto_generate": (True, (False, True, False)),
    "timezone": (None, ("Europe/Paris", "Asia/Tokyo", "UTC")),
    "currency": ("EUR", ("USD", "EUR", "JPY")),
    "default_rate": (None, (Decimal(20), Decimal(0), Decimal("12.50"))),
    "confirm_assigned": (False, (True, False, True)),
    "confirmed_follow": ("time", ("never", "all", "time")),
    "on_gap": ("shift", ("skip", "shift", "skip")),
    "on_overlap": ("earlier", ("later", "earlier", "later")),
    "on_tutor_busy": ("flag", ("ignore", "unassign", "skip")),
    "on_student_busy": ("flag", ("ignore", "unassign", "skip")),
    "on_room_busy": ("flag", ("ignore", "unassign", "skip")),
    "on_unavailable": ("flag", ("ignore", "unassign", "skip")),
    "on_closure": ("skip", ("ignore", "flag", "skip")),
    "cancellation_turn": ("spend", ("pass", "spend", "pass")),
    "closure_turn": ("spend", ("pass", "spend", "pass")),
    "absence_turn": ("keep", ("next", "open", "keep")),
    "reschedule_notice_hours": (24, (0, 24, 8760)),
    "max_changes": (None, (0, 0.2, 100)),
}
LAYERS = ("base", "branch", "series")


def closure(id: str, day: str = "2026-12-25", **more: Any) -> Closure:
    return Closure(id, day, day, **more)


def contradiction(message: str, layer: str, rule: str, series_id: str | None = None) -> Issue:
    details = {"layer": layer, "rule": rule}
    return Issue(
        "config-contradiction", series_id=series_id, message=message, audience=Audience.SYSTEM, details=details
    )


def unknown_key(message: str, layer: str, key: str, series_id: str | None = None) -> Issue:
    details = {"layer": layer, "rule": key}
    return Issue("config-unknown-key", series_id=series_id, message=message, audience=Audience.SYSTEM, details=details)


def a_series(id: str = "maths", **more: Any) -> Series:
    return Series(id, starts_on="2026-09-07", **more)


def test_the_built_in_rules_hold_where_nobody_says_anything() -> None:
    resolved = resolve_config(Config())

    assert {rule: getattr(resolved, rule) for rule in SAID} == {rule: built_in for rule, (built_in, _) in SAID.items()}
    assert {resolved.origin(rule) for rule in RULES} == {"built-in"}
    assert (resolved.closures, resolved.issues) == ((), ())
    assert resolved == ResolvedConfig()


def test_every_rule_of_a_layer_can_be_resolved() -> None:
    assert set(RULES) == {*SAID, "closures"}
    assert {field.name for field in attrs.fields(ResolvedConfig)} == {*RULES, "origins", "issues"}


@pytest.mark.requirement("FR-001", "FR-007")
@given(st.lists(st.fixed_dictionaries({}, optional={rule: st.integers(0, 2) for rule in SAID}), min_size=3, max_size=3))
def test_a_series_wins_over_its_branch_and_that_over_the_base_rule_by_rule(said: list[dict[str, int]]) -> None:
    layers = [{rule: SAID[rule][1][choice] for rule, choice in layer.items()} for layer in said]
    base, branch, series = (Config(**layer) for layer in layers)

    resolved = resolve_config(base, branch, series)

    values = {rule: built_in for rule, (built_in, _) in SAID.items()}
    origins = dict.fromkeys(SAID, "built-in")
    for name, layer in zip(LAYERS, layers, strict=True):
        values |= layer
        origins |= dict.fromkeys(layer, name)
    assert {rule: getattr(resolved, rule) for rule in SAID} == values
    assert {rule: resolved.origin(rule) for rule in SAID} == origins


@pytest.mark.parametrize("rule", SAID)
def test_each_layer_alone_is_heard(rule: str) -> None:
    said = SAID[rule][1][0]
    layer = Config(**{rule: said})

    heard = [resolve_config(layer), resolve_config(Config(), layer), resolve_config(Config(), series=layer)]

    assert [getattr(each, rule) for each in heard] == [said] * 3
    assert [each.origin(rule) for each in heard] == list(LAYERS)


def test_closures_of_all_layers_add_up_in_order_and_each_once() -> None:
    a, b, c, d = (closure(id) for id in "dcba")

    resolved = resolve_config(Config(closures=[a, b]), Config(closures=[c, a]), Config(closures=[d, c]))

    assert resolved.closures == (a, b, c, d)
    assert resolved.origin("closures") == "base, branch, series"
    assert resolved.issues == ()


def test_layers_without_closures_are_no_origin_of_any() -> None:
    resolved = resolve_config(Config(weeks_ahead=2), Config(closures=[closure("xmas")]), Config(on_gap="skip"))

    assert resolved.origin("closures") == "branch"


def test_the_origin_of_what_is_no_rule_is_refused() -> None:
    with pytest.raises(UnknownNameError) as error:
        resolve_config(Config()).origin("weeks_ahed")

    assert str(error.value) == f"no rule 'weeks_ahed'; there is {', '.join(RULES)}"


def test_resolved_rules_show_what_differs_from_the_built_in_ones() -> None:
    resolved = resolve_config(Config(weeks_ahead=2), series=Config(on_gap="skip"))

    assert repr(resolved) == "ResolvedConfig(weeks_ahead=2, on_gap='skip')"


# What is wrong with the layers


def test_a_key_that_is_no_rule_is_an_issue_that_names_its_layer_and_the_nearest_rule() -> None:
    base = Config.from_mapping({"weeks_ahed": 3, "zzz": [1]})
    branch = Config.from_mapping({"ongap": "skip"})
    series = Config.from_mapping({"x" * 5000: 1})

    resolved = resolve_config(base, branch, series)

    assert resolved.issues[:3] == (
        unknown_key(
            "the base config says weeks_ahed = 3, which is no rule; did you mean weeks_ahead?", "base", "weeks_ahed"
        ),
        unknown_key("the base config says zzz = [1], which is no rule; remove it", "base", "zzz"),
        unknown_key("the branch config says ongap = skip, which is no rule; did you mean on_gap?", "branch", "ongap"),
    )
    assert resolved.issues[3:] == (
        unknown_key(f"the series config says {'x' * 200} = 1, which is no rule; remove it", "series", "x" * 200),
    )
    assert resolved.weeks_ahead == 4


@pytest.mark.parametrize(
    ("base", "series", "message", "layer"),
    [
        (
            Config(default_rate="20 USD"),
            Config(),
            "the base config says default_rate 20.00 USD, but the currency is EUR (built-in); change one of them",
            "base",
        ),
        (
            Config(currency="USD"),
            Config(default_rate=Money(20, "EUR")),
            "the series config says default_rate 20.00 EUR, but the currency is USD (base); change one of them",
            "series",
        ),
    ],
)
def test_a_rate_in_another_currency_is_a_contradiction(base: Config, series: Config, message: str, layer: str) -> None:
    assert resolve_config(base, series=series).issues == (contradiction(message, layer, "default_rate"),)


@pytest.mark.parametrize(
    "layer",
    [
        Config(default_rate="20 EUR"),
        Config(default_rate=20, currency="USD"),
        Config(default_rate="20 USD", currency="USD"),
    ],
)
def test_a_rate_in_the_currency_or_without_one_is_none(layer: Config) -> None:
    assert resolve_config(layer).issues == ()


def test_closures_that_are_named_and_ignored_are_a_contradiction() -> None:
    closures = [closure("xmas"), closure("easter", "2026-04-06")]

    resolved = resolve_config(Config(closures=closures), Config(on_closure="ignore"))

    assert resolved.issues == (
        contradiction(
            'the branch config ignores closures, but base names 2; say on_closure = "skip" or remove them',
            "branch",
            "on_closure",
        ),
    )


@pytest.mark.parametrize("on_closure", ["flag", "skip"])
def test_closures_that_are_not_ignored_are_none(on_closure: str) -> None:
    assert resolve_config(Config(closures=[closure("xmas")], on_closure=on_closure)).issues == ()


def test_ignoring_closures_where_there_are_none_is_none() -> None:
    assert resolve_config(Config(on_closure="ignore")).issues == ()


def test_different_closures_of_one_id_are_a_contradiction() -> None:
    base = Config(closures=[closure("xmas"), closure("b"), closure("c")])
    series = Config(closures=[closure("xmas", "2026-12-26"), closure("b", "2026-12-26"), closure("c")])

    assert resolve_config(base, series=series).issues == tuple(
        contradiction(
            f"base, series name different closures with the id {twice!r}; give one of them another",
            "base, series",
            "closures",
        )
        for twice in ("b", "xmas")
    )


def test_unknown_keys_come_before_contradictions() -> None:
    layer = attrs.evolve(Config.from_mapping({"zzz": 1}), default_rate="1 USD", closures=[closure("a")])

    resolved = resolve_config(attrs.evolve(layer, on_closure="ignore"))

    assert [issue.code for issue in resolved.issues] == [
        "config-unknown-key",
        "config-contradiction",
        "config-contradiction",
    ]
    assert [dict(issue.details)["rule"] for issue in resolved.issues] == ["zzz", "default_rate", "on_closure"]


# The rules of a series


def test_the_rules_of_a_series_by_itself_are_its_own_over_the_built_in_ones() -> None:
    resolved = config_of(a_series(config=Config(on_gap="skip")))

    assert resolved == resolve_config(Config(), series=Config(on_gap="skip"))
    assert config_of(a_series()) == resolve_config(Config())


def test_the_rules_of_a_series_in_a_school_are_those_of_base_branch_and_series() -> None:
    base, north, own = Config(weeks_ahead=8, on_gap="skip"), Config(weeks_ahead=6), Config(on_overlap="later")
    series = a_series(branch_id="north", config=own)
    school = School([series], base=base, branches={"south": Config(weeks_ahead=2), "north": north})

    assert config_for(school, series) == resolve_config(base, north, own)


@pytest.mark.parametrize("branch_id", [None, "elsewhere"])
def test_a_series_of_no_branch_or_one_without_rules_has_those_of_the_base(branch_id: str | None) -> None:
    series = a_series(branch_id=branch_id)
    school = School([series], base=Config(weeks_ahead=8), branches={"north": Config(weeks_ahead=6)})

    assert config_for(school, series) == resolve_config(Config(weeks_ahead=8))


@pytest.mark.parametrize(
    ("branch_id", "ids"), [("north", ["base", "all", "north"]), ("south", ["base", "all"]), (None, ["base", "all"])]
)
def test_the_closures_of_a_school_hold_for_everyone_or_for_their_branch(branch_id: str | None, ids: list[str]) -> None:
    series = a_series(branch_id=branch_id)
    school = School(
        [series],
        closures=[closure("all"), closure("north", branch_id="north")],
        base=Config(closures=[closure("base")]),
    )

    resolved = config_for(school, series)

    assert [each.id for each in resolved.closures] == ids
    assert resolved.origin("closures") == "base"


def test_a_closure_that_a_school_names_twice_alike_counts_once() -> None:
    series = a_series()
    school = School([series], closures=[closure("xmas")], base=Config(closures=[closure("xmas")]))

    assert config_for(school, series).closures == (closure("xmas"),)
    assert config_for(school, series).issues == ()


def test_issues_tell_whose_layers_they_are_about() -> None:
    series = a_series("art", config=Config.from_mapping({"zzz": 1}))
    message = "the series config says zzz = 1, which is no rule; remove it"

    assert config_of(series).issues == (unknown_key(message, "series", "zzz", "art"),)
    assert config_for(School([series]), series).issues == (unknown_key(message, "series", "zzz", "art"),)


def test_a_series_whose_config_says_another_timezone_keeps_its_own_and_has_an_issue() -> None:
    series = a_series("art", timezone="Asia/Tokyo", config=Config(timezone="Europe/Paris"))
    message = "the series says timezone Asia/Tokyo, its config says Europe/Paris; the first holds, remove the other"

    assert config_of(series).issues == (contradiction(message, "series", "timezone", "art"),)


@pytest.mark.parametrize(
    "series",
    [
        a_series(timezone="Asia/Tokyo", config=Config(timezone="Asia/Tokyo")),
        a_series(timezone="Asia/Tokyo", config=Config(on_gap="skip")),
        a_series(config=Config(timezone="Asia/Tokyo")),
    ],
    ids=["the same", "only the series", "only the config"],
)
def test_one_timezone_is_no_contradiction(series: Series) -> None:
    assert config_of(series).issues == ()


def test_the_timezone_of_base_or_branch_does_not_contradict_that_of_a_series() -> None:
    series = a_series(timezone="Asia/Tokyo", branch_id="north")
    school = School([series], base=Config(timezone="UTC"), branches={"north": Config(timezone="Europe/Paris")})

    assert config_for(school, series).issues == ()
