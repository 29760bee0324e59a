"""Benchmarks are programs beside the rooms: what they share is found in their own folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
