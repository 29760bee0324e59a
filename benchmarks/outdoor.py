"""How well `geo.fix.locate` finds a real transmitter, and whether its regions keep their promise.

The data: a handheld radio carried about a campus, received by 10 to 25 receivers of known place,
some on buses; levels are relative, and each receiver reads some ten decibels high or low. A folder
holds ``rss.csv.gz`` (sample_id, ts_utc_local, rx, rx_lat, rx_lon, rss_rel_db) and ``truth.csv.gz``
(sample_id, n_tx, tx1_lat, tx1_lon); samples of no or two transmitters are left out. Run it:
``python benchmarks/outdoor.py --data DIR``.

Blocks of ten minutes are halved by turns. On one half receivers' offsets, where their own noise
begins, the path-loss law and the temper are learned; the other half is located, of whose truth
nothing is used but to count errors; then the other way round. The temper is learned within the
learning half in the same manner. What a transmission is sent with is unknown: the prior of its
power has 10 dB about what was learned.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.measuring.location import receiver_bias
from benchmarks.measuring.location.temper_fit import ALPHAS, fitted, level_of, tempered
from benchmarks.measuring.location.transmissions import Transmission, halves, load
from geo.earth.frame import frame_at
from geo.earth.sphere import Floats
from geo.fix.locate import PathlossPrior, Posterior, Reports, Silent, locate
from geo.posterior import tempering
from geo.posterior.posterior import area_m2
from geo.posterior.tempering import Temper
from geo.radio.pathloss import log_distance

#: Relative levels reach -9 dB; moved down by this they lie on the scale that phones have.
SHIFT_DB = -40.0
HIGHEST_DBM, LOWEST_DBM = -51.01, -139.9
#: A receiver whose offset is less sure than this was hardly received while learning.
UNSURE_DB = 7.0
#: The evidence is looked at with this temper, whose wide grid serves all others.
WIDE_ALPHA = 0.3
#: Before anything is learned: offsets are noise then.
BLIND = PathlossPrior(
    power_dbm_100m=-60.0 + SHIFT_DB,
    power_sd_db=15.0,
    exponent=receiver_bias.EXPONENT,
    sigma_db=12.0,
    camping_dbm=-90.0 + SHIFT_DB,
    selection=0.0,  # receivers report all that they receive
)
POWER_SD_DB = 10.0
GATES_M, INSIDE = (200.0, 300.0, 720.0), (0.80, 0.97)


@dataclass(frozen=True, eq=False)
class Learned:
    """What is learned from one half: offsets, floors (dB, by code), the law; `None`: nothing."""

    offsets: receiver_bias.Offsets
    floors: dict[int, float]
    prior: PathlossPrior

    @classmethod
    def of(cls, received: Sequence[Transmission]) -> "Learned":
        """Offsets and the law by the known places of the transmitter."""
        rx = np.concatenate([each.rx for each in received])
        level = np.concatenate([each.level_db for each in received])
        number = np.repeat(np.arange(len(received)), [each.rx.size for each in received])
        u = np.concatenate([_distances(each) for each in received])
        codes, lowest = receiver_bias.floors(rx, level)
        floor = lowest[np.searchsorted(codes, rx)]
        found = receiver_bias.offsets_from_places(rx, number, level, u, floor)
        quietest = floor - found.offsets.of(rx)[0]
        quietest = quietest[np.isfinite(quietest)]
        middle, spread = BLIND.camping_dbm - SHIFT_DB, BLIND.camping_sd_db
        if quietest.size:
            middle = float(np.median(quietest))
            spread = float(np.median(np.abs(quietest - middle)) / 0.6745)
        prior = PathlossPrior(
            power_dbm_100m=found.power_dbm_100m + SHIFT_DB,
            power_sd_db=POWER_SD_DB,
            exponent=found.exponent,
            sigma_db=found.sigma_db,
            camping_dbm=middle + SHIFT_DB,
            camping_sd_db=max(spread, 1.0),
            silence_temper=1.0,
            selection=0.0,
        )
        return cls(found.offsets, dict(zip(codes.tolist(), lowest.tolist(), strict=True)), prior)


def located(each: Transmission, known: Learned | None, alpha: float) -> Posterior | None:
    """The posterior of one transmission's place; `known` None is blind to offsets and floors."""
    level, prior = each.level_db, BLIND
    usable = received = np.ones(each.rx.size, np.bool_)
    if known is not None:
        offset, sd_db = known.offsets.of(each.rx)
        floor = np.array([known.floors.get(code, np.nan) for code in each.rx.tolist()])
        if (sd_db <= UNSURE_DB).any():
            usable = sd_db <= UNSURE_DB
        above_db = np.where(usable, np.nan_to_num(level - floor, nan=0.0), -np.inf)
        # Somebody must have received it, if only the one who stands out of its noise most.
        received = above_db >= min(0.0, float(above_db.max()))
        level, prior = level - offset, known.prior
    rows, quiet = usable & received, usable & ~received
    reports = Reports.of(
        each.rx_lat[rows],
        each.rx_lon[rows],
        accuracy_m=10.0,
        level_dbm=np.clip(level[rows] + SHIFT_DB, LOWEST_DBM, HIGHEST_DBM),
        device=each.rx[rows],
    )
    silent = Silent(each.rx_lat[quiet], each.rx_lon[quiet], np.ones(int(quiet.sum())))
    return locate(reports, prior=prior, silent=silent, alpha=alpha)


