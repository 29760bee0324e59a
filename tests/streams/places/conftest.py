"""A tiny extract of OpenStreetMap, packed by osmium-tool."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def as_pbf() -> Callable[[str, Path], Path]:
    """Packs OSM XML as ``town.osm.pbf`` into a folder."""
    osmium = shutil.which("osmium")
    if osmium is None:
        pytest.skip("osmium-tool is not installed: no extract of OpenStreetMap can be made")

    def pack(xml: str, folder: Path) -> Path:
        source, packed = folder / "town.osm", folder / "town.osm.pbf"
        source.write_text(xml, "utf-8")
        subprocess.run([osmium, "cat", source, "-o", packed, "--overwrite"], check=True)
        return packed

    return pack
