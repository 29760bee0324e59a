"""All happenings that a scenario can ask for, as the union that YAML decodes into."""

from typing import TypeAlias

from replay.simulate.happenings.asked.cells import (
    AreaReplan,
    EnergySaving,
    Femtocells,
    Hill,
    LateInventory,
    NewSites,
    Repeater,
    Retune,
)
from replay.simulate.happenings.asked.feeds import (
    ClockSkew,
    DeliveryDisorder,
    SentinelIds,
    StaleIdentity,
)
from replay.simulate.happenings.asked.networks import (
    ForeignNetwork,
    ManagedAccess,
    NationalRoaming,
    PrivateNetwork,
    SharedCells,
)
from replay.simulate.happenings.asked.people import (
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
