"""What rules find in a trace of calls: first halves batch by batch, or all of it by `detect`."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from detectors.features.facts import Origin
from detectors.features.rule import AnyRule
from detectors.model.columns import Calls
from detectors.model.finding import Finding
from detectors.register.register import Register
from detectors.rules import ROOMS
from detectors.screen.screening import Screening
from replay.detect import detect, numbers_in
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import open_trace
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher

CALLS = "call.signalling"


def listed(trace: Path, hasher: Hasher) -> Register:
    """The list of numbers of a trace."""
    file = open_trace(trace).files.get("number.register")
    return Register.empty().with_numbers(numbers_in(file, load_settings(env={}), hasher))


def batches(trace: Path, hasher: Hasher, topic: str = CALLS) -> Iterator[Calls]:
    """The messages of one topic of a trace; none where it lacks the topic."""
    file = open_trace(trace).files.get(topic)
    if file is not None:
        for decoded, _ in decoded_chunks(reader_of(file), topic, hasher):
            yield decoded.batch


def screened(
    trace: Path, rules: Sequence[str], hasher: Hasher
) -> Iterator[tuple[list[Finding], Calls]]:
    """Findings of the first halves of some rules in each batch of calls, and the batch."""
    screening = Screening(tuple(ROOMS[name].rule() for name in rules), Origin(CALLS, 0))
    register = listed(trace, hasher)
    for batch in batches(trace, hasher):
        yield screening.step(batch, register).findings, batch


def rule_with(name: str, parameters: Sequence[str]) -> AnyRule:
    """A rule with some of its parameters given, each ``RULE.PARAMETER=VALUE`` of any rule.

    Raises `click.BadParameter` for what is none of the rule's.

    >>> rule_with("group_surge", ["group_surge.least_calls=3", "sim_box.cap=1"]).least_calls
    3.0
    """
    own = [each.removeprefix(f"{name}.") for each in parameters if each.startswith(f"{name}.")]
    given = {
        key: msgspec.json.decode(value) for key, _, value in (one.partition("=") for one in own)
    }
    try:
        return msgspec.convert(given, ROOMS[name].rule)
    except msgspec.ValidationError as error:
        raise click.BadParameter(f"{name}: {error}") from None


def findings(trace: Path, settings: Settings, hasher: Hasher) -> list[Finding]:
    """All that `detect` finds in a trace, in the order in which it is written."""
    with tempfile.TemporaryDirectory() as out:
        detect(trace, Path(out), settings, hasher)
        lines = Path(out, "evidence.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Finding) for line in lines]
