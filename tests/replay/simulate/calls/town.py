"""A town in which each fraud and each look-alike is drawn, and its trace by reference."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.replay.simulate.calls.contract_checker import rows, truth
from tests.replay.simulate.calls.test_call_worlds import canonical

FILE = Path(__file__).parents[4] / "configs" / "scenarios" / "calls" / "town.yaml"
SEED = 33  # one in which every kind is drawn
#: So that all kinds are there, more than once, and times are those of one clock.
MORE: dict[str, float] = {
    **{"subscribers": 1000, "hours": 7, "oversample": 25, "clock_off_share": 0},
    **{"spoofed_campaigns": 6, "police_gangs": 4, "sim_boxes": 3, "wangiri_campaigns": 2},
    **{"home_scammers": 3, "rogue_callbacks": 4, "account_takeovers": 5, "offshore_centres": 0.5},
    **{"new_range_share": 0.01, "abroad_share": 0.01, "terminal_known_share": 1.0},
    **{"cell_known_share": 1.0, "roaming_check_share": 1.0, "roaming_check_wrong_share": 0.0},
    **{"report_share": 0.2, "report_delay_h": 0.1, "diverted_abroad_share": 0.3},
    **{"calls_per_day": 9, "taxi_dispatch": 1, "banks": 1, "predictive_dialers": 1, "couriers": 5},
    **{"schools": 1.5, "hospitals": 1.5, "call_centres": 1.5, "estate_agents": 2, "alarm_lines": 2},
    **{"pbx_extensions": 3, "missed_on_purpose": 3, "foreign_relatives": 3, "new_phones": 3},
    **{
        "foreign_share": 0.01,
        "foreign_odd_share": 0.05,
        "network_probes": 1,
        "verified_share": 0.5,
    },
}
OFFICIAL, BANKS = {"110", "114", "96110"}, {"95588", "95533", "95599", "95566", "95555"}
Row = dict[str, Any]


class Town:
    """A trace, its records by reference, and its truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = rows(folder, "calls")
        self.texts = rows(folder, "sms")
        self.changes = rows(folder, "subscribers")
        self.reports = rows(folder, "reports")
        self.register = {row["prefix"]: row for row in rows(folder, "numbers")}
        self.stories = [row for row in truth(folder) if row["kind"] != "victim"]
        self.victims = [row for row in truth(folder) if row["kind"] == "victim"]
        self.by_ref: dict[str, list[Row]] = defaultdict(list)
        for row in self.calls:
            self.by_ref[row["call_ref"]].append(row)

    def of(self, kind: str) -> list[Row]:
        """Stories of a kind, or of a look."""
        found = [row for row in self.stories if kind in (row["kind"], row.get("look"))]
        assert found, kind
        return found

    def records(self, story: Row, key: str = "calls") -> list[Row]:
        """One record of each call of a story."""
        return [self.by_ref[ref][0] for ref in story.get(key, ())]


def number(row: Row, name: str = "caller") -> str | None:
    return canonical(row, name) if row.get(name) else None
