"""The numbers behind figures: nothing is lost, and a clock that is off stretches nothing."""

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from replay.report.series import BINS, found_of, probabilities, read_found
from tests.replay.test_alert_files import alert

NOON = 1_714_737_600_000


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two", "three"]),
            st.integers(946_684_800_000, 4_000_000_000_000),
            st.floats(-5.0, 5.0),
        ),
        min_size=1,
    )
)
def test_each_finding_counts_once(seen: list[tuple[str, int, float]]) -> None:
    names, ts, weight = zip(*seen, strict=True)
    found = found_of(names, np.array(ts), np.array(weight))
    assert found.counts.shape == (len(set(names)), BINS)
    counts = dict(zip(found.rules, found.counts.sum(axis=1).tolist(), strict=True))
    assert counts == {name: names.count(name) for name in set(names)}
    assert found.weights == sorted(found.weights, reverse=True)
    assert (np.diff(found.edges_ms) > 0).all()


def test_a_few_clocks_that_are_off_do_not_stretch_it() -> None:
    ts = np.array([NOON + 1000 * n for n in range(1200)] + [NOON - 10**11, NOON + 10**11])
    found = found_of(["one"] * len(ts), ts, np.ones(len(ts)))
    assert found.edges_ms[0] >= NOON
    assert found.edges_ms[-1] <= NOON + 1_200_000
    assert found.counts.sum() == len(ts)


def test_lines_that_are_no_findings_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    path.write_text('no JSON\n{"detector": 1}\n')
    assert read_found(path) is None
    line = json.dumps({"detector": "one", "ts": NOON, "weight": 1.0, "more": []})
    path.write_text(f"{line}\nno JSON\n{line}\n")
    found = read_found(path)
    assert found is not None
    assert (found.rules, found.counts.sum()) == (["one"], 2)


def test_how_sure_an_alert_was_is_in_order_of_decision() -> None:
    alerts = [alert(revision=2, ts=2, probability=0.9), alert(revision=1, ts=1, probability=0.6)]
    assert probabilities([*alerts, alert("b", ts=0)]) == {
        "b": [(0, 0.9)],
        "a": [(1, 0.6), (2, 0.9)],
    }
