"""Happenings that make feeds as imperfect as an operator's: none of them is anybody's doing.

They change messages on their way, or add procedures that every network has. Those that change
messages do so in the order in which the scenario names them.
"""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.scenario_types import (
    Count,
    HappeningSpec,
    NotNegative,
    Point,
    Positive,
    Share,
    Span,
)


class StrayAreas(HappeningSpec, frozen=True, kw_only=True, tag="stray_areas"):
    """Old areas that the network doesn't have and that keep coming back: trains, stale cards.

    The k-th of them is named by ``busiest_per_hour`` / k ** ``zipf`` phones an hour. Each belongs
    to one of the ``stations_m``, to the arterial roads through the centre, or to no place; the
    shares say of how many each is true.
    """

    areas: Count = 30
    busiest_per_hour: Positive = 10.0
    zipf: NotNegative = 0.8
    stations_m: Annotated[tuple[Point, ...], Meta(min_length=1)] = ((0.0, 0.0),)
    station_share: Share = 0.4
    road_share: Share = 0.3
    reach_m: Positive = 250.0


class GnssJamming(HappeningSpec, frozen=True, kw_only=True, tag="gnss_jamming"):
    """A place where positions are wrong by about ``wrong_m``, with a good stated accuracy."""

    at_m: Point
    radius_m: Positive = 300.0
    active_s: Span = (0.0, 86400.0)
    share: Share = 0.5
    wrong_m: Positive = 1000.0


class BatchedUploads(HappeningSpec, frozen=True, kw_only=True, tag="batched_uploads"):
    """A share of the phones collect and send now and then: the mean age of a message is then
    ``mean_s``. The others send at once."""

    mean_s: Positive = 60.0
    share: Share = 1.0


class CutOffSites(HappeningSpec, frozen=True, kw_only=True, tag="cut_off_sites"):
    """Sites that lose their backhaul while their cells stay on the air: phones there can send what
    they measure only from another cell, some ``stay_s`` later, or when it is over."""

    sites: Count = 1
    active_s: Span = (0.0, 86400.0)
    stay_s: Positive = 120.0


class PseudonymLifetime(HappeningSpec, frozen=True, kw_only=True, tag="pseudonym_lifetime"):
    """Devices and subscribers get other pseudonyms every ``lifetime_s``, each at its own times."""

    lifetime_s: Annotated[float, Meta(ge=60.0)] = 900.0


class LevelReporting(HappeningSpec, frozen=True, kw_only=True, tag="level_reporting"):
    """Levels in coarse steps, never above the highest one."""

    step_db: Annotated[int, Meta(ge=1, le=6)] = 2
    highest_dbm: Annotated[float, Meta(ge=-80.0, le=-20.0)] = -51.0


class TimingErrors(HappeningSpec, frozen=True, kw_only=True, tag="timing_errors"):
    """Timing advance that is too large by ``bias_m``, and phones that always report one value."""

    bias_m: NotNegative = 0.0
    constant_share: Share = 0.0


class CoreHabits(HappeningSpec, frozen=True, kw_only=True, tag="core_habits"):
    """What an honest core does: authentication fails, IMEIs are asked for, some cells don't cipher.

    The first two shares are of the subscribers in the time of the scenario, the third of the cells.
    """

    failing_share: Share = 0.0
    imei_share: Share = 0.0
    unciphered_share: Share = 0.0


class MissingCentreRecords(HappeningSpec, frozen=True, kw_only=True, tag="missing_centre_records"):
    """Texts that the centre has no record of, more of some senders than of others.

    Of half of the senders single records are missing, of the others all of some ten minutes.
    """

    share: Share = 0.2
