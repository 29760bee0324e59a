"""Places as CSV: a line each, with latitude, longitude and name."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Final

import shapely

from streams.numbers.csv_rows import Form, refuse, rows_of
from streams.places.features import Feature, FeatureError, feature_of

_REQUIRED: Final = ("lat", "lon", "name")
FORM: Final = Form(
    columns=(*_REQUIRED, "name:zh", "name_zh", "name:en", "name_en", "kind"),
    required=_REQUIRED,
    what="a list of places",
    most_rows=1_000_000,
    most_bytes=1 << 28,
)


def read_places(path: Path) -> Iterator[Feature]:
    """The places of a file. Raises ConfigError, which lists each wrong line, what is wrong with it
    and what is allowed."""
    problems: list[str] = []
    features = []
    for line, row in rows_of(path, FORM, problems):
        lat = _degrees(row, "lat", 90.0, line, problems)
        lon = _degrees(row, "lon", 180.0, line, problems)
        try:
            feature = feature_of(shapely.Point(lon, lat), row)
        except FeatureError as error:
            problems.append(f"line {line}: {error}")
            continue
        if feature is None:
            problems.append(f"line {line}: name is empty; every place has one")
        else:
            features.append(feature)
    refuse(path, problems)
    yield from features


def _degrees(row: dict[str, str], key: str, most: float, line: int, problems: list[str]) -> float:
    try:
        value = float(row[key])
    except ValueError:
        value = float("nan")
    if isfinite(value) and abs(value) <= most:
        return value
    problems.append(f"line {line}: {key} is {row[key][:40]!r}; allowed are -{most:g} to {most:g}")
    return 0.0
