"""Notations of a place, and links that open map apps there."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from field.formats.coordinates import links, written
from geo.earth.gcj02 import from_bd09, from_gcj02
from geo.earth.sphere import distance_m

BEIJING = (39.9042, 116.4074)
HONG_KONG = (22.2793, 114.1628)


def numbers(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+\.\d+", text)]


def from_dms(text: str) -> list[float]:
    found = re.findall(r"(\d+)°(\d\d)′(\d\d\.\d)″([NSEW])", text)
    assert all(float(m) < 60 and float(s) < 60 for _, m, s, _ in found)
    return [
        (int(d) + int(m) / 60 + float(s) / 3600) * (-1 if letter in "SW" else 1)
        for d, m, s, letter in found
    ]


def test_shifted_notations_name_their_datum_and_lead_back_to_the_place() -> None:
    made = written(*BEIJING)
    assert made.gcj02 is not None
    assert made.bd09 is not None
    assert made.gcj02.startswith("GCJ-02 ")
    assert made.bd09.startswith("BD-09 ")
    gcj02, bd09 = numbers(made.gcj02), numbers(made.bd09)
    assert distance_m(*BEIJING, *from_gcj02(gcj02[0], gcj02[1])) < 0.2
    assert distance_m(*BEIJING, *from_bd09(bd09[0], bd09[1])) < 0.2


def test_outside_the_mainland_there_is_no_shifted_notation() -> None:
    made = written(*HONG_KONG)
    assert (made.gcj02, made.bd09) == (None, None)
    assert numbers(made.dd) == list(HONG_KONG)


@given(lat=st.floats(-90.0, 90.0), lon=st.floats(-180.0, 180.0))
def test_every_place_on_earth_has_degrees_minutes_and_seconds(lat: float, lon: float) -> None:
    made = written(lat, lon)
    assert from_dms(made.dms) == pytest.approx([lat, lon], abs=0.06 / 3600)
    assert numbers(made.dd) == pytest.approx([lat, lon], abs=1e-6)
    assert made.mgrs is None or re.fullmatch(r"\d*[A-Z] [A-Z]{2} \d{5} \d{5}", made.mgrs)


@pytest.mark.parametrize(
    ("lat", "lon", "zone"), [(*BEIJING, 32650), (*HONG_KONG, 32650), (-33.87, 151.2, 32756)]
)
def test_the_grid_agrees_with_utm(lat: float, lon: float, zone: int) -> None:
    east, north = Transformer.from_crs(4326, zone, always_xy=True).transform(lon, lat)
    grid = written(lat, lon).mgrs
    assert grid is not None
    _, _, x, y = grid.split()
    assert abs(int(x) - east % 100_000) <= 1.0
    assert abs(int(y) - north % 100_000) <= 1.0


@pytest.mark.parametrize("place", [(91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0)])
def test_what_is_no_place_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no place on Earth"):
        written(*place)


def test_links_carry_wgs84_flagged_each_in_its_own_order() -> None:
    made = links(*BEIJING, "van & 车, #1 (high)")
    assert set(made) == {"geo", "amap", "tencent", "baidu", "apple", "google"}
    asked = {
        app: {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}
        for app, url in made.items()
    }
    assert asked["amap"]["position"] == "116.407400,39.904200"
    assert asked["amap"]["coordinate"] == "wgs84"
    assert asked["tencent"]["marker"].startswith("coord:39.904200,116.407400;title:van & 车")
    assert asked["tencent"]["coord_type"] == "1"
    assert (asked["baidu"]["location"], asked["baidu"]["coord_type"]) == (
        "39.904200,116.407400",
        "wgs84",
    )
    assert asked["apple"]["ll"] == asked["google"]["query"] == "39.904200,116.407400"
    assert unquote(made["geo"]) == (
        "geo:39.904200,116.407400?q=39.904200,116.407400(van & 车, #1 (high))"
    )
    assert all(url.isascii() and " " not in url for url in made.values())


def test_a_number_of_a_person_in_the_title_stays_out_of_links() -> None:
    assert not any("460001234567890" in url for url in links(1.0, 2.0, "460001234567890").values())
