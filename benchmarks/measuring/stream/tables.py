"""Figures of a run as a table, and as JSON."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring.stream.programs.meter import Measured
from benchmarks.measuring.stream.rows import Row

#: What everything is held against: reading single messages, nothing done.
BASE = ("bare", "single")
_HEAD = (
    "| program | messages | µs of a processor a report | reports/s and core | wall µs a report |"
    " of bare aiokafka's rate | start-up, s | peak MB |\n|---|---|--:|--:|--:|--:|--:|--:|"
)


def figures(row: Row, runs: Sequence[Measured], bases: Sequence[Measured]) -> dict[str, Any]:
    """Medians of one variant; its rate beside that of bare aiokafka in the same round, per core."""
    cpu_us = [_a_report(run.cpu_s, run) for run in runs]
    base_us = [_a_report(base.cpu_s, base) for base in bases]
    ratios = [base / own for base, own in zip(base_us, cpu_us, strict=True) if base and own]
    middle_us = median(cpu_us)
    return {
        "name": row.name,
        "form": row.form,
        "text": row.text,
        "reports": min(run.reports for run in runs),
        "cpu_us": middle_us,
        "reports_per_s_and_core": 1e6 / middle_us if middle_us else None,
        "wall_us": median(_a_report(run.wall_s, run) for run in runs),
        "of_bare": median(ratios) if ratios else None,
        "start_cpu_s": median(run.start_cpu_s for run in runs),
        "peak_rss_mb": median(run.peak_rss_mb for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(found: Iterable[dict[str, Any]]) -> str:
    """Of variants, in Markdown."""
    lines = [_HEAD]
    for row in found:
        ratio, rate = row["of_bare"], row["reports_per_s_and_core"]
        cells = [
            row["text"],
            row["form"],
            _short(row["cpu_us"]),
            "" if rate is None else f"{rate:,.0f}",
            _short(row["wall_us"]),
            "" if ratio is None else f"{ratio:.3f}",
            f"{row['start_cpu_s']:.1f}",
            f"{row['peak_rss_mb']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def growth_table(points: Iterable[dict[str, Any]]) -> str:
    """Of what grows, in Markdown."""
    lines = [
        "| what grows | to | messages | µs of a processor a report | start-up, s | MB | peak MB |"
        " open incidents |\n|---|--:|---|--:|--:|--:|--:|--:|"
    ]
    for point in points:
        run = point["run"]
        lines.append(
            f"| {point['axis']} | {point['value']:,} | {point['form']} |"
            f" {_short(point['cpu_us'])} | {run['start_cpu_s']:.1f} | {run['rss_mb']:.0f} |"
            f" {run['peak_rss_mb']:.0f} | {run['incidents']} |"
        )
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def a_report_us(run: Measured) -> float:
    """Processor time a report (µs)."""
    return _a_report(run.cpu_s, run)


def _a_report(seconds: float, run: Measured) -> float:
    return seconds / run.reports * 1e6 if run.reports else 0.0


def _short(microseconds: float) -> str:
    return f"{microseconds:.2f}" if microseconds < 10 else f"{microseconds:.0f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
