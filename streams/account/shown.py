"""An account as people read it, and as programs do."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from streams.account.tally import Named, Statement, Tally
from streams.kafka.topics import LISTS

_COUNTS: Final = ("produced", "used", "late", "repeated", "dead", "waiting")
_HEAD: Final = ("topic", "partition", *_COUNTS, "letters", "adds up")


def as_json(found: Statement) -> bytes:
    """One JSON object."""
    inputs = [msgspec.to_builtins(one) | {"adds_up": one.adds_up} for one in found.inputs]
    whole = msgspec.to_builtins(found) | {"inputs": inputs, "adds_up": found.adds_up}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)


def as_text(found: Statement) -> str:
    """A table with a line for each partition that ever held anything, and what there is to know
    below it."""
    rows = [_row(one) for one in found.inputs if one.end]
    totals = [str(sum(getattr(one, name) for one in found.inputs)) for name in _COUNTS]
    letters = str(sum(one.letters for one in found.inputs))
    rows.append(("all", "", *totals, letters, "yes" if found.adds_up else "NO"))
    lines = [*_table([_HEAD, *rows]), *_remarks(found), *_stages(found), *_claims(found)]
    verdict = "All that came in is accounted for."
    return "\n".join([*lines, verdict if found.adds_up else "The account does NOT add up."])


def _row(one: Tally) -> tuple[str, ...]:
    counts = [str(getattr(one, name)) for name in _COUNTS]
    letters = "-" if one.topic in LISTS else str(one.letters)
    return one.topic, str(one.partition), *counts, letters, "yes" if one.adds_up else "NO"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        left = f"{row[0]:<{widths[0]}}"
        right = (f"{text:>{width}}" for text, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join([left, *right])


def _remarks(found: Statement) -> Iterator[str]:
    for one in found.inputs:
        place = f"{one.topic}/{one.partition}"
        if one.reasons:
            reasons = ", ".join(f"{name} {n}" for name, n in sorted(one.reasons.items()))
            yield f"{place}: dead of {reasons}"
        if one.first and one.topic not in LISTS:
            yield f"{place}: {one.first} records before offset {one.first} are deleted: no account"
        if one.unread:
            yield f"{place}: {one.unread} records were deleted before they were read"
        if one.unknown:
            yield f"{place}: {one.unknown} letters may have been deleted: unknown, not missing"
        if one.beyond:
            yield f"{place}: {one.beyond} letters are of records that are deleted"
        yield from _named(one.unaccounted, f"{place}: {{}} records with messages unaccounted for")
        yield from _named(one.missing, f"{place}: {{}} dead letters are missing")
        yield from _named(one.extra, f"{place}: {{}} dead letters too many")
    if found.repeated_letters:
        yield f"dead.letters: {found.repeated_letters} stand there again, and count once"
    yield from _named(found.strange_letters, "dead.letters: {} records that no worker writes")


def _named(some: Named, line: str) -> Iterator[str]:
    if some.count:
        yield line.format(some.count)
        yield from (f"  {place}" for place in some.first)


def _stages(found: Statement) -> Iterator[str]:
    for one in found.stages:
        place = f"{one.topic}/{one.partition}"
        if one.lost:
            yield f"{place}: {one.lost} records were acknowledged, are in no state, and are deleted"
        if one.again:
            yield f"{place}: {one.again} records are in no state yet and will be read again"
    for topic in dict.fromkeys(one.topic for one in found.stages):
        some = [one for one in found.stages if one.topic == topic]
        end, done = sum(one.end for one in some), sum(one.committed or 0 for one in some)
        held = sum(one.stored or 0 for one in some)
        yield f"{topic}: {end} records written, {done} acknowledged, {held} in states"


def _claims(found: Statement) -> Iterator[str]:
    claims = found.claims
    yield (
        f"Beside it, as the states count: {claims.late_records} findings and observations late,"
        f" {claims.repeated_records} repeated"
    )
    for worker, counts in sorted(claims.workers.items()):
        what = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
        yield f"Beside it, as {worker} counts since it started: {what}"
