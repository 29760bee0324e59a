"""A base map is made with what is there, or what to install is named; the old one is kept else."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cellhound.door import main
from field.basemap.examined import examined
from field.basemap.features import drawn
from field.basemap.make import BasemapError, find_tools, make
from streams.config_error import ConfigError
from tests.field.basemap.tile_archive import archive

OSM = """<osm version="0.6">
<node id="1" lat="30.600" lon="104.060"/><node id="2" lat="30.660" lon="104.060"/>
<node id="3" lat="30.661" lon="104.061"/><node id="4" lat="30.661" lon="104.062"/>
<node id="5" lat="30.662" lon="104.062"/>
<node id="6" lat="30.650" lon="104.065"><tag k="place" v="suburb"/><tag k="name" v="武侯区"/></node>
<node id="7" lat="30.651" lon="104.065"><tag k="shop" v="tea"/><tag k="name" v="Tea"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="人民南路"/>
<tag k="name:en" v="Renmin South Road"/><tag k="lit" v="yes"/></way>
<way id="2"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="3"/><tag k="natural" v="water"/></way>
</osm>"""
#: Stands in for tippecanoe: keeps what it is given, and writes an archive.
STAND_IN = """#!{python}
import pathlib, sys
if "--version" in sys.argv:
    sys.exit("tippecanoe v{version}")
here = pathlib.Path(__file__).parent
(here / "given.jsonl").write_bytes(sys.stdin.buffer.read())
if {code}:
    sys.exit({code})
out = sys.argv[sys.argv.index("-o") + 1]
pathlib.Path(out).write_bytes((here / "made.pmtiles").read_bytes())
"""


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def stand_in(folder: Path, version: str = "2.31.0", code: int = 0) -> Path:
    (folder / "made.pmtiles").parent.mkdir(exist_ok=True)
    (folder / "made.pmtiles").write_bytes(archive({"roads": ["name"]}, (104.0, 30.6, 104.1, 30.7)))
    text = STAND_IN.format(python=sys.executable, version=version, code=code)
    return program(folder, "tippecanoe", text)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """A tiny extract of OpenStreetMap."""
    osmium = shutil.which("osmium")
    if osmium is None:
        pytest.skip("osmium-tool is not installed: no extract of OpenStreetMap can be made")
    source, packed = tmp_path / "town.osm", tmp_path / "town.osm.pbf"
    source.write_text(OSM, "utf-8")
    subprocess.run([osmium, "cat", source, "-o", packed], check=True)
    return packed


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, the first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_without_programs_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.osm.pbf").write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SystemExit) as ended:
        main(["basemap", "make", str(tmp_path / "a.osm.pbf"), "--out", str(tmp_path / "a.pmtiles")])
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert "There is no osmium and no tippecanoe on the PATH" in text
    assert "install osmium-tool (" in text
    assert "pip install 'cellhound[basemap]'" in text
    assert "--planetiler" in text


def test_an_old_tippecanoe_is_refused_with_what_to_install(tools: Path) -> None:
    program(tools, "osmium", "")
    stand_in(tools, "1.36.0")
    with pytest.raises(ConfigError, match=r"is version 1\.36, which writes no PMTiles"):
        find_tools(None)


def test_of_an_extract_only_what_is_drawn_is_cut(
    extract: Path, tools: Path, tmp_path: Path
) -> None:
    stand_in(tools)
    made = make(extract, tmp_path / "out.pmtiles", find_tools(None))
    assert made.box == (104.0, 30.6, 104.1, 30.7)
    assert examined(str(tmp_path / "out.pmtiles")).case == "ok"
    given = [json.loads(line) for line in (tools / "given.jsonl").read_text("utf-8").splitlines()]
    found = sorted((one["tippecanoe"]["layer"], one["tippecanoe"]["minzoom"]) for one in given)
    assert found == [("places", 10), ("roads", 7), ("water", 6)]
    road = next(one for one in given if one["tippecanoe"]["layer"] == "roads")
    assert road["properties"] == {
        "highway": "primary",
        "name": "人民南路",
        "name:en": "Renmin South Road",
    }
    assert not list(tmp_path.glob(".basemap-*"))


def test_a_file_that_is_called_like_an_option_is_a_file(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tools, "osmium", f'#!/bin/sh\necho "$2" > {tools}/asked\nexit 1\n')
    stand_in(tools)
    (tmp_path / "--overwrite.osm.pbf").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="osmium can't read"):
        make(Path("--overwrite.osm.pbf"), tmp_path / "out.pmtiles", find_tools(None))
    assert (tools / "asked").read_text() == f"{tmp_path}/--overwrite.osm.pbf\n"


def test_a_program_that_fails_leaves_the_old_map(
    extract: Path, tools: Path, tmp_path: Path
) -> None:
    stand_in(tools, code=3)
    out = tmp_path / "out.pmtiles"
    out.write_bytes(b"the old one")
    with pytest.raises(BasemapError, match="tippecanoe ended with code 3"):
        make(extract, out, find_tools(None))
    assert out.read_bytes() == b"the old one"


def test_what_is_no_extract_and_what_holds_nothing(
    extract: Path, tools: Path, tmp_path: Path
) -> None:
    stand_in(tools)
    (tmp_path / "no.osm.pbf").write_bytes(b"no extract")
    with pytest.raises(ConfigError, match="osmium can't read the extract"):
        make(tmp_path / "no.osm.pbf", tmp_path / "out.pmtiles", find_tools(None))
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>')
    with pytest.raises(ConfigError, match="there is nothing in it that a base map draws"):
        make(empty, tmp_path / "out.pmtiles", find_tools(None))
    with pytest.raises(ConfigError, match="there is no folder"):
        make(extract, tmp_path / "none" / "out.pmtiles", find_tools(None))


def test_planetiler_is_run_by_its_jar(tmp_path: Path, tools: Path) -> None:
    java = (
        f"#!{sys.executable}\nimport sys, pathlib\n"
        "out = next(one for one in sys.argv if one.startswith('--output='))[9:]\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'asked').write_text(' '.join(sys.argv[1:]))\n"
        "pathlib.Path(out).write_bytes((here / 'made.pmtiles').read_bytes())\n"
    )
    stand_in(tools)
    program(tools, "java", java)
    (tmp_path / "a.osm.pbf").write_bytes(b"x")
    jar = tmp_path / "planetiler.jar"
    made = make(tmp_path / "a.osm.pbf", tmp_path / "out.pmtiles", find_tools(jar))
    assert set(made.layers) == {"roads"}
    asked = (tools / "asked").read_text()
    assert asked.startswith(f"-jar {jar} --osm-path={tmp_path / 'a.osm.pbf'}")
    assert "--languages=en,zh" in asked


def test_a_program_of_a_package_lies_beside_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment whose programs are not on the PATH, as pipx makes them."""
    on_path, environment = tmp_path / "path", tmp_path / "environment"
    osmium = program(on_path, "osmium", "")
    beside = stand_in(environment)
    monkeypatch.setenv("PATH", str(on_path))
    monkeypatch.setattr(sys, "executable", str(environment / "python"))
    found = find_tools(None)
    assert (found.osmium, found.tippecanoe) == (str(osmium), str(beside))


