"""The costs that `cellhound capacity` reckons with, out of what `make bench-stream` has measured.

    make bench-stream OPTIONS="--out out/stream.json"
    make bench-stream OPTIONS="--growth --out out/growth.json"
    python -m benchmarks.costs out/stream.json out/growth.json > streams/capacity/costs.toml

Memory and start-up are slopes of what grew with devices and with the register; what a promise costs
is measured here, by all that is done with one between two workers but its way over the network.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from streams.capacity.costs import FORMS
from streams.kafka.stage_records import Watermark, watermark_headers, watermarks_of

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_MB: Final = 1e6
_TOPIC: Final = "cell.measurements"
#: Promises together, of as many partitions, and how often; correlators that each is taken by.
_PARTITIONS, _TIMES, _CORRELATORS = 64, 400, 16


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.argument("stream", type=_FILE)
@click.argument("growth", type=_FILE)
def main(stream: Path, growth: Path) -> None:
    """Prints them."""
    compared, grown = json.loads(stream.read_bytes()), json.loads(growth.read_bytes())["growth"]
    click.echo("\n".join(lines(compared, grown, promise_us())))


def lines(
    compared: Mapping[str, Any], grown: list[dict[str, Any]], promise: float
) -> Iterator[str]:
    """The file's, in TOML. Raises KeyError where a variant or an axis was not measured."""
    machine = compared["machine"]
    loads = machine["load_average"], compared["load_average_after"]
    busy = " to ".join(f"{load[0]:g}" for load in loads)
    yield "# Made by `python -m benchmarks.costs`; docs/scale.md has the tables behind it."
    named = f"{machine['processor']}, Python {machine['python']}, load {busy}"
    yield f"machine = {json.dumps(named)}"
    yield f"promise_us = {promise:.3g}"
    devices, cells = _slope(grown, "devices"), _slope(grown, "register")
    first = _points(grown, "devices")[0]
    yield f"base_bytes = {first['peak_rss_mb'] * _MB:.4g}"
    yield f"device_bytes = {devices['peak_rss_mb'] * _MB:.4g}"
    yield f"cell_bytes = {cells['peak_rss_mb'] * _MB:.4g}"
    yield f"start_s = {first['start_cpu_s']:.3g}"
    yield f"cell_start_us = {cells['start_cpu_s'] * 1e6:.3g}"
    by_name = {(row["name"], row["form"]): row["cpu_us"] for row in compared["rows"]}
    whole = {form: by_name["worker", form] for form in FORMS}
    screened = {form: by_name["screen-2000", form] for form in FORMS}
    tables = {
        "report_us": whole,
        "screened_us": screened,
        "report_bytes": compared["bytes_a_report"],
    }
    for name, values in tables.items():
        yield f"\n[{name}]"
        yield from (f"{form} = {values[form]:.4g}" for form in FORMS)


def promise_us() -> float:
    """Processor time of making a promise's header once, and of reading it, taking it and looking
    what is due by each of some correlators, for each of these (µs)."""
    sources = frozenset((_TOPIC, number) for number in range(_PARTITIONS))
    correlators = [Correlator((), IncidentSettings(), sources) for _ in range(_CORRELATORS)]
    begun = time.process_time()
    for turn in range(_TIMES):
        promised = [Watermark(_TOPIC, number, 1_000 + turn, False) for number in range(_PARTITIONS)]
        for headers in watermark_headers(promised):
            for correlator in correlators:
                for one in watermarks_of(headers):
                    correlator.promise("census", one.topic, one.partition, one.until_ms, one.end)
                correlator.advance()
    return (time.process_time() - begun) / (_TIMES * _PARTITIONS * _CORRELATORS) * 1e6


def _points(grown: list[dict[str, Any]], axis: str) -> list[dict[str, Any]]:
    found = [point["run"] | {"at": point["value"]} for point in grown if point["axis"] == axis]
    if len(found) < 2:
        raise KeyError(f"of {axis}, fewer than two points were measured")
    return found


def _slope(grown: list[dict[str, Any]], axis: str) -> dict[str, float]:
    """What each thing more costs, from the first point to the last."""
    points = _points(grown, axis)
    first, last = points[0], points[-1]
    more = last["at"] - first["at"]
    names = ("peak_rss_mb", "start_cpu_s")
    return {name: max(last[name] - first[name], 0.0) / more for name in names}


if __name__ == "__main__":
    main()