@dataclass(frozen=True, eq=False)
class Scores:
    """By transmission: error (m), mass needed to reach the truth, radius (m) of a circle as large
    as the 90 % region."""

    error_m: Floats
    needed: Floats
    radius_m: Floats

    @classmethod
    def pooled(cls, parts: Iterable["Scores"]) -> "Scores":
        """All parts together."""
        columns = [(part.error_m, part.needed, part.radius_m) for part in parts]
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))

    def line(self, name: str) -> str:
        """One line of the table."""
        errors = "".join(f"{e:7.0f}" for e in np.quantile(self.error_m, [0.5, 0.67, 0.95]))
        inside = "/".join(f"{100 * (self.needed <= q).mean():.0f}" for q in tempering.NOMINAL)
        return f"{name:44}{errors}   {inside:>17}{np.median(self.radius_m):8.0f}"

    def holds(self) -> bool:
        """Whether errors and the 90 % region are within the gates."""
        errors = np.quantile(self.error_m, [0.5, 0.67, 0.95])
        inside = float((self.needed <= 0.9).mean())
        return bool((errors <= GATES_M).all()) and INSIDE[0] <= inside <= INSIDE[1]


def score(tests: Sequence[Transmission], known: Learned | None, temper: Temper) -> Scores:
    """How well the transmissions are located with a temper, drawn at its levels."""
    rows = []
    for each in tests:
        posterior = located(each, known, temper.alpha)
        if posterior is None:  # nobody with a place received it: all that is known is nothing
            rows.append((np.inf, 1.0, np.inf))
            continue
        x, y = (float(value) for value in posterior.frame.to_xy(each.lat, each.lon))
        error = float(np.hypot(posterior.mode_xy[0] - x, posterior.mode_xy[1] - y))
        area = area_m2(posterior.p, posterior.cell_area_m2, level_of(temper, 0.9))
        needed = mass_needed(posterior, posterior.p, x, y)
        rows.append((error, promised(temper, needed), float(np.sqrt(area / np.pi))))
    return Scores(*np.array(rows).T)


def promised(temper: Temper, needed: float) -> float:
    """The nominal level whose region, drawn as the temper says, just holds that much."""
    knots = (0.0, *temper.levels, 1.0)
    return float(np.interp(needed, knots, (0.0, *tempering.NOMINAL, 1.0)))


def mass_needed(posterior: Posterior, p: Floats, x: float, y: float) -> float:
    """Level of the smallest highest-density region of `p` that holds a place, 0..1."""
    column = int(np.rint((x - posterior.x[0]) / (posterior.x[1] - posterior.x[0])))
    row = int(np.rint((y - posterior.y[0]) / (posterior.y[1] - posterior.y[0])))
    if not (0 <= column < posterior.x.size and 0 <= row < posterior.y.size):
        return 1.0
    return float(p[p > p[row, column]].sum() + 0.5 * p[row, column])


