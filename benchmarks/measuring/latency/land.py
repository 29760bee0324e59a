"""A simulated land in which one transmitter after the other comes on the air, and its messages by
arrival.

What they do to phones is simulated in full: made-up victims beside dense honest phones that report
nothing of a transmitter would rightly not be believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs

from replay.simulate import load_scenario, simulate
from replay.simulate.scenario.rogue import Parked
from replay.simulate.scenario.scenario import Scenario
from replay.traces.trace import read_messages
from replay.traces.trace_files import open_trace

_FILE: Final = Path(__file__).with_name("land.yaml")
_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
#: Transmitters along a side of the land, and how far they stand from one another (m).
_ALONG, _APART_M = 4, 4800.0
TRANSMITTERS: Final = _ALONG**2
#: The first comes on the air after so many seconds; each is on the air for so long; after the last
#: has gone, phones still come back for so long.
_FIRST_S, _ON_AIR_S, _BACK_S = 60.0, 180.0, 60.0
LEAST_S: Final = _FIRST_S + _ON_AIR_S + _BACK_S


@dataclass(frozen=True, slots=True)
class Arriving:
    """A message of a trace and when it arrives (ms from the land's beginning)."""

    at_ms: int
    topic: str
    value: bytes
    begin_ms: int

    def begun_at(self, begin_ms: int) -> bytes:
        """The same message of a land that began then: its times are moved."""
        message = _DECODER.decode(self.value)
        later_ms = begin_ms - self.begin_ms
        for name in ("ts", "rx_ts", "sent_ts"):
            if name in message:
                message[name] += later_ms
        return _ENCODER.encode(message)


def land(seconds: float) -> Scenario:
    """The land, for so long: its transmitters begin evenly in that time, early enough for all of
    them to have gone by its end."""
    scenario = load_scenario(_FILE)
    pause_s = max(0.0, seconds - LEAST_S) / (TRANSMITTERS - 1)
    rogues = []
    for number in range(TRANSMITTERS):
        across, along = ((place - (_ALONG - 1) / 2) * _APART_M for place in divmod(number, _ALONG))
        on_s = _FIRST_S + number * pause_s
        rogues.append(
            structs.replace(
                scenario.rogues[0],
                id=f"van-{number}",
                place=Parked(at_m=(across, along)),
                active_s=[(on_s, on_s + _ON_AIR_S)],
            )
        )
    return structs.replace(scenario, duration_s=seconds, rogues=tuple(rogues))


def made(scenario: Scenario, seed: int, folder: Path) -> tuple[Path, list[Arriving]]:
    """The operators' list of its cells, and its messages in order of arrival, without those that
    arrive after its end."""
    simulate(scenario, seed, folder)
    trace = open_trace(folder)
    assert trace.register is not None, "a simulated trace has a register"
    arriving = sorted(_read(folder, scenario.start_ms), key=lambda each: each.at_ms)
    end_ms = scenario.duration_s * 1000.0
    return trace.register, [each for each in arriving if each.at_ms <= end_ms]


def _read(folder: Path, begin_ms: int) -> Iterator[Arriving]:
    trace = open_trace(folder)
    for topic in trace.files:
        for message in read_messages(trace, topic):
            yield Arriving(message.arrival_ms - begin_ms, topic, message.value, begin_ms)
