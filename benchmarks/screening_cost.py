"""What the rules cost: `detect` with all rules against reading and decoding the same JSON trace.

    python benchmarks/screening_cost.py

Both are done in turn in one process, the best of some rounds each, for a city without and one with
a transmitter. The ratio is what holds across machines; it should stay below three.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
import time
from pathlib import Path

import click

from replay.detect import Summary, detect
from replay.simulate import load_scenario, simulate
from replay.traces.trace import Lines, read_lines
from replay.traces.trace_files import open_trace
from streams.config.settings import Settings, configs_dir, load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--scenario", "names", multiple=True, default=("benign-city", "parked-blaster"))
@click.option("--seed", default=1, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(names: tuple[str, ...], seed: int, rounds: int) -> None:
    """Measures and prints."""
    settings = load_settings(env={})
    header = ("trace", "messages", "decoding", "detect", "ratio", "screening", "incidents")
    click.echo("{:<16}{:>10}{:>11}{:>10}{:>8}{:>11}{:>11}".format(*header))
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "trace"
            simulate(load_scenario(configs_dir() / "scenarios" / f"{name}.yaml"), seed, trace)
            click.echo(_line(name, trace, Path(folder) / "out", settings, rounds))


def _line(name: str, trace: Path, out: Path, settings: Settings, rounds: int) -> str:
    """One trace: seconds of both, their ratio, and the two stages that `detect` has beyond."""
    hasher = Hasher(b"benchmark", settings.senders)
    decoding_s, best = float("inf"), Summary(seconds=float("inf"))
    for _ in range(rounds):
        decoding_s = min(decoding_s, _decoding_s(trace, hasher))
        found = detect(trace, out, settings, hasher).summary
        best = min(best, found, key=lambda each: each.seconds)
    stages = (best.stages.get(stage, 0.0) / decoding_s for stage in ("screen", "decide"))
    screening, deciding = stages
    return (
        f"{name:<16}{best.messages:>10}{decoding_s:>9.2f} s{best.seconds:>8.2f} s"
        f"{best.seconds / decoding_s:>8.2f}{screening:>11.2f}{deciding:>11.2f}"
    )


def _decoding_s(folder: Path, hasher: Hasher) -> float:
    """Seconds that it takes to read a trace's JSON lines and decode them into columns."""
    begun = time.perf_counter()
    for topic, path in open_trace(folder).files.items():
        for chunk in read_lines(path):
            assert isinstance(chunk, Lines)
            records = RecordSlice(
                topic, 0, chunk.line_numbers, chunk.values, chunk.rx_ms, arrays=False
            )
            decode(records, hasher)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
