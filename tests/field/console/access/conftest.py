"""What tests of accounts share."""

from collections.abc import Iterator

import pytest

from tests.field.console.topic_records import has_postgres, postgres


@pytest.fixture(scope="module")
def postgres_address() -> Iterator[str]:
    """The address of a database on a PostgreSQL of the module's own."""
    if not has_postgres():
        pytest.skip("there is no PostgreSQL")
    with postgres() as found:
        yield found
