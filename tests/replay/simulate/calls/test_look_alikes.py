"""Each honest caller that looks odd is in the trace as the truth calls it."""

from collections.abc import Callable

import pytest

from tests.replay.simulate.calls.town import BANKS, Row, Town, number


def share(some: list[Row], test: Callable[[Row], bool]) -> float:
    return sum(map(test, some)) / max(1, len(some))


NEW = {"163", "164", "168"}
#: What must be seen of each look-alike, of the records of all its callers together.
LOOKS: dict[str, Callable[[Town, list[Row]], bool]] = {
    "courier": lambda _, some: len({row.get("cell") for row in some}) > 20,
    "taxi_dispatch": lambda _, some: share(some, lambda row: "trunk" in row) == 1.0,
    "school": lambda _, some: len(some) > 20,
    "hospital": lambda _, some: len(some) > 20,
    "bank": lambda _, some: {number(row) for row in some} <= BANKS,
    "call_centre": lambda _, some: all((number(row) or "").startswith("86400") for row in some),
    "predictive_dialer": lambda _, some: share(
        some, lambda row: row["ring_ms"] < 4000 and row["released_by"] == "caller"
    ) > 0.02,
    "estate_agent": lambda _, some: share(some, lambda row: "sim" in row) > 0.5,
    "alarm_line": lambda _, some: sorted(row["duration_ms"] for row in some)[len(some) // 2] < 9000,
    "network_probe": lambda _, some: len({row.get("sim") for row in some}) > len(
        {row.get("terminal") for row in some}
    ),
    "missed_on_purpose": lambda _, some: share(some, lambda row: row["answered"]) < 0.4,
    "odd_from_abroad": lambda _, some: all(row["caller"].startswith("00") for row in some),
    "roamer": lambda _, some: {row.get("roaming_check") for row in some} == {"abroad"},
    "diverted_abroad": lambda _, some: all("redirecting" in row for row in some),
    "foreign_relative": lambda _, some: all(row["duration_ms"] >= 600_000 for row in some),
    "offshore_centre": lambda town, some: all(
        town.register.get(number(row) or "", {"rights": [row["trunk"]]}).get("rights") is not None
        and row["ingress"] == "international"
        for row in some
    ),
    "pbx_extension": lambda _, some: share(
        some, lambda row: len(row.get("caller", "")) not in (11, 10)
    ) > 0.5,
    "new_range": lambda _, some: {(number(row) or "")[2:5] for row in some} <= NEW,
    "migrant_worker": lambda _, some: len({number(row) for row in some}) > 1,
    "impersonated": lambda _, some: {row["ingress"] for row in some} == {"onnet"},
}  # fmt: skip


@pytest.mark.parametrize("look", [*LOOKS, "new_phone"])
def test_each_look_alike_is_there_as_it_is_called(town: Town, look: str) -> None:
    stories = town.of(look)
    some = [row for story in stories for row in town.records(story)]
    if look == "new_phone":
        changed = {row["subscriber"] for row in town.changes}
        assert all(story["callers"][0] in changed for story in stories)
        return
    assert some
    assert LOOKS[look](town, some)
