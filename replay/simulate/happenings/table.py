"""Which effect each happening has."""

from replay.simulate.happenings.arrivals import LandingEffect, MeterOutageEffect
from replay.simulate.happenings.changed_cells import (
    AreaReplanEffect,
    EnergySavingEffect,
    LateInventoryEffect,
    RetuneEffect,
)
from replay.simulate.happenings.core_troubles import (
    CoreRestartEffect,
    FailedUpdatesEffect,
    FallbackSurgeEffect,
    RoamerSteeringEffect,
)
from replay.simulate.happenings.crowds import CrowdEffect, MetroEffect, TrainEffect
from replay.simulate.happenings.effect import AnyEffect
from replay.simulate.happenings.feed_troubles import (
    ClockSkewEffect,
    DeliveryDisorderEffect,
    DualSimEffect,
    SentinelIdsEffect,
    StaleIdentityEffect,
)
from replay.simulate.happenings.high_places import HillEffect
from replay.simulate.happenings.new_cells import FemtocellsEffect, NewSitesEffect, RepeaterEffect
from replay.simulate.happenings.other_networks import (
    ForeignNetworkEffect,
    ManagedAccessEffect,
    NationalRoamingEffect,
    PrivateNetworkEffect,
    SharedCellsEffect,
)
from replay.simulate.scenario.happenings.cell_happenings import (
    AreaReplan,
    EnergySaving,
    Femtocells,
    Hill,
    LateInventory,
    NewSites,
    Repeater,
    Retune,
)
from replay.simulate.scenario.happenings.feed_happenings import (
    ClockSkew,
    DeliveryDisorder,
    SentinelIds,
    StaleIdentity,
)
from replay.simulate.scenario.happenings.happening_spec import HappeningSpec
from replay.simulate.scenario.happenings.network_happenings import (
    ForeignNetwork,
    ManagedAccess,
    NationalRoaming,
    PrivateNetwork,
    SharedCells,
)
from replay.simulate.scenario.happenings.phone_happenings import (
    CoreRestart,
    Crowd,
    DualSim,
    FailedUpdates,
    FallbackSurge,
    Landing,
    MeterOutage,
    Metro,
    RoamerSteering,
    Train,
)
from replay.simulate.scenario.scenario import Scenario

EFFECTS: dict[type[HappeningSpec], type[AnyEffect]] = {
    AreaReplan: AreaReplanEffect,
    ClockSkew: ClockSkewEffect,
    CoreRestart: CoreRestartEffect,
    Crowd: CrowdEffect,
    DeliveryDisorder: DeliveryDisorderEffect,
    DualSim: DualSimEffect,
    EnergySaving: EnergySavingEffect,
    FailedUpdates: FailedUpdatesEffect,
    FallbackSurge: FallbackSurgeEffect,
    Femtocells: FemtocellsEffect,
    ForeignNetwork: ForeignNetworkEffect,
    Hill: HillEffect,
    Landing: LandingEffect,
    LateInventory: LateInventoryEffect,
    ManagedAccess: ManagedAccessEffect,
    MeterOutage: MeterOutageEffect,
    Metro: MetroEffect,
    NationalRoaming: NationalRoamingEffect,
    NewSites: NewSitesEffect,
    PrivateNetwork: PrivateNetworkEffect,
    Repeater: RepeaterEffect,
    Retune: RetuneEffect,
    RoamerSteering: RoamerSteeringEffect,
    SentinelIds: SentinelIdsEffect,
    SharedCells: SharedCellsEffect,
    StaleIdentity: StaleIdentityEffect,
    Train: TrainEffect,
}


def effects_of(scenario: Scenario, seed: int) -> list[AnyEffect]:
    """The effects of a scenario's happenings, in their order."""
    return [
        EFFECTS[type(asked)](asked, scenario, index, seed)
        for index, asked in enumerate(scenario.happenings)
    ]
