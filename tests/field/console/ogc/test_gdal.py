"""What GDAL makes of the feed: Debian's programs where they are, and pyogrio's library always."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.console.full_console import whole
from tests.field.console.loopback_console import desk
from tests.field.console.served import served
from tests.field.console.topic_records import alert, cell, reading

#: Of NR, more than a page of cells later than all LTE cells: GDAL looks at the first page alone.
LTE = {1000 + number for number in range(30)}
NR = {2**36 - 1 - number for number in range(499)}
ENVIRONMENT = os.environ | {"GDAL_HTTP_TIMEOUT": "60", "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with desk(tmp_path_factory.mktemp("desk")) as console:
        write = console.publisher.topics.write
        records = [write("fbs.alerts", alert(number)) for number in range(3)]
        records += [write("field.measurements", reading(0, rat="nr", cell=2**36 - 3))]
        for rat, cells in (("lte", LTE), ("nr", NR)):
            for number in cells:
                row = cell(0) | {"radio": rat.upper(), "cell": number}
                records.append(write("cell.register", row, f"{rat}-460-0-4100-{number}".encode()))
        console.store.take(records)
        with served(console.app) as address:
            yield address


def gdal(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"no {program} is installed (Debian: gdal-bin)")
    done = subprocess.run(
        [found, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    assert "overflow" not in done.stderr
    return done.stdout


def library(program: str, **environment: str) -> dict[str, object]:
    """What a program that uses pyogrio prints as JSON, in a process of its own."""
    text = f"import json, pyogrio, shapely\n{program}"
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT | environment,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_ogr2ogr_reads_every_cell_as_it_is(url: str) -> None:
    text = gdal("ogr2ogr", "-f", "CSV", "/vsistdout/", f"OAPIF:{url}/ogc", "cells")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {int(row["cell"]) for row in rows if row["rat"] == "nr"} == NR
    assert {int(row["cell"]) for row in rows if row["rat"] == "lte"} == LTE


def test_ogrinfo_sees_the_declared_types(url: str) -> None:
    text = gdal("ogrinfo", "-ro", "-so", f"OAPIF:{url}/ogc", "cells")
    assert "cell: Integer64" in text
    assert "range_m: Real" in text
    assert f"Feature Count: {len(LTE) + len(NR)}" in text
    text = gdal("ogrinfo", "-ro", "-so", f"OAPIF:{url}/ogc", "alerts")
    for declared in ("ts: Integer64", "ts_iso: DateTime", "probability: Real", "headline: String"):
        assert declared in text


def test_the_library_reads_numbers_times_and_other_systems(url: str) -> None:
    found = library(f"""
feed = "OAPIF:{url}/ogc"
def types(layer):
    info = pyogrio.read_info(feed, layer=layer)
    return dict(zip(info["fields"].tolist(), info["dtypes"].tolist()))
def column(layer, name, **more):
    meta, _, shapes, fields = pyogrio.raw.read(feed, layer=layer, **more)
    return fields[meta["fields"].tolist().index(name)].tolist(), shapes
cells, shapes = column("cells", "cell")
readings, _ = column("measurements", "cell")
_, mercator = column("alerts", "alert_id", CRS="EPSG:3857")
near, _ = column("cells", "cell", bbox=(116.3, 39.8, 116.5, 40.0))
far, _ = column("cells", "cell", bbox=(0, 0, 1, 1))
print(json.dumps({{
    "cells": cells, "readings": readings, "near": len(near), "far": len(far),
    "types": {{name: types(name) for name in ("cells", "alerts", "measurements")}},
    "place": shapely.from_wkb(shapes[0]).coords[0],
    "east_m": shapely.from_wkb(mercator[0]).bounds[0],
}}))
""")
    assert set(found["cells"]) == LTE | NR
    assert found["readings"] == [2**36 - 3]
    assert (found["near"], found["far"]) == (len(LTE) + len(NR), 0)
    assert found["place"] == [116.4, 39.9]
    assert 12_900_000 < found["east_m"] < 13_000_000
    for name in ("cells", "measurements"):
        assert found["types"][name]["cell"] == "int64"
    assert found["types"]["alerts"]["first_seen"] == "int64"
    assert found["types"]["alerts"]["first_seen_iso"] == "datetime64[ms]"
    assert found["types"]["alerts"]["probability"] == "float64"


def test_where_there_are_accounts_a_token_or_a_feed_lets_it_in(tmp_path: Path) -> None:
    with whole(tmp_path) as console, served(console.app) as url:
        token = console.access.tokens.make("vera")
        file = tmp_path / "header.txt"
        file.write_text(f"Authorization: Bearer {token}\n")
        _, secret = console.access.feeds.make("fei", "kml", "{}")
        found = library(
            f"""
def count(path, layer):
    return pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
file = "/vsicurl/{url}/feeds/{secret}/alerts.kml"
feed = sum(count(file, name) for name, _ in pyogrio.list_layers(file))
print(json.dumps({{"ogc": count("OAPIF:{url}/ogc", "alerts"), "feed": feed}}))
""",
            GDAL_HTTP_HEADER_FILE=str(file),
        )
        assert found["ogc"] == len(console.alert_ids)
        assert isinstance(found["feed"], int)
        assert found["feed"] >= len(console.alert_ids)
