"""Writes the world's numbering plans that ship: ``python -m tools.number_plans.compile [FILE]``."""

import sys
from pathlib import Path
from typing import Final

from tools.number_plans.world import page

_FILE: Final = Path(__file__).parents[2] / "detectors" / "numbers" / "plans" / "world.csv"

if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else _FILE).write_text(page(), encoding="utf-8")
