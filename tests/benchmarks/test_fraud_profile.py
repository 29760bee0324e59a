"""What the profile is trained by: on a made-up sample, and on the real one where it is there."""

import gzip
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import fraud_profile
from benchmarks.measuring.profile.fitting import auc, fitted, found_at, left_out, reliability
from benchmarks.measuring.profile.subscribers import Subscribers, load, of_months
from benchmarks.measuring.profile.windows import contact_counts, drawn
from benchmarks.measuring.profile.worlds import ORDINARY, Profiled, report, screened
from detectors.rules.fraud_profile.samples import strangers
from detectors.rules.fraud_profile.shapes import Shape, Shapes, parsed, shipped
from detectors.rules.sample_town import TOWN

PAGE = Path(__file__).parents[2] / "docs" / "fraud-profile.md"
COLUMNS = (
    *("opposite_count", "opposite_unique", "voccalltype1", "imeis", "phone2opposite_mean"),
    *("phone2opposite_max", "call_dur_mean", "call_dur_median", "voc_day_nunique"),
    *("voc_hour_nunique", "label"),
)


def written(folder: Path, seed: int = 1, count: int = 300) -> Path:
    """A sample of which a third ring everybody once, the others a few people over and over; and
    one of whom no calls are known."""
    rng = np.random.default_rng(seed)
    lines = [",".join(COLUMNS), "," * (len(COLUMNS) - 1) + "0"]
    for number in range(count):
        fraud = number % 3 == 0
        calls = int(rng.integers(40, 400))
        contacts = max(1, int(calls / (rng.uniform(1.0, 1.2) if fraud else rng.uniform(3.0, 9.0))))
        most = 2 if fraud else calls // 4
        values = [calls, contacts, calls // 2, 1 + fraud * int(rng.integers(3)), calls / contacts]
        values += [most, rng.uniform(40, 90), rng.uniform(20, 40), rng.integers(3, 30)]
        lines.append(",".join(str(value) for value in [*values, rng.integers(5, 20), int(fraud)]))
    path = folder / "subscribers.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Subscribers:
    return load(written(tmp_path_factory.mktemp("sample")))


def test_asked_for_nothing_it_says_what_is_due(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fraud_profile"])
    with pytest.raises(SystemExit):
        fraud_profile.main()
    assert "one of --data and --worlds is due" in capsys.readouterr().err


def test_subscribers_without_calls_are_left_out(made_up: Subscribers) -> None:
    assert len(made_up) == 300
    assert made_up.fraud.sum() == 100
    assert all(np.isfinite(column).all() for column in of_months(made_up).values())


@pytest.mark.parametrize(("calls", "contacts", "most"), [(100, 20, 40), (50, 50, 1), (7, 1, 7)])
def test_counts_of_contacts_add_up(calls: int, contacts: int, most: int) -> None:
    counts = contact_counts(calls, contacts, most)
    assert len(counts) == contacts
    assert counts.sum() == pytest.approx(calls, rel=0.05)
    assert (np.diff(counts) <= 0.0).all()


def test_windows_show_who_repeats(made_up: Subscribers) -> None:
    features, of = drawn(made_up, 20, 2, np.random.default_rng(1))
    assert len(of) == 600
    assert ((features["growth"] >= 0.0) & (features["growth"] <= 1.0)).all()
    fraud = made_up.fraud[of] == 1
    assert features["growth"][fraud].mean() < 0.1 < features["growth"][~fraud].mean()
    assert not len(drawn(made_up, 1000, 2, np.random.default_rng(1))[1])


@pytest.mark.nightly
def test_shapes_give_the_likelihood_ratio() -> None:
    """Of two normal features of known ratio, whatever share of the sample are frauds."""
    rng = np.random.default_rng(3)
    for share in (0.1, 0.5):
        fraud = (rng.random(20_000) < share).astype(float)
        features = {"x": rng.normal(fraud, 1.0), "y": rng.normal(0.0, 1.0, len(fraud))}
        knots = {name: np.linspace(-2.0, 3.0, 6) for name in features}
        shapes = fitted(features, fraud, knots)
        at = {"x": np.array([0.0, 0.5, 1.0]), "y": np.zeros(3)}
        assert shapes.nats(at) == pytest.approx([-0.5, 0.0, 0.5], abs=0.12)
        assert max(map(abs, shapes.of["y"].nats)) < 0.4
        nats = left_out(features, fraud, np.arange(len(fraud)), lambda _, own=knots: own, 1)
        assert auc(fraud, nats) == pytest.approx(0.76, abs=0.02)
        for stated, counted, error, _ in reliability(fraud, nats, (-1.0, 0.0, 1.0)):
            assert abs(stated - counted) < 4.0 * error


def test_precision_falls_with_the_base_rate() -> None:
    assert fraud_profile.precision(0.64, 0.001, 1e-4) == pytest.approx(0.06, abs=0.001)
    assert fraud_profile.precision(0.64, 0.001, 1e-3) == pytest.approx(0.39, abs=0.001)
    assert found_at(np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 0.5, 2.0]), 0.01) == 0.5


