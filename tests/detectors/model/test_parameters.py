"""Every parameter says its unit, range, effect and source; what is out of range is refused."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from detectors.features.rule import AnyRule, Rule
from detectors.model.columns import Measurements
from detectors.model.parameters import Seconds, facts, within
from detectors.rules import RULES
from streams.config.settings import ConfigError, load_settings

#: What a name ends in where it has a unit of its own.
UNIT_OF = {"s": "s", "min": "min", "h": "h", "m": "m", "db": "dB", "mps": "m/s"}
UNIT_OF |= {"weight": "nats", "cap": "nats", "share": "share", "chance": "probability"}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


class Loose(Rule[Measurements, None, None], frozen=True, kw_only=True):
    """A rule whose first parameter says all that is asked, and whose others don't."""

    hold_s: Annotated[Seconds, within(0, 60, "waits so long", "chosen: a minute at most")] = 1.0
    wait_s: Seconds = 1.0
    again_s: float = 1.0


def missing(rule: type[AnyRule]) -> list[str]:
    """What the types of a rule's parameters don't say."""
    return [
        f"{one.name}: {what}"
        for one in facts(rule)
        for what in ("unit", "range", "does", "source")
        if not getattr(one, what)
    ]


def bounds(rule: type[AnyRule]) -> list[tuple[str, float, float]]:
    """Names, least and greatest values of a rule's parameters that are numbers."""
    return [
        (one.name, *(float(end) for end in one.range.split(" to ")))  # type: ignore[misc]
        for one in facts(rule)
        if type(one.default) in (int, float)
    ]


@every_rule
def test_every_parameter_says_unit_range_effect_and_source(rule: type[AnyRule]) -> None:
    assert missing(rule) == []
    for one in facts(rule):
        assert one.unit == UNIT_OF.get(one.name.rpartition("_")[2], one.unit), one.name
        assert one.source.startswith(("chosen: ", "TS ", "Kaspersky")) or one.source[1].isdigit()


def test_a_parameter_that_says_nothing_is_found() -> None:
    assert missing(Loose) == [
        *(f"wait_s: {what}" for what in ("range", "does", "source")),
        *(f"again_s: {what}" for what in ("unit", "range", "does", "source")),
    ]


@every_rule
def test_defaults_lie_in_their_ranges_and_no_value_beyond_is_taken(rule: type[AnyRule]) -> None:
    assert msgspec.convert(msgspec.structs.asdict(rule()), type=rule) == rule()
    for name, least, most in bounds(rule):
        kind: Any = type(getattr(rule(), name))
        for end in (least, most):
            assert getattr(msgspec.convert({name: kind(end)}, type=rule), name) == end
        for beyond in (least - 1, most + 1):
            with pytest.raises(msgspec.ValidationError, match=rf"[<>]= .* at `\$\.{name}`"):
                msgspec.convert({name: kind(beyond)}, type=rule)


def test_a_start_is_refused_by_key_and_range(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "rules: {unknown_cell: {cap: 99}, odd_level: {least_phones: 0, mads: .nan}}\n", "utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path, env={})
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        "rules.odd_level.least_phones: must be a whole number at least 1 and at most 15, got 0",
        "rules.odd_level.mads: must be a number at least 0 and at most 100, got nan",
        "rules.unknown_cell.cap: must be a number at least 0 and at most 20, got 99",
    ]
