"""What can be set of `unknown_old_area`, apart from what it does with it."""

from detectors.features.baselines.unknown_area_history import StrangeAreas
from detectors.features.memory.last_message import Trail
from detectors.features.rule import Rule
from detectors.model.columns import Signalling
from detectors.model.parameters import (
    Cap,
    Chance,
    Count,
    Hours,
    Metres,
    OneIn,
    Seconds,
    Share,
    Switch,
    Weight,
)


class Parameters(Rule[Signalling, Trail, StrangeAreas], frozen=True, kw_only=True):
    """The parameters of `unknown_old_area`."""

    weight: Weight = 2.0
    cap: Cap = 9.0
    hold_s: Seconds = 15.0
    grace_h: Hours = 168.0
    equivalent_plmns: tuple[tuple[str, ...], ...] = ()
    replan_m: Metres = 2500.0
    replan_s: Seconds = 300.0
    replan_phones: Count = 6
    arrival_s: Seconds = 120.0
    arrival_areas: Count = 5
    arrival_share: Share = 0.4
    attach_share: Share = 0.15
    arrival_chance: Chance = 0.02
    one_place_share: Share = 0.5
    fresh_share: Share = 0.5
    one_in: OneIn = 16
    few: Count = 3
    most_repeats: Count = 3
    excuse_roaming: Switch = True
    excuse_shared: Switch = True
    excuse_retired: Switch = True
    excuse_replan: Switch = True
    excuse_arrivals: Switch = True
    excuse_habit: Switch = True
    excuse_repeats: Switch = True
