"""Workers that what a test puts on their path ends, for the tests of the guard."""

import os
from pathlib import Path

import pytest

from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT
from tests.integration.hostile.poison.sitecustomize import GO

_POISON = Path(__file__).parent / "poison"


@pytest.fixture
def guarded(deployment: Deployment, tmp_path: Path) -> Deployment:
    """Workers that records of the test end, and that don't wait for long."""
    deployment.settings |= {
        "CELLHOUND__STREAMS__STUCK_S": "3",
        "CELLHOUND__LIMITS__SECONDS": "1",
        "CELLHOUND_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join((str(_POISON), str(ROOT))),
        GO: str(tmp_path / "go"),
    }
    return deployment
