"""A map of alerts in SVG: regions, places, tracks, masts and, where it is known, the truth.

No background is fetched from anywhere: a scale and the degrees at the edges say where it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Final, TypeAlias

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.formats.areas import way_of
from replay.report.figures.axes import Axes, figure, round_below, text
from replay.report.figures.markup import Element, tag
from replay.report.words import WORDS
from replay.traces.truth import Transmitter

Place: TypeAlias = tuple[float, float]

_M_A_DEGREE: Final = 111_320.0
#: The least that a map shows, so that one place has surroundings.
_LEAST_M: Final = 1500.0
_WIDE, _HIGH = 960.0, 560.0


@dataclass(frozen=True, slots=True)
class _Plane:
    """Metres east and north of a place (WGS84 degrees); good for a province."""

    lat: float
    lon: float

    @property
    def wide(self) -> float:
        """How wide a degree of longitude is, of one at the equator; at a pole not nothing."""
        return max(0.01, cos(radians(self.lat)))

    def at(self, lat: float, lon: float) -> Place:
        """Metres of a place. Longitudes are counted the short way round."""
        east = (lon - self.lon + 180.0) % 360.0 - 180.0
        return east * self.wide * _M_A_DEGREE, (lat - self.lat) * _M_A_DEGREE


def place_map(
    alerts: Sequence[Alert],
    language: Language,
    cells: Sequence[Place] = (),
    truth: Sequence[Transmitter] = (),
) -> Element | None:
    """The map about all that has a place; ``None`` where nothing has. One alert is shown by its
    last revision."""
    places = [*(place for alert in alerts for place in _places(alert)), *_ways(truth)]
    if not places:
        return None
    plane = _Plane(*places[0])
    axes = _axes([plane.at(*place) for place in places])
    parts = [_edge(axes)]
    if dots := [plane.at(*cell) for cell in cells]:
        parts.append(_dots(axes, dots))
    parts += [part for one in truth for part in _way(axes, plane, one)]
    for alert in alerts:
        parts += _alert(axes, plane, alert)
    parts += _scale(axes, plane)
    return figure(_WIDE, _HIGH, WORDS[language]["figures"]["map"], parts)


def _axes(points: Sequence[Place]) -> Axes:
    """A frame about points, with one scale for both directions."""
    xs, ys = zip(*points, strict=True)
    wide = max(max(xs) - min(xs), _LEAST_M) * 1.15
    high = max(max(ys) - min(ys), _LEAST_M) * 1.15
    a_pixel = max(wide / _WIDE, high / _HIGH)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    half_x, half_y = _WIDE * a_pixel / 2, _HIGH * a_pixel / 2
    return Axes(0, 0, _WIDE, _HIGH, (x - half_x, x + half_x), (y - half_y, y + half_y))


def _places(alert: Alert) -> Iterable[Place]:
    for ring in rings_of(alert.region):
        yield from ring
    if alert.position is not None:
        yield alert.position["lat"], alert.position["lon"]
    for _, lat, lon in way_of(alert):
        yield lat, lon


def _ways(truth: Sequence[Transmitter]) -> list[Place]:
    return [(lat, lon) for one in truth for _, lat, lon in one.track]


def rings_of(region: dict[str, Any] | None) -> list[list[Place]]:
    """Outlines and holes of a GeoJSON Polygon or MultiPolygon."""
    if region is None:
        return []
    try:
        parts = region["coordinates"]
        polygons = parts if region["type"] == "MultiPolygon" else [parts]
        return [[(lat, lon) for lon, lat in ring] for polygon in polygons for ring in polygon]
    except (KeyError, TypeError, ValueError):  # Alerts of other writers may hold anything.
        return []


def _alert(axes: Axes, plane: _Plane, alert: Alert) -> list[Element]:
    class_ = f"tone-{alert.severity}" if alert.severity.isalpha() else ""
    made = []
    if rings := rings_of(alert.region):
        path = " ".join(f"M{_path(axes, plane, ring)}Z" for ring in rings)
        made.append(tag("path", d=path, class_=f"region {class_}", fill_rule="evenodd"))
    if way := [(lat, lon) for _, lat, lon in way_of(alert)]:
        made.append(tag("path", d=f"M{_path(axes, plane, way)}", class_=f"track {class_}"))
    if alert.position is not None:
        x, y = axes.at(*plane.at(alert.position["lat"], alert.position["lon"]))
        hint = tag("title", alert.headline)
        made.append(
            tag("circle", hint, cx=f"{x:.1f}", cy=f"{y:.1f}", r="7", class_=f"mark {class_}")
        )
        made.append(text(alert.alert_id[:8], x + 11, y + 4, class_="name"))
    return made


def _way(axes: Axes, plane: _Plane, one: Transmitter) -> list[Element]:
    """The way of a real transmitter, with a cross at its end."""
    way = [(lat, lon) for _, lat, lon in sorted(one.track)]
    x, y = axes.at(*plane.at(*way[-1]))
    cross = f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"
    return [
        tag("path", d=f"M{_path(axes, plane, way)}", class_="truth"),
        tag("path", d=cross, class_="truth cross"),
        text(one.id, x - 10, y - 10, "end", "name truth-name"),
    ]


def _path(axes: Axes, plane: _Plane, places: Iterable[Place]) -> str:
    points = (axes.at(*plane.at(*place)) for place in places)
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _dots(axes: Axes, points: Iterable[Place]) -> Element:
    """Masts as one path of dots, those within the frame."""
    seen = (
        axes.at(x, y)
        for x, y in points
        if axes.x[0] <= x <= axes.x[1] and axes.y[0] <= y <= axes.y[1]
    )
    return tag("path", d="".join(f"M{x:.1f} {y:.1f}h0" for x, y in seen), class_="masts")


def _edge(axes: Axes) -> Element:
    return tag("rect", x=0, y=0, width=f"{axes.width:g}", height=f"{axes.height:g}", class_="land")


def _scale(axes: Axes, plane: _Plane) -> list[Element]:
    """A bar of a round length, and the degrees of the lower left and upper right corner."""
    a_pixel = (axes.x[1] - axes.x[0]) / axes.width
    metres = round_below(160 * a_pixel)
    long, down = metres / a_pixel, axes.height - 14
    words = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    corners = (
        (axes.x[0], axes.y[0], 10, down - 22, "start"),
        (axes.x[1], axes.y[1], 950, 20, "end"),
    )
    made = [
        tag("path", d=f"M10 {down - 6}v6h{long:.1f}v-6", class_="bar"),
        text(words, 18 + long, down + 2),
    ]
    for x, y, left, top, anchor in corners:
        lat = plane.lat + y / _M_A_DEGREE
        lon = plane.lon + x / _M_A_DEGREE / plane.wide
        made.append(text(f"{lat:.4f}°, {(lon + 180) % 360 - 180:.4f}°", left, top, anchor))
    return made
