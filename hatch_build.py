"""Build hook: puts into the package what is not in the source as it is shipped.

The page's third-party parts (map library, land outline) come from npm, pinned by
``field/console/web/package-lock.json`` and checked against ``vendor.sha256``. Without npm the build
goes on: the console then shows its list without a map, and says so. Parts that are in place
already, such as in a source archive, are kept. npm also brings what puts the page's own modules
into one file; without it the console serves them one by one.

The reader of plain records and of batches is compiled by rustc, and so are steps of detectors; a
wheel that has them is one for its kind of computer. Without rustc the build goes on too: decoding
JSON then takes three times as long, fetching and judging longer.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_CONSOLE = Path("field") / "console"
#: Folders of libraries, each named as its folder, and what goes without it.
_LIBRARIES = {
    Path("streams") / "plain": "decoding JSON will take longer",
    Path("detectors") / "native": "screening and judging levels will take longer",
}
#: So that a library is the same, byte by byte, wherever it is compiled.
_RUSTC = (
    *("--edition=2021", "--crate-type=cdylib", "-Copt-level=3"),
    *("-Ccodegen-units=1", "-Cstrip=symbols", "-Dwarnings"),
)
_PATIENCE_S = 300


class MadeParts(BuildHookInterface[Any]):
    """Runs before every wheel, editable ones too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what is missing; never fail the build for it."""
        root = Path(self.root)
        self._get_page(root)
        compiled = [self._compile(root / folder, cost) for folder, cost in _LIBRARIES.items()]
        if any(compiled) and version != "editable":
            build_data["pure_python"] = False
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"

    def _get_page(self, root: Path) -> None:
        if is_whole(root) and is_built(root):
            return
        npm = shutil.which("npm")
        if npm is None:
            self.app.display_warning("npm is not here: the console's page will have no map.")
            return
        try:
            fetch(root, npm)
        except (subprocess.SubprocessError, OSError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            self.app.display_warning(f"The console's page will have no map: {reason}")

    def _compile(self, folder: Path, cost: str) -> bool:
        # What is loaded by a process that runs must not change under it; nor may an old one stay.
        (folder / f"{folder.name}.so").unlink(missing_ok=True)
        rustc = shutil.which("rustc")
        if rustc is None:
            self.app.display_warning(f"rustc is not here: {cost}.")
            return False
        try:
            compile_library(folder, rustc)
        except (subprocess.SubprocessError, OSError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            self.app.display_warning(f"{cost.capitalize()}: {reason}")
            return False
        return True


def is_whole(root: Path) -> bool:
    """Whether all third-party parts are there, byte by byte as they were reviewed."""
    sums = root / _CONSOLE / "web" / "vendor.sha256"
    vendor = root / _CONSOLE / "static" / "vendor"
    for line in sums.read_text().splitlines():
        digest, name = line.split()
        part = vendor / name
        if not part.is_file() or hashlib.sha256(part.read_bytes()).hexdigest() != digest:
            return False
    return True


def is_built(root: Path) -> bool:
    """Whether the page's modules and styles were put together as they are now."""
    static = root / _CONSOLE / "static"
    sources = static / "built" / "sources.json"
    if not sources.is_file():
        return False
    paths = [
        static / "index.html",
        *(static / "js").rglob("*.js"),
        *(static / "css").rglob("*.css"),
    ]
    made = {
        path.relative_to(static).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }
    return bool(json.loads(sources.read_text("utf-8")) == made)


def fetch(root: Path, npm: str) -> None:
    """Install the pinned packages and copy the parts; raises what subprocess raises."""
    web = root / _CONSOLE / "web"
    # --omit=dev: what only checks the page's own code is not for those who build it.
    install = [
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=5",
    ]
    for args in (install, ["run", "vendor"]):
        subprocess.run(
            [npm, *args], cwd=web, check=True, capture_output=True, text=True, timeout=_PATIENCE_S
        )


def compile_library(folder: Path, rustc: str) -> None:
    """Compile the library of a folder in it; raises what subprocess raises.

    It carries the digest of its sources: whoever loads it takes no other.
    """
    name = folder.name
    sources = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.rs")))
    digest = hashlib.sha256(sources).hexdigest()
    subprocess.run(
        [rustc, *_RUSTC, f"--crate-name={name}", "-o", f"{name}.so", f"{name}.rs"],
        cwd=folder,
        env=os.environ | {f"{name.upper()}_DIGEST": digest},
        check=True,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
    )