def by_alpha(posterior: Posterior, x: float, y: float) -> Floats:
    """Mass needed to reach the truth and log density there (nats a km2), shape (2, alphas), of a
    posterior that was located with `WIDE_ALPHA`."""
    column, row = (
        int(np.clip(np.rint((at - axis[0]) / (axis[1] - axis[0])), 0, axis.size - 1))
        for at, axis in ((x, posterior.x), (y, posterior.y))
    )
    columns = []
    for alpha in ALPHAS:
        p = tempered(posterior.p, alpha / WIDE_ALPHA)
        density = max(float(p[row, column]), 1e-9) / posterior.cell_area_m2 * 1e6
        columns.append((mass_needed(posterior, p, x, y), np.log(density)))
    return np.array(columns).T


def scores_by_alpha(received: Sequence[Transmission]) -> Floats:
    """`by_alpha` of all, shape (2, alphas, transmissions): learned from one half of the blocks,
    counted on the other, both ways round."""
    found = []
    for learn_from, tests in halves(received):
        if not learn_from or not tests:
            continue
        known = Learned.of(learn_from)
        for each in tests:
            posterior = located(each, known, WIDE_ALPHA)
            if posterior is not None:
                x, y = (float(value) for value in posterior.frame.to_xy(each.lat, each.lon))
                found.append(by_alpha(posterior, x, y))
    return np.array(found).reshape(-1, 2, len(ALPHAS)).transpose(1, 2, 0)


def temper_from(received: Sequence[Transmission]) -> Temper:
    """The temper that fits transmissions; the shipped one where they are of one block alone."""
    needed, _ = scores_by_alpha(received)
    if needed.shape[1] == 0:
        return tempering.temper_of("receivers", 1)
    return fitted("receivers", 0, needed)


def main() -> None:
    """Print one line for each way of locating."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="Folder with the two files.")
    parser.add_argument("--seed", type=int, help="Halve the blocks at random, not by turns.")
    args = parser.parse_args()
    received = load(args.data)
    blocks = len({each.block for each in received})
    if blocks < 2:
        parser.error(
            f"{len(received)} transmissions of one place in {blocks} blocks can't be halved"
        )
    print(f"{len(received)} transmissions in {blocks} blocks of ten minutes")
    print(f"{'':44}{'50 %':>7}{'67 %':>7}{'95 %':>7}   inside 50/90/95 %  r_eq90")
    plain = Temper("receivers", 0, 1.0, tempering.NOMINAL)
    shipped = tempering.temper_of("receivers", 1)
    parts = [
        (Learned.of(one), temper_from(one), other) for one, other in halves(received, args.seed)
    ]
    blind = Scores.pooled(score(tests, None, shipped) for *_, tests in parts)
    print(blind.line("blind: no offsets, no floors"))
    for name, fixed in (
        ("calibrated, as it comes", plain),
        ("calibrated, shipped temper", shipped),
    ):
        print(Scores.pooled(score(tests, known, fixed) for known, _, tests in parts).line(name))
    only = [(known, replace(temper, levels=tempering.NOMINAL), t) for known, temper, t in parts]
    alphas = " and ".join(f"{temper.alpha:g}" for _, temper, _ in parts)
    untouched = Scores.pooled(score(tests, known, temper) for known, temper, tests in only)
    print(untouched.line(f"calibrated, alpha learned ({alphas})"))
    best = Scores.pooled(score(tests, known, temper) for known, temper, tests in parts)
    print(best.line("calibrated, alpha and levels learned"))
    wanted = "/".join(f"{gate:.0f}" for gate in GATES_M)
    least, most = (round(100 * share) for share in INSIDE)
    verdict = "holds" if best.holds() else "does not hold"
    print(f"{wanted} m or better, {least}-{most} % inside the 90 % region: {verdict}")


def _distances(each: Transmission) -> Floats:
    frame = frame_at(each.lat, each.lon)
    x, y = frame.to_xy(each.rx_lat, each.rx_lon)
    tx_x, tx_y = frame.to_xy(each.lat, each.lon)
    return log_distance(((x - tx_x) ** 2 + (y - tx_y) ** 2)[:, None], np.zeros(x.size))[:, 0]


if __name__ == "__main__":
    main()
