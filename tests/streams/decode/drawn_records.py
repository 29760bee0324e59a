"""Records of JSON drawn at random, nearly right: what parsers read in two ways stands in them.

They are written by hand, not by an encoder, so that they may have a field twice, numbers in any
form, white space, escapes and rubbish.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.measuring.fuzz.messages import Message
from benchmarks.measuring.fuzz.mutations import Chance, spoilt
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field

VALID: Final = [
    Message(topic, json.dumps(content).encode())
    for topic, schema in SCHEMAS.items()
    for content in (schema.example, [schema.example, schema.example])
]
#: Numbers as parsers differ over them, and what only looks like one.
NUMBERS: Final = (
    *("0", "-0", "0.0", "-0.0", "1.0", "3000.0", "1e3", "1E+2", "1e-2", "1.5", "0.1e1", "5e-324"),
    *("01", "1.", ".5", "+1", "-", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity"),
    *("1e400", "-1e400", "1e308", "9" * 400, "0." + "0" * 400 + "1", "123456789012345678901"),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("18446744073709551615", "18446744073709551616", "0.30000000000000004", "31.230000000000001"),
    *("9007199254740993.0", "9007199254740992.5", "2.2250738585072011e-308", "-90.123456789012345"),
    *("-100", "-90.5", "20", "20.0000001", "999", "1000", "1007", "1008", "65535", "65536", "3846"),
)
TEXTS: Final = (
    *('"lte"', '"LTE"', '"nr"', '"xyz"', '""', '"d-17"', '"\\u006cte"', '"a\\nb"', '"a\tb"'),
    *('"\\ud800"', '"\\ud83d\\ude00"', '"\\x"', '"é"', '"\u202e"', '"\x00"', '"\\u0000"', '"\x7f"'),
    *('"460001234567890"', '"+8613800000000"', '"1"', '"-90.5"', '"true"', '"null"', '"open'),
    *(f'"{"x" * 256}"', f'"{"x" * 257}"', f'"{"é" * 129}"', f'"{"é" * 256}"', '"{"', '"]"', "'x'"),
)
OTHERS: Final = (
    *("null", "true", "false", "True", "nul", "nullx", "{}", "[]", "[null]", "[[]]", '{"a":1}'),
    *("{]", "[1,]", '{"a":1,}', '{"a" 1}', "[1 2]", "/**/1", "1//", "undefined", ""),
    *(
        "[" * 15 + "]" * 15,
        "[" * 17 + "]" * 17,
        "[" * 1500 + "]" * 1500,
        '{"a":' * 40 + "1" + "}" * 40,
    ),
)
SPACES: Final = (*[""] * 8, " ", "\n", "\t", "\r\n", "  ", "\x0b", "\x0c", "\ufeff", "\xa0")
_PROBABLE: Final = 20


def drawn_record(topic: str, chance: Chance) -> bytes | None:
    """A record of a topic: spoilt by the fuzzer, or drawn here, alone or in an array."""
    way = chance.randrange(0, 10)
    own = [message for message in VALID if message.topic == topic]
    if way == 0:
        return chance.choice(own).value
    if way <= 2:
        return spoilt(chance.choice(own), VALID, chance).value
    if way == 3:
        items = [_object(topic, chance) for _ in range(chance.randrange(0, 5))]
        return _odd_bytes(_joined("[", items, "]", chance), chance)
    return _odd_bytes(_object(topic, chance), chance)


def _object(topic: str, chance: Chance) -> str:
    schema = SCHEMAS[topic]
    example: dict[str, Any] = dict(schema.example)
    fields: list[tuple[str, str]] = [
        (json.dumps(name), json.dumps(value)) for name, value in example.items()
    ]
    if schema.neighbours:
        items = [_part(NEIGHBOUR, chance) for _ in range(chance.randrange(0, 4))]
        fields.append(('"neighbours"', _joined("[", items, "]", chance)))
    if schema.broadcast and _rarely(chance):
        fields.append(('"broadcast"', _part(BROADCAST, chance)))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        _spoil(fields, schema.fields, chance)
    return _joined("{", [_pair(name, value, chance) for name, value in fields], "}", chance)


def _part(specs: Sequence[Field], chance: Chance) -> str:
    chosen = [spec for spec in specs if chance.randrange(0, 2)]
    values = {
        **dict.fromkeys(("int", "float"), ("1", "7", "-100", "-100.5", "3000.0", "0")),
        "listed": ('"lte"', '"gsm"', '"nr"', '"xx"', "null"),
    }
    fields = [(f'"{s.name}"', chance.choice(values.get(s.kind, ("null",)))) for s in chosen]
    if _rarely(chance):
        _spoil(fields, specs, chance)
    return _joined("{", [_pair(name, value, chance) for name, value in fields], "}", chance)


def _spoil(fields: list[tuple[str, str]], specs: Sequence[Field], chance: Chance) -> None:
    """One thing about the fields of an object changed."""
    value = chance.choice(chance.choice((NUMBERS, TEXTS, OTHERS)))
    way = chance.randrange(0, 7)
    at = chance.randrange(0, len(fields)) if fields else 0
    name = f'"{chance.choice(specs).name}"'
    if way <= 2 and fields:
        fields[at] = fields[at][0], value
    elif way == 3:
        fields.insert(at, (name, value))
    elif way == 4 and fields:
        del fields[at]
    elif way == 5 and fields:
        odd = (fields[at][0].upper(), '"\\u0074s"', '""', '"ts ', '"ts\\"', "ts", '"unknown"', "1")
        fields.insert(at, (chance.choice(odd), value))
    else:
        fields.append((chance.choice((name, '"neighbours"', '"broadcast"', '"x"')), value))


def _pair(name: str, value: str, chance: Chance) -> str:
    colon = ":" if not _rarely(chance) else chance.choice((" :", ": ", "::", "=", ""))
    return f"{name}{colon}{value}"


def _joined(opening: str, parts: Sequence[str], closing: str, chance: Chance) -> str:
    comma = "," if not _rarely(chance) else chance.choice((", ", " ,", ",,", ";", "", "\n,\n"))
    space = "" if not _rarely(chance) else chance.choice(SPACES)
    if _rarely(chance):
        closing = chance.choice((closing * 2, "", "," + closing, "}", "]"))
    return opening + space + comma.join(parts) + space + closing


def _odd_bytes(text: str, chance: Chance) -> bytes:
    value = text.encode("utf-8", "surrogatepass")
    if not _rarely(chance):
        return value
    around = (
        b" ",
        b"\n",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\xff",
        b"null",
        b"{}",
        b"//",
        b",",
        b"[",
        b"]",
    )
    odd = chance.choice(around)
    at = chance.randrange(0, len(value) + 1)
    return chance.choice((odd + value, value + odd, value[:at] + odd + value[at:], value[:at]))


def _rarely(chance: Chance) -> bool:
    return chance.randrange(0, _PROBABLE) == 0
