"""A country for each test."""

import pytest

from tests.field.rollup.country import Country


@pytest.fixture
def country() -> Country:
    return Country()
