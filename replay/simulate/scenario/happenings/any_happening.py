"""All happenings that a scenario can ask for, as the union that YAML decodes into."""

from typing import TypeAlias

from replay.simulate.scenario.happenings import cell_happenings as of_cells
from replay.simulate.scenario.happenings import feed_happenings as of_feeds
from replay.simulate.scenario.happenings import network_happenings as of_networks
from replay.simulate.scenario.happenings import phone_happenings as of_phones

Happening: TypeAlias = (
    of_cells.AreaReplan
    | of_cells.EnergySaving
    | of_cells.Femtocells
    | of_cells.Hill
    | of_cells.LateInventory
    | of_cells.NewSites
    | of_cells.Repeater
    | of_cells.Retune
    | of_feeds.ClockSkew
    | of_feeds.DeliveryDisorder
    | of_feeds.SentinelIds
    | of_feeds.StaleIdentity
    | of_networks.ForeignNetwork
    | of_networks.ManagedAccess
    | of_networks.NationalRoaming
    | of_networks.PrivateNetwork
    | of_networks.SharedCells
    | of_phones.CoreRestart
    | of_phones.Crowd
    | of_phones.DualSim
    | of_phones.FailedUpdates
    | of_phones.FallbackSurge
    | of_phones.Landing
    | of_phones.MeterOutage
    | of_phones.Metro
    | of_phones.RoamerSteering
    | of_phones.Train
)
