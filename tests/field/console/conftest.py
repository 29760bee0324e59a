"""What tests of the console share: an app with its guard, and a PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from field.console.databases import POSTGRES_PATIENCE
from tests.field.console.guarded_app import Door, opened
from tests.field.console.topic_records import has_postgres, postgres


@pytest.fixture(scope="session", autouse=True)
def _patient_with_postgres() -> Iterator[None]:
    """The machine may be busy with other things."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(POSTGRES_PATIENCE, "connect_timeout", 60)
        yield


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """An app behind the guard, with somebody of each role."""
    with opened(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a database on a PostgreSQL of the session's own."""
    if not has_postgres():
        pytest.skip("no PostgreSQL is installed")
    with postgres() as address:
        yield address
