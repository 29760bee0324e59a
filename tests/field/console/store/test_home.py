"""What a map looks at first."""

from typing import Any, cast

import msgspec
import pytest

from field.console.store import Box
from field.console.store.area import Home
from streams.config.console import ConsoleSettings

TOWN = Box(104.0, 30.5, 104.2, 30.7)


class Cells:
    """A store whose register has an area, or none; and how often it was asked."""

    def __init__(self, area: Box | None) -> None:
        self.area, self.asked = area, 0

    def read(self, _: object) -> Box | None:
        self.asked += 1
        return self.area


def test_what_is_set_is_not_asked_for() -> None:
    store = Cells(TOWN)
    found = Home((103.0, 30.0, 105.0, 31.0), lambda: 0.0).look(cast(Any, store))
    assert found == {"box": (103.0, 30.0, 105.0, 31.0), "of": "settings"}
    assert store.asked == 0


def test_the_register_is_asked_now_and_then_and_sooner_while_it_is_empty() -> None:
    now_s, store = [0.0], Cells(None)
    home = Home((), lambda: now_s[0])
    assert home.look(cast(Any, store)) == {"box": None, "of": None}
    store.area = TOWN
    now_s[0] = 9.0
    assert home.look(cast(Any, store))["box"] is None
    now_s[0] = 10.0
    assert home.look(cast(Any, store)) == {"box": TOWN, "of": "register"}
    now_s[0] = 600.0
    assert home.look(cast(Any, store))["of"] == "register"
    assert store.asked == 2
    now_s[0] = 610.0
    home.look(cast(Any, store))
    assert store.asked == 3


@pytest.mark.parametrize(
    "home", [[1, 2, 3], [0, 50, 10, 40], [0, 0, 190, 1], [0, -91, 1, 1], [5, 0, 5, 1]]
)
def test_what_is_no_box_is_refused_with_what_is_allowed(home: list[float]) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"home must be \[west, south, east, north\]"):
        msgspec.convert({"home": home}, ConsoleSettings)


def test_a_box_over_the_antimeridian_may_be_set() -> None:
    box = [176, -40, -176, -30]
    assert msgspec.convert({"home": box}, ConsoleSettings).home == (176.0, -40.0, -176.0, -30.0)
