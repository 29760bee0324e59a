"""Build hook: puts the page's third-party parts (map library, land outline) into the package.

They come from npm, pinned by ``field/console/web/package-lock.json`` and checked against
``vendor.sha256``. Without npm the build goes on: the console then shows its list without a map, and
says so. Parts that are in place already, such as in a source archive, are kept.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_CONSOLE = Path("field") / "console"
_PATIENCE_S = 300


class PageParts(BuildHookInterface[Any]):
    """Runs before every wheel, editable ones too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing; never fail the build for it."""
        root = Path(self.root)
        if is_whole(root):
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
