"""What happened to an alert on the page: what people did apart from revisions, and these folded."""

import json
import shutil
from typing import Any

import pytest

from detectors.model.words import Language
from tests.field.console.page.page_program import asked_of_the_page, with_words

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
MINUTE_MS = 60_000
START_MS = 1_748_916_000_000


def revision(number: int, minute: float, **more: Any) -> dict[str, Any]:
    fields = {"status": "update", "probability": 0.9, "severity": "high", "radius_m": 300.0}
    fields["kind"] = "fake_base_station"
    return {"revision": number, "ts": START_MS + int(minute * MINUTE_MS)} | fields | more


def summaries(revisions: list[dict[str, Any]], language: Language = "en") -> Any:
    """What stands on the folds, the oldest first."""
    return asked_of_the_page(
        with_words(language) + "const { runsOf, summaryOf } = await import('./js/alert/past.js');"
        f"console.log(JSON.stringify(runsOf({json.dumps(revisions)}).map(summaryOf)));"
    )


def test_a_run_of_revisions_is_one_line_of_what_changed() -> None:
    run = [revision(n, 3.6 * n, radius_m=900.0 - 60 * n) for n in range(1, 13)]
    run[0] |= {"severity": "low", "probability": 0.66}
    assert summaries(run) == ["12 revisions in 40 min: severity up, place better, surer (90 %)"]
    assert summaries(run, "zh") == ["40 分钟内 12 个版本：等级升高，位置更准，更可信（90 %）"]


def test_a_run_ends_where_nothing_came_for_an_hour() -> None:
    run = [revision(1, 0, status="open"), revision(3, 90, status="closed"), revision(2, 5)]
    assert summaries(run) == ["2 revisions in 5 min: opened", "Revision 3: closed"]


@pytest.mark.parametrize(
    ("first", "last", "changed"),
    [
        ({}, {}, ""),
        ({"radius_m": None}, {}, ": place found"),
        ({}, {"radius_m": None}, ": place lost"),
        ({"radius_m": None}, {"radius_m": None}, ""),
        ({}, {"radius_m": 290.0}, ""),
        ({}, {"radius_m": 400.0}, ": place less sure"),
        ({}, {"severity": "medium", "probability": 0.6}, ": severity down, less sure (60 %)"),
        ({"probability": 0.994}, {"probability": 0.9999}, ": surer (>99 %)"),
        ({}, {"kind": "sms_spammer"}, ": now SMS blaster"),
    ],
)
def test_what_changed_stands_there_once(
    first: dict[str, Any], last: dict[str, Any], changed: str
) -> None:
    run = [revision(1, 0, **first), revision(2, 1, severity="info"), revision(3, 2, **last)]
    assert summaries(run) == [f"3 revisions in 2 min{changed}"]
