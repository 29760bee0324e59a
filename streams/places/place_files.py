"""All files of the setting `places` together, as one map of what can be named."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from detectors.alert.headline import NamedPlaces
from detectors.model.headline_words import PlaceName
from geo.earth.gcj02 import from_bd09, from_gcj02
from geo.earth.sphere import Floats
from geo.landmarks.named_roads import NamedRoads
from geo.landmarks.nearby import Areas, Landmarks, Points
from streams.config.places import Datum, PlacesSettings
from streams.config_error import ConfigError
from streams.places.csv_file import read_places
from streams.places.features import Feature, expected_names
from streams.places.gdal_file import read_with_gdal
from streams.places.geojson import read_geojson

_FROM: Final = {"gcj02": from_gcj02, "bd09": from_bd09}
_LOG: Final = logging.getLogger(__name__)


def named_places(settings: PlacesSettings) -> NamedPlaces | None:
    """The map in the files; ``None`` where none is set. Raises ConfigError, which names the file,
    what is wrong and what is allowed."""
    if not settings.files:
        return None
    features = list(chain.from_iterable(_read(Path(name)) for name in settings.files))
    try:
        places = map_of(features, settings.datum)
    except ValueError as error:
        names = ", ".join(settings.files)
        raise ConfigError(f"{names}: {error}; cut them to the area that is watched.") from error
    counts = Counter(each.kind for each in features)
    listed = ", ".join(f"{count} of {kind}" for kind, count in sorted(counts.items()))
    _LOG.info("places: %s", listed)
    return places


def map_of(features: Sequence[Feature], datum: Datum) -> NamedPlaces:
    """Features in degrees of a datum as a map in WGS84, whatever their order. Raises ValueError for
    too many."""
    names = _names(each.name for each in features)
    number = {each.name: at for at, each in enumerate(names)}

    def of(kind: str, *types: shapely.GeometryType) -> tuple[list[Any], NDArray[np.int64]]:
        """The simple shapes of a kind, in WGS84, with the numbers of their names."""
        chosen = [each for each in features if each.kind == kind]
        shapes, at = shapely.get_parts([each.shape for each in chosen], return_index=True)
        numbers = np.array([number[each.name.name] for each in chosen], np.int64)[at]
        is_one = np.isin(shapely.get_type_id(shapes), types)
        return list(_wgs84(shapes[is_one], datum)), numbers[is_one]

    areas, of_area = of("district", shapely.GeometryType.POLYGON)
    landmarks = Landmarks(
        _roads(*of("road", shapely.GeometryType.LINESTRING)),
        _points(*of("site", shapely.GeometryType.POINT)),
        _points(*of("district", shapely.GeometryType.POINT)),
        Areas.of([shapely.make_valid(area) for area in areas], of_area),
    )
    return NamedPlaces(landmarks, names)


def _read(path: Path) -> Iterator[Feature]:
    form = "".join(path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]).lower()
    if form in (".geojson", ".json", ".geojson.gz", ".json.gz"):
        features = read_geojson(path)
    elif form == ".csv":
        features = read_places(path)
    else:
        features = read_with_gdal(path)
    found = False
    for feature in features:
        found = True
        yield feature
    if not found:
        raise ConfigError(
            f"{path}: nothing in it has a name that could say where something is; names are the"
            f" properties or columns {expected_names()}."
        )


def _names(given: Iterable[PlaceName]) -> list[PlaceName]:
    """One of each name as it is written, in order; in each language what most features have."""
    spelt: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(
        lambda: (Counter(), Counter())
    )
    for each in given:
        for counter, text in zip(spelt[each.name], (each.zh, each.en), strict=True):
            if text is not None:
                counter[text] += 1
    return [
        PlaceName(name, *(_most_usual(counter) for counter in spelt[name]))
        for name in sorted(spelt)
    ]


def _most_usual(counter: Counter[str]) -> str | None:
    return min(counter, key=lambda text: (-counter[text], text), default=None)


def _roads(lines: list[Any], names: NDArray[np.int64]) -> NamedRoads:
    places, of = shapely.get_coordinates(lines, return_index=True)
    start = np.flatnonzero(of[1:] == of[:-1])
    return NamedRoads.of(places[:, 1], places[:, 0], start, names[of[start]])


def _points(points: list[Any], names: NDArray[np.int64]) -> Points:
    places = shapely.get_coordinates(points)
    return Points.of(places[:, 1], places[:, 0], names)


def _wgs84(shapes: Any, datum: Datum) -> Any:
    if datum == "wgs84" or not len(shapes):
        return shapes

    def moved(places: Floats) -> Floats:
        lat, lon = _FROM[datum](places[:, 1].copy(), places[:, 0].copy())
        return np.column_stack([lon, lat])

    return shapely.transform(shapes, moved)
