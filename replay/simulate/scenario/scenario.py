"""What a scenario says: the city, its people, feeds, rogue transmitters and teams, with units.

Every class is a frozen msgspec Struct that a YAML file decodes straight into; unknown keys are
refused. Defaults give a plausible city of 8 x 8 km, so that a scenario only says what is special
to it.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from replay.simulate.scenario import cell_happenings as of_cells
from replay.simulate.scenario import nuisances as of_feeds
from replay.simulate.scenario import phone_happenings as of_phones
from replay.simulate.scenario.rogue import Rogue, Team
from replay.simulate.scenario.scenario_types import (
    NotNegative,
    Positive,
    ScenarioError,
    Share,
    Strict,
)
from replay.simulate.scenario.surroundings import Propagation, RegisterFlaws
from streams.config.strict_yaml import convert, listed, read_yaml

#: All that can happen, told apart by ``kind``.
Happening: TypeAlias = (
    of_cells.AreaReplan
    | of_cells.EnergySaving
    | of_cells.Femtocells
    | of_cells.ForeignNetwork
    | of_cells.HighMast
    | of_cells.Hill
    | of_cells.LateInventory
    | of_cells.ManagedAccess
    | of_cells.NationalRoaming
    | of_cells.NewSites
    | of_cells.PrivateNetwork
    | of_cells.Repeater
    | of_cells.Retune
    | of_cells.SharedCells
    | of_phones.ClockSkew
    | of_phones.CoreRestart
    | of_phones.Crowd
    | of_phones.DeliveryDisorder
    | of_phones.DualSim
    | of_phones.FailedUpdates
    | of_phones.FallbackSurge
    | of_phones.Landing
    | of_phones.MeterOutage
    | of_phones.Metro
    | of_phones.RoamerSteering
    | of_phones.SentinelIds
    | of_phones.StaleIdentity
    | of_phones.StrayTrains
    | of_phones.Train
    | of_feeds.BatchedUploads
    | of_feeds.CoreHabits
    | of_feeds.CutOffSites
    | of_feeds.GnssJamming
    | of_feeds.LevelReporting
    | of_feeds.MissingCentreRecords
    | of_feeds.PseudonymLifetime
    | of_feeds.StrayAreas
    | of_feeds.TimingErrors
)


class City(Strict, frozen=True):
    """Where it plays: a square with a street grid about a centre."""

    centre_lat_deg: Annotated[float, Meta(ge=-80.0, le=80.0)]
    centre_lon_deg: Annotated[float, Meta(ge=-180.0, le=180.0)]
    size_m: Annotated[float, Meta(ge=1000.0, le=20000.0)] = 8000.0
    street_spacing_m: Annotated[float, Meta(ge=100.0, le=1000.0)] = 200.0


class FarTown(Strict, frozen=True):
    """A town beyond the horizon: its cells are registered, nobody in the city receives them."""

    distance_m: Annotated[float, Meta(ge=20000.0, le=100000.0)] = 31000.0
    bearing_deg: float = 250.0
    size_m: Annotated[float, Meta(ge=1000.0, le=10000.0)] = 4000.0


class Operator(Strict, frozen=True):
    """One network: its PLMN, its share of the phones and the density of its sites."""

    mcc: Annotated[int, Meta(ge=0, le=999)]
    mnc: Annotated[int, Meta(ge=0, le=999)]
    share: Share = 0.5
    site_spacing_m: Annotated[float, Meta(ge=300.0, le=3000.0)] = 700.0
    gsm_cipher: Literal["A5/0", "A5/1", "A5/3"] = "A5/1"
    nr_share: Share = 0.3
    sites_per_area: Annotated[int, Meta(ge=3)] = 30


class People(Strict, frozen=True):
    """Phones: how many, how they move (the rest drives), what they report and on which RAT."""

    phones: Annotated[int, Meta(ge=1, le=20000)] = 1000
    home_share: Share = 0.55
    walker_share: Share = 0.28
    gsm_share: Share = 0.3
    nr_share: Share = 0.1
    reporting_share: Share = 0.7
    report_every_s: tuple[Positive, Positive] = (15.0, 60.0)
    shared_pseudonyms: bool = False
    device_offset_db: NotNegative = 3.5

    def __post_init__(self) -> None:
        if self.home_share + self.walker_share > 1.0:
            raise ValueError("home_share and walker_share together are at most 1")
        if self.gsm_share + self.nr_share > 1.0:
            raise ValueError("gsm_share and nr_share together are at most 1")
        if self.report_every_s[0] > self.report_every_s[1]:
            raise ValueError("report_every_s is [shortest, longest]")


class Feeds(Strict, frozen=True):
    """How the feeds behave: delays, completeness, and what honest networks do oddly.

    Of the neighbours in reports the named shares come with area and cell, the others only with
    channel and code. ``connected_share`` of the changes of cell are handovers that the base
    stations report; ``diagnostic_share`` of the phones report what their modem sees,
    ``probe_share`` what the cells about them broadcast. ``core_share`` of the subscribers are in
    the core's feed. ``position_outlier_m`` is the median error along an axis of positions that are
    wrong beyond their stated accuracy, with a heavy tail; without it, it is 200 to 1,000 m.
    """

    delay_s: NotNegative = 2.0
    late_share: Share = 0.01
    timing_advance_share: Share = 0.2
    position_outlier_share: Share = 0.005
    position_outlier_m: Positive | None = None
    core_share: Share = 1.0
    rogue_reported_share: Share = 0.04
    periodic_update_s: Positive = 3240.0
    power_on_share: Share = 0.02
    roamer_share: Share = 0.01
    reject_share: Share = 0.02
    csfb_share: Share = 0.02
    stray_old_area_share: Share = 0.002
    sms_per_phone_hour: NotNegative = 2.0
    sms_reporting_share: Share = 0.6
    smsc_completeness: Share = 0.95
    complaint_share: Share = 0.08
    gsm_neighbours_named_share: Share = 0.85
    lte_neighbours_named_share: Share = 0.08
    connected_share: Share = 0.0
    handover_failure_share: Share = 0.015
    diagnostic_share: Share = 0.0
    probe_share: Share = 0.0


class Scenario(Strict, frozen=True):
    """A whole scenario. ``start_ms`` is Unix time in milliseconds, ``step_s`` the time grain."""

    name: Annotated[str, Meta(min_length=1)]
    description: str
    start_ms: Annotated[int, Meta(ge=946_684_800_000)]
    duration_s: Annotated[float, Meta(ge=60.0, le=86400.0)]
    city: City
    operators: Annotated[list[Operator], Meta(min_length=1, max_length=4)]
    step_s: Annotated[float, Meta(ge=1.0, le=10.0)] = 5.0
    far_town: FarTown | None = FarTown()
    register: RegisterFlaws = RegisterFlaws()
    radio: Propagation = Propagation()
    people: People = People()
    feeds: Feeds = Feeds()
    rogues: tuple[Rogue, ...] = ()
    happenings: tuple[Happening, ...] = ()
    teams: tuple[Team, ...] = ()

    def __post_init__(self) -> None:
        if abs(sum(operator.share for operator in self.operators) - 1.0) > 1e-6:
            raise ValueError("the shares of the operators add up to 1")
        places = f"places in operators, 0..{len(self.operators) - 1}"
        for each in self.happenings:
            if any(operator >= len(self.operators) for operator in each.operators_named()):
                raise ValueError(f"operators of a happening are {places}")
        for rogue in self.rogues:
            if rogue.active_s[-1][1] > self.duration_s:
                raise ValueError(f"active_s of rogue {rogue.id!r} ends by duration_s")
            if max(rogue.claims) >= len(self.operators):
                raise ValueError(f"claims of rogue {rogue.id!r} are {places}")
        if len({rogue.id for rogue in self.rogues}) < len(self.rogues):
            raise ValueError("the ids of rogues differ from each other")
        self._check_teams()

    def _check_teams(self) -> None:
        rogues = [rogue.id for rogue in self.rogues]
        for team in self.teams:
            if team.rogue not in rogues:
                raise ValueError(
                    f"rogue of team {team.id!r} is the id of one of the rogues; "
                    f"{team.rogue!r} is none of {', '.join(rogues) or '(there are none)'}"
                )
            if team.start_s >= self.duration_s:
                raise ValueError(f"start_s of team {team.id!r} lies before duration_s")
        if len({team.id for team in self.teams}) < len(self.teams):
            raise ValueError("the ids of teams differ from each other")


def load_scenario(path: Path) -> Scenario:
    """The scenario in a YAML file.

    Raises `ScenarioError` where the file is missing, is no YAML, or says something it may not.
    """
    tree = read_yaml(path, ScenarioError)
    problems: list[str] = []
    scenario = convert(tree, Scenario, "", problems)
    if problems:
        raise ScenarioError(listed(str(path), problems))
    assert isinstance(scenario, Scenario)
    return scenario
