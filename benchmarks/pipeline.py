"""The whole pipeline over a large Parquet trace: messages a second and peak memory.

Simulates a city with one blaster, writes its reports as Parquet until there are enough (each round
an hour later than the one before, under other pseudonyms), runs `cellhound detect` on it as a
process of its own and prints its summary.

    python benchmarks/pipeline.py --reports 1000000
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from replay.simulate import load_scenario, simulate
from replay.traces.trace import read_messages
from replay.traces.trace_files import open_trace
from replay.traces.trace_writer import TraceWriter
from streams.config.settings import configs_dir

_TIMES = ("ts", "rx_ts", "sent_ts")
_NAMES = ("device", "subscriber")


def main() -> None:
    """Parses the arguments, builds the trace, runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--scenario", default="parked-blaster")
    parser.add_argument("--form", default="parquet")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        scenario = load_scenario(configs_dir() / "scenarios" / f"{wanted.scenario}.yaml")
        made = simulate(scenario, 1, small)
        rounds = -(-wanted.reports // made.measurements)
        with TraceWriter(large, wanted.form) as writer:
            for topic in open_trace(small).files:
                for number in range(rounds):
                    writer.write(topic, _shifted(small, topic, number))
        (large / "register.csv").write_bytes((small / "register.csv").read_bytes())
        print(f"{rounds * made.measurements} reports as {wanted.form}")
        out = Path(folder) / "out"
        subprocess.run(
            [sys.executable, "-m", "cellhound", "detect", large, "--out", out], check=True
        )
        print((out / "summary.json").read_text())


def _shifted(folder: Path, topic: str, number: int) -> Iterator[bytes]:
    for message in read_messages(open_trace(folder), topic):
        fields = msgspec.json.decode(message.value)
        for name in _TIMES:
            if name in fields:
                fields[name] += number * 3_600_000
        for name in _NAMES:
            if name in fields:
                fields[name] += f"-{number}"
        yield msgspec.json.encode(fields)


if __name__ == "__main__":
    main()
