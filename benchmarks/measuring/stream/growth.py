"""What a report costs the worker, and what it keeps in memory, as one thing after the other grows.

Each point is one run of real workers on reports of its own; all else stays as it is at the first
point. What needs many reports to be there at all (devices) comes in Arrow batches, which are cheap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.measuring.stream import worker_run
from benchmarks.measuring.stream.city import City, intruders, reports
from benchmarks.measuring.stream.rows import Stage
from benchmarks.measuring.stream.tables import a_report_us
from benchmarks.measuring.stream.topics import Form, load_of

#: Points of each axis, and the form of its messages.
AXES: Final[Mapping[str, tuple[tuple[int, ...], Form]]] = {
    "register": ((10_000, 100_000, 1_000_000), "single"),
    "devices": ((1_000, 10_000, 100_000, 1_000_000), "arrow"),
    "partitions": ((1, 4, 16), "single"),
    "workers": ((1, 2), "single"),
    "incidents": ((1, 100, 1_000), "single"),
    "country": ((8, 16, 32, 64), "arrow"),
    "all": ((1_000_000,), "arrow"),
}
#: Reports of one point, unless there are fewer in all; of that with most devices each has one.
_REPORTS, _DEVICES = 60_000, 4_000
#: Of a country, for each partition: all of it grows together, land and zones too, and workers, one
#: for so many partitions.
_REPORTS_EACH, _DEVICES_EACH, _CELLS_EACH, _WORKER_EACH = 15_000, 1_000, 10_000, 16
#: Cells of a register with room for a thousand incidents, all of it town.
_ROOMY = 100_000
#: Open incidents beside as many cells and devices as one worker is to have room for.
_INCIDENTS = 1_000


@dataclass(frozen=True, slots=True)
class _Point:
    cells: int
    town: int = 100
    devices: int = _DEVICES
    reports: int = _REPORTS
    partitions: int = 4
    workers: int = 1
    incidents: int = 0


def measure(
    stage: Stage,
    most: int,
    axes: Sequence[str],
    save: Callable[[dict[str, Any]], None],
    show: Callable[[str], object],
) -> list[dict[str, Any]]:
    """One run for each point of the axes, of at most that many reports each (devices: as many as
    there are devices at least; a country: so many for each partition); all are saved after each.

    Raises `benchmarks.measuring.stream.processes.RunError`.
    """
    found: list[dict[str, Any]] = []
    for axis in axes:
        values, form = AXES[axis]
        for value in values:
            point = _point(axis, value, stage.city.cells, min(most, _REPORTS))
            run = worker_run.run(_asked(stage, point, form))
            found.append(
                {
                    "axis": axis,
                    "value": value,
                    "form": form,
                    "cpu_us": a_report_us(run),
                    "run": asdict(run),
                }
            )
            save({"growth": found})
            show(f"{axis} {value:,}: {a_report_us(run):.1f} µs, {run.peak_rss_mb:.0f} MB")
    return found


def _point(axis: str, value: int, cells: int, count: int) -> _Point:
    match axis:
        case "register":
            return _Point(value, reports=count)
        case "devices":
            return _Point(cells, devices=value, reports=max(count, value))
        case "partitions":
            return _Point(cells, partitions=value, reports=count)
        case "country":
            cells = _CELLS_EACH * value
            return _Point(
                cells,
                town=City(cells).side,
                devices=_DEVICES_EACH * value,
                reports=min(_REPORTS_EACH, count) * value,
                partitions=value,
                workers=max(1, value // _WORKER_EACH),
            )
        case "all":
            side = City(value).side
            return _Point(value, side, devices=value, reports=value, incidents=_INCIDENTS)
        case "workers":
            return _Point(cells, workers=value, reports=count)
        case _:
            side = City(_ROOMY).side
            return _Point(_ROOMY, town=side, incidents=value, reports=count)


def _asked(stage: Stage, point: _Point, form: Form) -> worker_run.WorkerRun:
    city = City(point.cells, point.town)
    name = stage.new_name()
    made = reports(city, point.reports, point.devices)
    load = load_of(made, form, point.partitions, intruders(city, point.incidents))
    return worker_run.WorkerRun(
        stage.bootstrap, name, stage.folder / name, city, load, workers=point.workers
    )