def test_what_goes_against_its_direction_is_named() -> None:
    shapes = Shapes(0.0, {"growth": Shape((0.0, 0.1, 0.2), (1.0, -1.0, -0.7)), "talk_s": SHAPE})
    assert fraud_profile.against(shapes) == {"growth": pytest.approx(0.3)}


SHAPE = Shape((20.0, 40.0), (1.0, 0.0))


@pytest.mark.slow
def test_the_command_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "shapes.csv"
    monkeypatch.setattr(fraud_profile, "TABLE", table)
    asked = ["--data", str(written(tmp_path)), "--write", "--base-rate", "0.001"]
    monkeypatch.setattr(sys, "argv", ["fraud_profile", *asked])
    fraud_profile.main()
    printed = capsys.readouterr().out
    assert "300 subscribers with calls, 100 of them frauds" in printed
    assert "if 0.001 are frauds" in printed
    assert tuple(parsed(table.read_text("utf-8"))) == fraud_profile.BANDS


def test_callers_of_a_world_are_counted_by_kind() -> None:
    friends = [{**row, "callee": f"c{n % 3}"} for n, row in enumerate(strangers(12, caller="d2"))]
    batch = TOWN.calls(*strangers(12), *friends, *strangers(9, caller="d3"))
    kinds = {batch.call_ref[0]: "scam_caller"}
    found, records = screened([batch], kinds)
    assert records == 33
    assert [(one.kind, one.excused, one.findings > 0) for one in found] == [
        ("scam_caller", False, True),
        (ORDINARY, False, False),
    ]
    text = report([([*found, Profiled("courier", 1.0, True, 0)], records)])
    assert "| ordinary people | 1.00 ± 0.00 | 1 |" in text
    assert "| `courier` | 1 | 1 | 0 | 0 | 1.0, 1.0, 1.0 |" in text
    assert "0 findings of honest callers in 33 records" in text


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Subscribers:
    path = shared_data / "cdr-subscribers" / "subscribers.csv.gz"
    if not path.is_file():
        pytest.skip(f"no sample of subscribers at {path}")
    return load(path)


def figures() -> dict[str, float]:
    """The AUC of each model, as the page has it."""
    rows = re.findall(
        r"(?m)^\| (months|\d+ calls) \| (0\.\d+) ± [\d.]+ \|", PAGE.read_text("utf-8")
    )
    return {name: float(value) for name, value in rows}


@pytest.mark.nightly
@pytest.mark.slow
def test_what_ships_is_what_the_command_writes(real: Subscribers) -> None:
    made, kept = parsed(fraud_profile.table_of(real)), shipped()
    assert made.keys() == kept.keys()
    for band, shapes in made.items():
        assert shapes.base == pytest.approx(kept[band].base, abs=0.02)
        for name, shape in shapes.of.items():
            assert shape.knots == kept[band].of[name].knots
            assert shape.nats == pytest.approx(kept[band].of[name].nats, abs=0.02), (band, name)


@pytest.mark.slow
def test_the_page_says_how_good_it_is_on_people_left_out(real: Subscribers) -> None:
    trained = [fraud_profile.months(real, 2)]
    trained += [fraud_profile.windows(real, band, 1) for band in fraud_profile.BANDS]
    measured: dict[str, Any] = {one.name: float(np.mean(one.aucs)) for one in trained}
    assert measured == pytest.approx(figures(), abs=0.004)
    assert measured["months"] >= 0.93
    for one in trained:
        assert max(fraud_profile.against(one.shapes).values()) == 0.0, one.name
