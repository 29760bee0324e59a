"""The doctor's look at the base map, and the sentence that the console writes at its start."""

from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from field.basemap.examined import examined
from field.basemap.problems import problem
from field.console import serve
from field.console.store.area import register_area, share_in
from field.console.store.tables import CELLS
from field.doctor.maps import basemap, places
from streams.config.places import PlacesSettings
from tests.field.basemap.tile_archive import archive, written

STREETS = {"roads": ["name"]}
TOWN = (104.0, 30.5, 104.2, 30.7)


def store_of(folder: Path, places: list[tuple[float, float]]) -> str:
    """A console's store with cells at places (lat, lon)."""
    path = folder / "store.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    CELLS.metadata.create_all(engine, tables=[CELLS])
    with engine.begin() as connection:
        for at, (lat, lon) in enumerate(places):
            row = {"place": at, "key": str(at), "rat": "lte", "mcc": 460, "mnc": 0, "area": 1}
            connection.execute(CELLS.insert().values(**row, cell=at, lat=lat, lon=lon))
    engine.dispose()
    return str(path)


def test_a_base_map_is_there_or_its_absence_is_shown(tmp_path: Path) -> None:
    good = str(written(tmp_path / "city.pmtiles", archive(STREETS)))
    sources = ["", "https://tiles.example/{z}/{x}/{y}.png", good]
    assert [basemap(source, None).state for source in sources] == ["ok", "ok", "ok"]
    other = basemap(str(written(tmp_path / "city.txt", b"tiles")), None)
    assert other.state == "fail"
    assert "it is no PMTiles file" in other.seen
    absent = basemap(str(tmp_path / "gone.pmtiles"), None)
    assert absent.state == "fail"
    assert "No such file" in absent.seen
    assert "{z}/{x}/{y}" in absent.todo
    unknown = basemap(str(written(tmp_path / "a.pmtiles", archive({"contours": []}))), None)
    assert unknown.state == "fail"
    assert "it has contours" in unknown.seen
    assert "basemap make" in unknown.todo
    nameless = basemap(str(written(tmp_path / "b.pmtiles", archive({"roads": []}))), None)
    assert nameless.state == "warn"
    assert "streets without labels" in nameless.seen
    assert basemap(str(written(tmp_path / "c.pmtiles", archive({}, kind=2))), None).state == "ok"


def test_a_map_of_another_place_is_noticed_by_the_register(tmp_path: Path) -> None:
    source = str(written(tmp_path / "city.pmtiles", archive(STREETS, TOWN)))
    inside = store_of(tmp_path, [(30.6, 104.1)] * 19 + [(31.9, 104.1)])
    near = basemap(source, inside)
    assert near.state == "ok"
    assert "95% of the register's cells" in near.seen
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    apart = basemap(source, store_of(elsewhere, [(30.6, 104.1), (39.9, 116.4), (39.8, 116.3)]))
    assert apart.state == "warn"
    assert "33% of the register's cells lie in" in apart.seen
    assert "30.50, 104.00 to 30.70, 104.20" in apart.seen
    empty = tmp_path / "empty"
    empty.mkdir()
    assert basemap(source, store_of(empty, [])).state == "ok"
    assert basemap(source, str(tmp_path / "none.db")).state == "ok"


def test_wrong_rows_do_not_stretch_the_registers_area(tmp_path: Path) -> None:
    places = [(30.5 + at / 1000, 104.0 + at / 1000) for at in range(98)] + [
        (0.0, 0.0),
        (80.0, 179.0),
    ]
    engine = sa.create_engine(f"sqlite:///{store_of(tmp_path, places)}")
    with engine.connect() as connection:
        box = register_area(connection)
        assert box is not None
        west, south, east, north = box
        assert 104.0 <= west < 104.01
        assert 104.09 < east < 104.1
        assert 30.5 <= south < 30.51
        assert 30.59 < north < 30.6
        assert share_in(connection, box) == 0.96
    engine.dispose()


def test_a_good_map_has_no_problem(tmp_path: Path) -> None:
    source = str(written(tmp_path / "city.pmtiles", archive(STREETS, TOWN)))
    assert problem(source, examined(source), 1.0) is None
    assert problem("", examined(""), None) is None


class _Fallen:
    """A store whose database is away."""

    def read(self, *_: object) -> None:
        raise OperationalError("", {}, Exception())


def test_the_console_names_it_at_its_start_and_starts(tmp_path: Path) -> None:
    text = serve._problem_of_map(cast(Any, _Fallen()), str(tmp_path / "gone.pmtiles"))
    assert text is not None
    assert "no streets on the map" in text
    assert serve._problem_of_map(cast(Any, _Fallen()), "") is None


def test_files_of_names_are_read_or_what_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("lat,lon,name\n30.6,104.0,North Station\n30.7,104.0,South Station\n")
    good = places(PlacesSettings(files=(str(path),)))
    assert good.state == "ok"
    assert "2 names" in good.seen
    path.write_text("lat,lon,name\n95,104.0,North Station\n")
    broken = places(PlacesSettings(files=(str(path),)))
    assert broken.state == "fail"
    assert "line 2: lat is '95'; allowed are -90 to 90" in broken.seen
    assert places(PlacesSettings()).state == "ok"
