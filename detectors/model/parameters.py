"""Types of rules' parameters: each carries its unit, its range, what it does and where it is from.

Ranges hold where YAML is decoded: a value outside is refused by its key. Both ends belong to a
range. ``docs/rules.md`` is made from the same facts (`facts`). A source is a section of
``docs/science.md`` by its code, such as "A16", a clause of 3GPP, or "chosen: why". The type of a
rule's field has its unit; the rest is put into it from the table in the rule's room (`describe`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta


def _in(unit: str) -> Meta:
    return Meta(extra_json_schema={"unit": unit})


Seconds: TypeAlias = Annotated[float, _in("s")]
Minutes: TypeAlias = Annotated[float, _in("min")]
Hours: TypeAlias = Annotated[float, _in("h")]
Metres: TypeAlias = Annotated[float, _in("m")]
MetresPerSecond: TypeAlias = Annotated[float, _in("m/s")]
Decibels: TypeAlias = Annotated[float, _in("dB")]
Nats: TypeAlias = Annotated[float, _in("nats")]
Share: TypeAlias = Annotated[float, _in("share")]
Chance: TypeAlias = Annotated[float, _in("probability")]
Times: TypeAlias = Annotated[float, _in("times")]
Count: TypeAlias = Annotated[int, _in("count")]
#: A count that is compared with sums of halved counts, so that parts of one are allowed.
Amount: TypeAlias = Annotated[float, _in("count")]
Bits: TypeAlias = Annotated[int, _in("bits")]
Switch: TypeAlias = Annotated[bool, _in("switch")]

#: Where weights are from: the benchmark says how often phones near a transmitter have a finding,
#: and honest ones; causes are shared, so that phones aren't independent.
COUNTED: Final = "chosen: below what `benchmarks/weights.py` counts, since causes are shared"
#: Where nothing was published: the scenarios of `configs/suites` are held to their figures.
TRIED: Final = "chosen: no figure is published; the suites hold with it"
#: How sections of ``docs/science.md`` are named; not what looks alike in names of 3GPP ("T3212").
SOURCE_CODE: Final = re.compile(r"\b[A-FR][0-9]{1,2}\b")
#: The scale of weights: beyond it a number can only be a slip.
_MOST_NATS: Final = 20.0
_MOST_ONE_IN: Final = 1 << 30


def within(least: float, most: float, does: str, source: str) -> Meta:
    """Of a number from ``least`` to ``most``: what it does, and the paper, clause or reason."""
    return Meta(ge=least, le=most, description=does, extra_json_schema={"source": source})


def _drawn_from(source: str) -> Meta:
    """Another source for what a shared type already describes."""
    return Meta(extra_json_schema={"source": source})


def excuse(cause: str, codes: str) -> Meta:
    """Of a switch that turns an innocent cause off; ``codes`` as in "F5, F33"."""
    return Meta(
        description=f"considers that {cause}",
        extra_json_schema={"source": codes, "range": "true or false"},
    )


Weight: TypeAlias = Annotated[Nats, within(0.0, _MOST_NATS, "weight of one finding", COUNTED)]
Cap: TypeAlias = Annotated[
    Nats,
    within(
        0.0,
        _MOST_NATS,
        "the most that all devices' findings of the rule may add up to",
        "chosen: many devices may share one innocent cause, such as a hole in the register",
    ),
]
OneIn: TypeAlias = Annotated[
    Count,
    within(
        1,
        _MOST_ONE_IN,
        "of ordinary messages one in so many is passed on, chosen by content",
        "chosen: enough to learn shares from, few enough to carry",
    ),
]
HashBits: TypeAlias = Annotated[
    Bits, within(0, 64, "bits by which similarity hashes of like content may differ", TRIED)
]


class Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the table of a rule's room has of one parameter.

    ``source`` is as above, or "tried" where the suites hold with it. A number has ``range`` and
    ``does``; of a list, whose ``range`` is a text, there is the ``unit`` too. Instead of both, a
    weight has ``weighs``, what of; a cap beside the usual one ``caps``, where; and a switch
    ``excuses``, the innocent cause, with codes as its source ("F5, F33"). The source alone is
    another one for a shared type such as `Weight`.
    """

    source: str = COUNTED
    range: tuple[float | int, float | int] | str = (0.0, _MOST_NATS)
    does: str = ""
    unit: str = ""
    weighs: str = ""
    caps: str = ""
    excuses: str = ""

    def meta(self) -> Meta:
        """The same for the parameter's type."""
        if self.excuses:
            return excuse(self.excuses, self.source)
        source = TRIED if self.source == "tried" else self.source
        does = self.does
        if self.weighs:
            does = f"weight of {self.weighs}"
        elif self.caps:
            does = f"as `cap`, {self.caps}"
        if isinstance(self.range, str):
            schema = {"unit": self.unit, "range": self.range, "source": source}
            return Meta(description=does, extra_json_schema=schema)
        return within(*self.range, does, source) if does else _drawn_from(source)


def describe(rule: type[msgspec.Struct], table: Mapping[str, Described]) -> None:
    """Puts what a table has of a rule's parameters into their types, before any is decoded.

    Raises `KeyError` for a name that the rule doesn't have.
    """
    annotated: Any = Annotated
    known = {field.name: field.type for field in msgspec.structs.fields(rule)}
    for name, described in table.items():
        rule.__annotations__[name] = annotated[known[name], described.meta()]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one parameter; empty where its type doesn't say."""

    name: str
    default: object
    unit: str
    range: str
    does: str
    source: str


def facts(rule: type[msgspec.Struct]) -> list[Facts]:
    """The parameters of a rule in order, but for ``enabled``, which all have.

    >>> class Strict(msgspec.Struct):
    ...     hold_s: Annotated[Seconds, within(0.0, 60.0, "waits so long", "chosen: a minute")] = 1.0
    >>> facts(Strict)[0].unit, facts(Strict)[0].range, facts(Strict)[0].source
    ('s', '0 to 60', 'chosen: a minute')
    """
    known = msgspec.inspect.type_info(rule)
    assert isinstance(known, msgspec.inspect.StructType)
    return [_facts(field) for field in known.fields if field.name != "enabled"]


def _facts(field: msgspec.inspect.Field) -> Facts:
    kind: Any = field.type
    schema = getattr(kind, "extra_json_schema", None) or {}
    number = getattr(kind, "type", kind)
    least, most = getattr(number, "ge", None), getattr(number, "le", None)
    reach = schema.get("range", "")
    if least is not None and most is not None:
        reach = f"{least:.12g} to {most:.12g}"
    texts = (schema.get(name, "") for name in ("description", "source"))
    return Facts(field.encode_name, field.default, schema.get("unit", ""), reach, *texts)
