"""Figures by matplotlib show the values that the records hold."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest

import cellhound
from replay.report.series import delays

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_the_map_has_the_alert_the_masts_and_the_truth(result: cellhound.Result) -> None:
    axes = result.plot.map(truth=True)
    (alert,) = result.alerts
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["masts", alert["alert_id"][:8], "truth: van"]
    by_label = {line.get_label(): line for line in axes.lines}
    place = by_label[alert["alert_id"][:8]].get_xydata()[0].tolist()
    assert place == [alert["position"]["lon"], alert["position"]["lat"]]
    assert len(axes.patches) == len(alert["region"]["coordinates"])
    axes.figure.canvas.draw()  # All of it can be drawn.


def test_the_timeline_has_every_finding_of_its_rules(result: cellhound.Result) -> None:
    axes = result.plot.timeline()
    rules = [label.get_text().replace(" ", "_") for label in axes.get_yticklabels()]
    assert set(rules) == {one["detector"] for one in result.evidence}
    assert len(axes.collections) == len(rules)
    axes.figure.canvas.draw()


def test_the_probabilities_are_those_of_the_revisions(result: cellhound.Result) -> None:
    (line,) = result.plot.probability().lines
    assert line.get_ydata().tolist() == [one["probability"] for one in result.revisions]


def test_reliability_and_delay_are_those_of_the_scores(scores: cellhound.Scores) -> None:
    dots = scores.plot.reliability().collections[0].get_offsets().tolist()
    assert dots == [[each.stated, each.true] for each in scores.reliability.bins]
    on, back = scores.plot.delay().lines
    assert on.get_xdata().tolist() == [0.0, *delays(scores.run).from_switch_on]
    assert (on.get_ydata()[-1], len(back.get_xdata())) == (1.0, 2)


def test_of_nothing_found_the_figures_are_empty(no_result: cellhound.Result) -> None:
    assert len(no_result.plot.timeline().collections) == 0
    assert len(no_result.plot.probability().lines) == 0
    assert len(no_result.plot.map().lines) == 0


def test_a_figure_is_drawn_where_it_is_asked_for(scores: cellhound.Scores) -> None:
    _, (left, right) = plt.subplots(1, 2)
    assert scores.plot.reliability(left) is left
    assert scores.plot.delay(right) is right
