"""The runbook has an entry for whatever may ask for a person; the dashboard asks for what is."""

import re
import tomllib

import pytest

from streams.metrics.catalogue import BY_NAME
from streams.metrics.probes import REASONS
from tests.operation.shipped import dashboard, metrics_in, panels, queries, rules
from tests.test_house import ROOT

PAGE = (ROOT / "docs" / "runbook.md").read_text("utf-8")
CHECKS = tomllib.loads((ROOT / "field" / "doctor" / "cases.toml").read_text("utf-8"))
#: What each entry has, in this order.
PARTS = ("*Means.*", "*Look at.*", "*Do.*")


def entries() -> dict[str, str]:
    """The text of each entry by its heading."""
    parts = re.split(r"(?m)^### (.+)$", PAGE)[1:]
    return dict(zip(parts[::2], (text.partition("\n## ")[0] for text in parts[1::2]), strict=True))


def test_each_alert_rule_and_each_check_of_the_doctor_has_an_entry_and_nothing_else() -> None:
    wanted = [rule["alert"] for rule in rules()] + [f"doctor: {name}" for name in CHECKS]
    assert sorted(entries()) == sorted(wanted)


@pytest.mark.parametrize("name", sorted(entries()))
def test_an_entry_has_what_it_means_what_to_look_at_and_what_to_do(name: str) -> None:
    places = [entries()[name].find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def test_an_entry_of_the_doctor_names_each_state_that_asks_for_something() -> None:
    for name, cases in CHECKS.items():
        bad = [case for case, of in cases.items() if of["state"] in ("warn", "fail")]
        missing = [case for case in bad if f"`{case}`" not in entries()[f"doctor: {name}"]]
        assert missing == [], name


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", PAGE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - anchors == set()


def test_every_metric_of_the_dashboard_is_in_the_catalogue() -> None:
    named = metrics_in(*queries())
    assert {name for name in named if name.startswith("cellhound_")} <= set(BY_NAME)
    assert len(named) > 25


def test_panels_stand_apart_and_have_names() -> None:
    assert dashboard()["uid"] == "cellhound"
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    taken = [
        (x, y)
        for p in places
        for x in range(p["x"], p["x"] + p["w"])
        for y in range(p["y"], p["y"] + p["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert all(panel["title"] and panel["description"] for panel in panels())
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)


def test_all_words_of_the_probes_are_explained() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    assert [word for word in REASONS if f"| `{word}` |" not in page] == []
