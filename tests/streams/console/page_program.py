"""Runs programs that import the page's modules, where node is."""

import json
import subprocess
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[3] / "streams" / "console" / "static"


def asked_of_the_page(program: str) -> Any:
    """What a program prints as JSON that imports the page's modules."""
    run = ["node", "--input-type=module", "--experimental-default-type=module", "-e", program]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=STATIC)
    return json.loads(done.stdout)
