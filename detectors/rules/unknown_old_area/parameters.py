"""What can be set of `unknown_old_area`, apart from what it does with it."""

from detectors.features.baselines.unknown_area_history import StrangeAreas
from detectors.features.memory.core_location import Whereabouts
from detectors.features.memory.last_message import Trail
from detectors.features.rule import Rule
from detectors.model import parameters
from detectors.model.columns import Signalling


class Parameters(
    Rule[Signalling, tuple[Trail, Whereabouts], StrangeAreas], frozen=True, kw_only=True
):
    """The parameters of `unknown_old_area`."""

    weight: parameters.Weight = 2.0
    cap: parameters.Cap = 9.0
    hold_s: parameters.Seconds = 15.0
    grace_h: parameters.Hours = 168.0
    far_m: parameters.Metres = 10_000.0
    equivalent_plmns: tuple[tuple[str, ...], ...] = ()
    replan_m: parameters.Metres = 2500.0
    replan_s: parameters.Seconds = 300.0
    replan_phones: parameters.Count = 6
    arrival_s: parameters.Seconds = 120.0
    arrival_areas: parameters.Count = 5
    arrival_share: parameters.Share = 0.4
    attach_share: parameters.Share = 0.15
    together_s: parameters.Seconds = 30.0
    arrival_chance: parameters.Chance = 0.02
    one_place_share: parameters.Share = 0.5
    fresh_share: parameters.Share = 0.5
    stayed_s: parameters.Seconds = 1200.0
    one_in: parameters.OneIn = 16
    few: parameters.Count = 3
    most_repeats: parameters.Count = 3
    excuse_roaming: parameters.Switch = True
    excuse_shared: parameters.Switch = True
    excuse_served: parameters.Switch = True
    excuse_uncovered_rat: parameters.Switch = True
    excuse_retired: parameters.Switch = True
    excuse_replan: parameters.Switch = True
    excuse_arrivals: parameters.Switch = True
    excuse_habit: parameters.Switch = True
    excuse_repeats: parameters.Switch = True
