"""All happenings that a scenario can ask for, as the union that YAML decodes into."""

from typing import TypeAlias

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

Happening: TypeAlias = (
    AreaReplan
    | ClockSkew
    | CoreRestart
    | Crowd
    | DeliveryDisorder
    | DualSim
    | EnergySaving
    | FailedUpdates
    | FallbackSurge
    | Femtocells
    | ForeignNetwork
    | Hill
    | Landing
    | LateInventory
    | ManagedAccess
    | MeterOutage
    | Metro
    | NationalRoaming
    | NewSites
    | PrivateNetwork
    | Repeater
    | Retune
    | RoamerSteering
    | SentinelIds
    | SharedCells
    | StaleIdentity
    | Train
)
