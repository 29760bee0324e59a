"""Patterns of numbers from which digits can be taken one by one.

The patterns of `phonenumbers` are regular expressions of digits alone: sets, groups, choices,
counted repeats. What is asked of them here no library answers: how many digits may still follow
after some. So a pattern is taken apart by derivatives (Brzozowski, 1964).
"""

import re
from functools import cache
from typing import Final

_TOKEN: Final = re.compile(r"\(\?:|[()|?]|\[[-\d]+\]|\\d|\d|\{\d+(?:,\d+)?\}")


class Pattern:
    """A set of texts of digits; two of one form are the same object.

    ``digits`` for a single digit out of some, else ``parts``: two that follow each other, or
    several of which one is there. Bit ``k`` of ``lengths`` says that some text has ``k`` digits.
    """

    __slots__ = ("digits", "is_choice", "lengths", "parts")

    def __init__(
        self, digits: frozenset[str], parts: tuple["Pattern", ...], is_choice: bool, lengths: int
    ) -> None:
        self.digits = digits
        self.parts = parts
        self.is_choice = is_choice
        self.lengths = lengths


@cache
def _single(digits: frozenset[str]) -> Pattern:
    return Pattern(digits, (), False, 0b10)


#: The empty text alone, and no text at all.
EMPTY: Final = Pattern(frozenset(), (), False, 0b1)
NOTHING: Final = Pattern(frozenset(), (), True, 0)


@cache
def _then(first: Pattern, second: Pattern) -> Pattern:
    if NOTHING in (first, second):
        return NOTHING
    if EMPTY in (first, second):
        return second if first is EMPTY else first
    shifts = range(first.lengths.bit_length())
    sums = [second.lengths << shift for shift in shifts if first.lengths >> shift & 1]
    lengths = 0
    for each in sums:
        lengths |= each
    return Pattern(frozenset(), (first, second), False, lengths)


def _either(parts: list[Pattern]) -> Pattern:
    flat = (own for part in parts for own in (part.parts if part.is_choice else (part,)))
    return _one_of(frozenset(flat))


@cache
def _one_of(parts: frozenset[Pattern]) -> Pattern:
    if len(parts) < 2:
        return next(iter(parts), NOTHING)
    lengths = 0
    for part in parts:
        lengths |= part.lengths
    return Pattern(frozenset(), tuple(parts), True, lengths)


@cache
def after(pattern: Pattern, digit: str) -> Pattern:
    """What may follow in the texts that begin with that digit."""
    if pattern.is_choice:
        return _either([after(part, digit) for part in pattern.parts])
    if not pattern.parts:
        return EMPTY if digit in pattern.digits else NOTHING
    first, second = pattern.parts
    rest = _then(after(first, digit), second)
    return _either([rest, after(second, digit)]) if first.lengths & 1 else rest


@cache
def parsed(text: str) -> Pattern:
    """The pattern of a regular expression. Raises ValueError for one that holds anything else.

    >>> found = parsed("1(?:3[4-9]|5\\\\d)\\\\d{2,3}")
    >>> bin(found.lengths), after(after(found, "1"), "2") is NOTHING
    ('0b1100000', True)
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError(f"{text!r} holds more than digits, groups, choices and repeats")
    found, rest = _choices(tokens)
    if rest:
        raise ValueError(f"{text!r} has a bracket too many")
    return found


def _choices(tokens: list[str]) -> tuple[Pattern, list[str]]:
    choices = []
    sequence: list[Pattern] = []
    while tokens and tokens[0] != ")":
        token, *tokens = tokens
        if token in ("(?:", "("):
            inner, tokens = _choices(tokens)
            sequence.append(inner)
            tokens = tokens[1:]
        elif token == "|":
            choices.append(_sequence(sequence))
            sequence = []
        elif token == "?":
            sequence[-1] = _either([sequence[-1], EMPTY])
        elif token[0] == "{":
            low, _, high = token[1:-1].partition(",")
            sequence[-1] = _repeated(sequence[-1], int(low), int(high or low))
        else:
            sequence.append(_single(_digits(token)))
    return _either([*choices, _sequence(sequence)]), tokens


def _sequence(parts: list[Pattern]) -> Pattern:
    found = EMPTY
    for part in reversed(parts):
        found = _then(part, found)
    return found


def _repeated(part: Pattern, low: int, high: int) -> Pattern:
    found = EMPTY
    for count in range(high, 0, -1):
        found = _then(part, found)
        if count > low:
            found = _either([found, EMPTY])
    return found


def _digits(token: str) -> frozenset[str]:
    if token == r"\d":
        return frozenset("0123456789")
    found: set[str] = set()
    for low, high in re.findall(r"(\d)(?:-(\d))?", token.strip("[]")):
        found.update(str(digit) for digit in range(int(low), int(high or low) + 1))
    return frozenset(found)
