"""What tests of the console share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.console.guarded_app import Door, opened


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """An app behind the guard, with somebody of each role."""
    with opened(tmp_path) as found:
        yield found
