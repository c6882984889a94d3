"""Config: one layer of rules, each of which is bounded."""

from decimal import Decimal
from typing import Any

import pytest

from recurly_sessions import Closure, Config
from tests.values.examples import made, refused

REACTIONS = "must be one of ignore, flag, unassign, skip, got 'x'"
TURNS = "must be one of spend, pass, got 'x'"
SHARE = "must be a share like 0.2 or a whole number of sessions"
CLOSURE = Closure("autumn", "2026-10-17", "2026-11-01")


@pytest.mark.parametrize(
    ("rule", "said", "problem"),
    [
        ("weeks_ahead", 0, "must be a whole number from 1 to 520, got 0"),
        ("weeks_ahead", 521, "must be a whole number from 1 to 520, got 521"),
        ("weeks_ahead", "4", "must be a whole number from 1 to 520, got '4'"),
        ("weeks_ahead", True, "must be a whole number from 1 to 520, got True"),
        ("weeks_ahead", 4.0, "must be a whole number from 1 to 520, got 4.0"),
        ("auto_generate", "yes", "must be true or false, got 'yes'"),
        (
            "timezone",
            "Europe/Pariss",
            "must be an IANA timezone like Europe/Paris, got 'Europe/Pariss'; did you mean 'Europe/Paris'?",
        ),
        ("currency", "EURO", "must be three letters like EUR, got 'EURO'"),
        ("currency", "€", "must be three letters like EUR, got '€'"),
        ("default_rate", "-1", "must not be negative, got '-1'"),
        ("confirm_assigned", 1, "must be true or false, got 1"),
        ("confirmed_follow", "always", "must be one of never, time, all, got 'always'"),
        ("on_gap", "move", "must be one of shift, skip, got 'move'"),
        ("on_gap", True, "must be one of shift, skip, got True"),
        ("on_gap", [], "must be one of shift, skip, got []"),
        ("on_gap", {}, "must be one of shift, skip, got {}"),
        ("on_overlap", "both", "must be one of earlier, later, got 'both'"),
        ("on_tutor_busy", "x", REACTIONS),
        ("on_student_busy", "x", REACTIONS),
        ("on_room_busy", "x", REACTIONS),
        ("on_unavailable", "x", REACTIONS),
        ("on_closure", "unassign", "must be one of ignore, flag, skip, got 'unassign'"),
        ("cancellation_turn", "x", TURNS),
        ("closure_turn", "x", TURNS),
        ("absence_turn", "x", "must be one of keep, next, open, got 'x'"),
        ("closures", "autumn", "must be a list, got 'autumn'"),
        ("closures", [1], "must be a list of Closure values, got 1"),
        ("closures", CLOSURE, f"must be a list, got {CLOSURE!r}"),
        ("reschedule_notice_hours", -1, "must be a whole number from 0 to 8760, got -1"),
        ("reschedule_notice_hours", 8761, "must be a whole number from 0 to 8760, got 8761"),
        ("max_changes", -1, f"{SHARE}, got -1"),
        ("max_changes", 0.0, f"{SHARE}, got 0.0"),
        ("max_changes", 1.5, f"{SHARE}, got 1.5"),
        ("max_changes", "20%", f"{SHARE}, got '20%'"),
        ("max_changes", True, f"{SHARE}, got True"),
        ("max_changes", float("nan"), f"{SHARE}, got nan"),
    ],
)
def test_a_rule_refuses_what_it_can_not_be(rule: str, said: object, problem: str) -> None:
    assert refused(lambda: made(Config, **{rule: said})) == f"Config.{rule} {problem}"
    assert refused(lambda: Config.from_mapping({rule: said})) == f"Config.{rule} {problem}"


@pytest.mark.parametrize(
    ("said", "held"), [(0, 0), (1, 1), (250, 250), (0.2, 0.2), (1.0, 1.0), (Decimal("0.2"), 0.2)], ids=repr
)
def test_a_limit_of_changes_is_a_share_or_a_number_of_sessions(said: Any, held: float) -> None:
    config = Config(max_changes=said)

    assert config.max_changes == held
    assert type(config.max_changes) is type(held)


def test_all_sessions_are_another_limit_than_one_session() -> None:
    assert Config(max_changes=1.0) != Config(max_changes=1)


def test_a_word_may_be_typed_in_any_case() -> None:
    assert Config(on_gap="SKIP", absence_turn="Next") == Config(on_gap="skip", absence_turn="next")


def test_an_empty_layer_says_nothing() -> None:
    assert Config() == Config.from_mapping({})
    assert repr(Config()) == "Config()"


def test_a_rule_that_is_said_to_be_nothing_is_left_to_the_layer_below() -> None:
    assert Config.from_mapping({"weeks_ahead": None, "on_gap": None}) == Config()


def test_names_that_no_rule_has_are_kept_to_be_reported() -> None:
    config = Config.from_mapping({"weeks_ahed": 3, "on_gap": "skip", "7": None, "unknown": ["x"]})

    assert config == Config(on_gap="skip", unknown=[("7", "None"), ("unknown", "['x']"), ("weeks_ahed", "3")])


def test_a_name_that_no_rule_has_is_a_mistake_in_a_call() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'weeks_ahed'"):
        made(Config, weeks_ahed=3)
