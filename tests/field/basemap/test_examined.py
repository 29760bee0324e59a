"""Whether a base map can be drawn."""

import re
from pathlib import Path

import pytest

from field.basemap.archive import NoArchiveError, read_archive
from field.basemap.examined import DRAWN, examined, kind_of
from field.console.page import STATIC
from tests.field.basemap.tile_archive import archive, written

STREETS = {"roads": ["name", "highway"], "water": []}


def case(folder: Path, content: bytes) -> tuple[str, str]:
    found = examined(str(written(folder / "map.pmtiles", content)))
    return found.case, found.why


def test_a_map_with_streets_and_names_is_good(tmp_path: Path) -> None:
    found = examined(str(written(tmp_path / "a.pmtiles", archive(STREETS, (103, 30, 105, 31)))))
    assert found.case == "ok"
    assert found.archive is not None
    assert found.archive.box == (103.0, 30.0, 105.0, 31.0)
    assert found.archive.layers == {"roads": {"name", "highway"}, "water": frozenset()}
    assert (found.archive.min_zoom, found.archive.max_zoom) == (4, 14)


def test_what_can_not_be_drawn_is_sorted(tmp_path: Path) -> None:
    assert case(tmp_path, archive({"contours": ["ele"]})) == ("unknown", "contours")
    assert case(tmp_path, archive({})) == ("unknown", "none")
    assert case(tmp_path, archive({"roads": ["highway"], "water": ["name"]})) == ("nameless", "")
    assert case(tmp_path, archive({}, kind=2)) == ("pictures", "png")
    assert case(tmp_path, b"GIF89a") == ("other", "it is no PMTiles file")
    assert case(tmp_path, archive(STREETS)[:50])[0] == "other"
    assert "version 2" in case(tmp_path, archive(STREETS, version=2))[1]
    assert "ends before" in case(tmp_path, archive(STREETS)[:140])[1]
    assert "can't be read" in case(tmp_path, archive({}, metadata=b"no gzip"))[1]
    assert "can't be read" in case(tmp_path, archive({}, metadata=b"{", packing=1))[1]
    assert "packed in a way" in case(tmp_path, archive(STREETS, packing=3))[1]
    assert case(tmp_path, archive({}, metadata=b"[1]", packing=1)) == ("unknown", "none")


def test_addresses_are_not_asked_and_none_is_none(tmp_path: Path) -> None:
    assert examined("").case == "none"
    assert examined("https://tiles.example/{z}/{x}/{y}.png").case == "address"
    assert examined("https://tiles.example/map.pmtiles").case == "address"
    assert examined(str(tmp_path / "none.pmtiles")).case == "unreadable"


def test_metadata_that_unpack_without_end_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field.basemap.archive._MOST_METADATA", 100)
    path = written(tmp_path / "a.pmtiles", archive({f"roads{n}": ["name"] * 9 for n in range(99)}))
    with pytest.raises(NoArchiveError):
        read_archive(path)


def test_layers_are_known_here_as_the_page_draws_them() -> None:
    source = (STATIC / "js" / "map" / "basemap.js").read_text("utf-8")
    begin = source.index("const KINDS")
    table = source[begin : source.index("];", begin)]
    kinds = re.findall(r"\[/(.+?)/i, (null|\"\w+\")\]", table)
    assert [(words, None if kind == "null" else kind.strip('"')) for words, kind in kinds] == list(
        DRAWN
    )
    assert (kind_of("boundaries"), kind_of("Roads"), kind_of("contours")) == (None, "road", None)
