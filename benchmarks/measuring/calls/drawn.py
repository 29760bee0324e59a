"""Drawn worlds of calls, each in a folder of its own while it is looked at, and what is true of
them."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.simulation import simulate_calls
from replay.simulate.drawn.parameters import Value
from replay.traces.trace_files import open_trace

#: One line of a truth, as it is written.
Story = dict[str, Any]


@contextmanager
def drawn_world(seed: int, given: Mapping[str, Value], honest: bool = False) -> Iterator[Path]:
    """The folder of a world's trace, which goes afterwards; ``given`` are values that aren't drawn.

    Raises `ScenarioError` for one that no parameter may have.
    """
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        simulate_calls(draw_calls(seed, honest=honest, given=given), trace)
        yield trace


def stories(trace: Path) -> list[Story]:
    """All lines of a trace's truth."""
    truth = open_trace(trace).truth
    return [] if truth is None else list(map(msgspec.json.decode, truth.read_bytes().splitlines()))


def kind_of(story: Story) -> str:
    """What an honest caller looks like, else the kind of fraud.

    >>> kind_of({"kind": "look_alike", "look": "courier"}), kind_of({"kind": "sim_box"})
    ('courier', 'sim_box')
    """
    return str(story.get("look") or story["kind"])


def kinds_by_call(of: Iterable[Story]) -> dict[str, str]:
    """`kind_of`, by the reference of each call.

    >>> kinds_by_call([{"kind": "sim_box", "calls": ["a", "b"]}, {"kind": "victim"}])
    {'a': 'sim_box', 'b': 'sim_box'}
    """
    return {call: kind_of(story) for story in of for call in story.get("calls", ())}