def test_with_the_real_tippecanoe(
    extract: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """That of the extra `basemap`, which the tests' own environment has."""
    monkeypatch.chdir(tmp_path)
    made = make(extract, Path("out.pmtiles"), find_tools(None))
    assert "Warning" not in capfd.readouterr().err
    assert set(made.layers) == {"roads", "places", "water"}
    assert made.layers["roads"] >= {"highway", "name", "name:en"}
    west, south, east, north = made.box
    assert west <= 104.06 <= east
    assert south <= 30.63 <= north
    assert examined(str(tmp_path / "out.pmtiles")).case == "ok"


@pytest.mark.parametrize(
    ("kind", "tags", "layer"),
    [
        ("LineString", {"highway": "residential"}, "roads"),
        ("LineString", {"railway": "subway", "name": "1"}, "rail"),
        ("LineString", {"waterway": "river"}, "water"),
        ("LineString", {"power": "line"}, None),
        ("Polygon", {"building": "yes", "name": "Tower"}, "buildings"),
        ("MultiPolygon", {"landuse": "forest"}, "landuse"),
        ("MultiPolygon", {"landuse": "industrial"}, None),
        ("Point", {"place": "city"}, None),
        ("Point", {"railway": "station", "name": "North"}, "places"),
        ("Polygon", {"highway": "pedestrian"}, None),
    ],
)
def test_what_is_drawn_in_which_layer(kind: str, tags: dict[str, str], layer: str | None) -> None:
    found = drawn(kind, tags)
    assert (found[0] if found else None) == layer
