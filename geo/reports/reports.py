"""Reports of phones as columns, and the gate that keeps impossible values from the estimator.

Bad data never raises here: an impossible value counts as not measured, and a row without a usable
place is left out.
"""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.earth.sphere import Floats
from geo.radio.timing_advance import LONGEST_M

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ACCURACY_PER_SIGMA = 1.51  # a 68 % radius in per-axis standard deviations of a 2-D Gaussian
UNKNOWN_ACCURACY_M = 50.0
COARSE_ACCURACY_M = 250.0  # a place rougher than this no longer anchors a level
USELESS_ACCURACY_M = 10_000.0
LEVEL_DBM = (-140.0, -20.0)  # range of all technologies (placeholders 99, 2147483647 lie outside)
WIDEST_REACH_M = 100_000.0  # a `place_sigma_m` above this counts as not measured
REACH_SIGMA_M = 1000.0  # for rows from which only "within reach of here" is known
BEARING_SIGMA_DEG = 5.0  # where an instrument gives none
BEARING_SIGMA_RANGE_DEG = (1.0, 90.0)  # no hand-held finder is better; worse carries nothing


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of one transmitter: float columns of equal length, NaN where not measured.

    `place_sigma_m` is NaN where the place is the phone's own. Where it is set, the row only means
    "the transmitter was within reach of here", with that standard deviation: a victim that came
    back to the network at an honest cell, or a place without level or advance. `device` holds
    integer codes: same phone, same code; their values mean nothing else. `bearing_deg` points from
    the place to the transmitter, clockwise from true north, with standard deviation
    `bearing_sigma_deg`. `trusted` rows are those of authenticated teams and fixed scanners; their
    weight is not limited to a tenth of the total. These three may be left out.
    """

    lat: Floats
    lon: Floats
    accuracy_m: Floats
    level_dbm: Floats
    timing_advance: Floats
    ta_step_m: Floats
    place_sigma_m: Floats
    device: Ints
    ts_s: Floats
    bearing_deg: Floats = field(default_factory=lambda: np.empty(0))
    bearing_sigma_deg: Floats = field(default_factory=lambda: np.empty(0))
    trusted: Flags = field(default_factory=lambda: np.empty(0, bool))

    def __post_init__(self) -> None:
        for name, missing in (
            ("bearing_deg", np.nan), ("bearing_sigma_deg", np.nan), ("trusted", False)
        ):  # fmt: skip
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(len(self.lat), missing))
        lengths = {f.name: len(getattr(self, f.name)) for f in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of reports must have one length, not {lengths}")

    def __len__(self) -> int:
        return len(self.lat)

    @classmethod
    def of(
        cls,
        lat: ArrayLike,
        lon: ArrayLike,
        *,
        accuracy_m: ArrayLike = np.nan,
        level_dbm: ArrayLike = np.nan,
        timing_advance: ArrayLike = np.nan,
        ta_step_m: ArrayLike = np.nan,
        place_sigma_m: ArrayLike = np.nan,
        device: ArrayLike | None = None,
        ts_s: ArrayLike = np.nan,
        bearing_deg: ArrayLike = np.nan,
        bearing_sigma_deg: ArrayLike = np.nan,
        trusted: ArrayLike = False,
    ) -> "Reports":
        """Columns from those given; a scalar fills its column, without `device` all rows differ."""
        places = np.atleast_1d(np.asarray(lat, float))

        def column(values: ArrayLike) -> Floats:
            return np.array(np.broadcast_to(np.asarray(values, float), places.shape))

        codes = np.arange(places.size) if device is None else np.asarray(device)
        return cls(
            places,
            column(lon),
            column(accuracy_m),
            column(level_dbm),
            column(timing_advance),
            column(ta_step_m),
            column(place_sigma_m),
            np.array(np.broadcast_to(codes, places.shape), np.int64),
            column(ts_s),
            column(bearing_deg),
            column(bearing_sigma_deg),
            np.array(np.broadcast_to(np.asarray(trusted, bool), places.shape)),
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Reports":
        """Some of the rows, in the order given."""
        return Reports(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Silent:
    """Phones that the transmitter could have captured and did not; columns of one length.

    `weight` is how many such phones a row stands for, fractions allowed: a phone that may be
    silent for other reasons counts less than one. All phones in a square of 100 m together count as
    one at most. `threshold_dbm` is the level that the transmitter would have had to exceed there,
    NaN (or left out) where it is the camping level of the technology. `taken_share` is the share of
    phones within reach that it captures.
    """

    lat: Floats
    lon: Floats
    weight: Floats
    threshold_dbm: Floats = field(default_factory=lambda: np.empty(0))
    taken_share: float = 0.98

    def __post_init__(self) -> None:
        if len(self.threshold_dbm) == 0:
            object.__setattr__(self, "threshold_dbm", np.full(len(self.lat), np.nan))


def gated(reports: Reports, at_s: float | None = None) -> Reports:
    """Rows with a usable place, without impossible values, in an order set by content alone.

    Rows later than `at_s` are left out. A row whose place is rougher than 250 m, or that carries
    neither level nor advance nor bearing, becomes a "within reach" row. Afterwards `accuracy_m`
    and `ts_s` hold no NaN, and rows with `place_sigma_m` carry none of those three.
    """
    lat, lon, accuracy = reports.lat, reports.lon, reports.accuracy_m
    with np.errstate(invalid="ignore", over="ignore"):
        usable = (np.abs(lat) <= 90.0) & (np.abs(lon) <= 180.0)
        usable &= ~((lat == 0.0) & (lon == 0.0))  # what devices send for "no fix"
        accuracy = np.where(accuracy > 0.0, accuracy, UNKNOWN_ACCURACY_M)
        usable &= accuracy <= USELESS_ACCURACY_M
        if at_s is not None:
            usable &= ~(reports.ts_s > at_s)
        has_level = (reports.level_dbm >= LEVEL_DBM[0]) & (reports.level_dbm <= LEVEL_DBM[1])
        travelled = reports.timing_advance * reports.ta_step_m
        timed = (reports.timing_advance >= 0.0) & (reports.ta_step_m > 0.0)
        timed &= travelled <= LONGEST_M
        given = (reports.place_sigma_m > 0.0) & (reports.place_sigma_m <= WIDEST_REACH_M)
        spread = np.where(
            reports.bearing_sigma_deg > 0.0, reports.bearing_sigma_deg, BEARING_SIGMA_DEG
        )
    pointed = np.isfinite(reports.bearing_deg)
    own = ~given & (accuracy <= COARSE_ACCURACY_M) & (has_level | timed | pointed)
    pointed &= own
    reach = np.hypot(
        np.where(given, reports.place_sigma_m, REACH_SIGMA_M), accuracy / ACCURACY_PER_SIGMA
    )
    clean = Reports(
        lat=lat,
        lon=lon,
        accuracy_m=accuracy,
        level_dbm=np.where(own & has_level, reports.level_dbm, np.nan),
        timing_advance=np.where(own & timed, np.rint(reports.timing_advance), np.nan),
        ta_step_m=np.where(own & timed, reports.ta_step_m, np.nan),
        place_sigma_m=np.where(own, np.nan, reach),
        device=reports.device,
        ts_s=_known_times(reports.ts_s),
        bearing_deg=np.where(pointed, np.where(pointed, reports.bearing_deg, 0.0) % 360.0, np.nan),
        bearing_sigma_deg=np.where(pointed, np.clip(spread, *BEARING_SIGMA_RANGE_DEG), np.nan),
        trusted=np.asarray(reports.trusted, bool),
    ).take(usable)
    return clean.take(_content_order(clean))


def _known_times(ts_s: Floats) -> Floats:
    """Times, where unknown that of the oldest row."""
    known = np.isfinite(ts_s)
    return np.where(known, ts_s, ts_s[known].min() if known.any() else 0.0)


def _content_order(reports: Reports) -> NDArray[np.intp]:
    # Device codes decide last: rows that differ in nothing else are interchangeable.
    minor_first = (
        *("device", "trusted", "bearing_sigma_deg", "bearing_deg", "place_sigma_m", "ta_step_m"),
        *("timing_advance", "level_dbm", "accuracy_m", "lon", "lat", "ts_s"),
    )
    return np.lexsort([getattr(reports, name) for name in minor_first])
