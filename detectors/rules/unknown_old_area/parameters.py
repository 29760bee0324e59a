"""What can be set of `unknown_old_area`, apart from what it does with it."""

from typing import Annotated

from detectors.features.baselines.unknown_area_history import StrangeAreas
from detectors.features.memory.last_message import Trail
from detectors.features.rule import Rule
from detectors.model.columns import Signalling
from detectors.model.parameters import (
    TRIED,
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
    excuse,
    listed,
    within,
)


class Parameters(Rule[Signalling, Trail, StrangeAreas], frozen=True, kw_only=True):
    """The parameters of `unknown_old_area`."""

    weight: Weight = 2.0
    cap: Cap = 9.0
    hold_s: Annotated[
        Seconds, within(0, 600, "waits so long for others that may explain it", TRIED)
    ] = 15.0
    grace_h: Annotated[
        Hours,
        within(
            0,
            8760,
            "an area that was retired so long ago is still known",
            "chosen: a week, for phones that were off (F4)",
        ),
    ] = 168.0
    equivalent_plmns: Annotated[
        tuple[tuple[str, ...], ...],
        listed("PLMNs", 'groups like `["460-0", "460-2"]`', "networks that count as one", "F10"),
    ] = ()
    replan_m: Annotated[
        Metres,
        within(
            0,
            1_000_000,
            "phones scattered farther about a car's course come back from a renumbered area",
            "chosen: victims come back within a kilometre or two of a transmitter",
        ),
    ] = 2500.0
    replan_s: Annotated[
        Seconds, within(0, 86_400, "phones of so long are looked at for that", TRIED)
    ] = 300.0
    replan_phones: Annotated[
        Count, within(1, 1000, "fewer phones don't show a renumbering", TRIED)
    ] = 6
    arrival_s: Annotated[
        Seconds, within(0, 3600, "within so long the phones of a flight come back", TRIED)
    ] = 120.0
    arrival_areas: Annotated[
        Count, within(1, 1000, "fewer areas named on a cell are no flight", TRIED)
    ] = 5
    arrival_share: Annotated[
        Share,
        within(
            0,
            1,
            "on a flight no area is named by a greater share of the phones",
            "chosen: victims of a transmitter name one area or a few",
        ),
    ] = 0.4
    attach_share: Annotated[
        Share, within(0, 1, "where so many attach from an area, they all arrive from there", TRIED)
    ] = 0.15
    arrival_chance: Annotated[
        Chance,
        within(
            0,
            1,
            "where so few are known that the chance is at most this, they are new in town",
            TRIED,
        ),
    ] = 0.02
    one_place_share: Annotated[
        Share,
        within(
            0,
            1,
            "share of the weight of phones at one site or two, as at a gate or platform",
            "chosen: victims come back all around a transmitter",
        ),
    ] = 0.5
    fresh_share: Annotated[
        Share,
        within(
            0,
            1,
            "share of the weight of an attach that names a valid area",
            "chosen: its phone was off",
        ),
    ] = 0.5
    one_in: OneIn = 16
    few: Annotated[
        Count,
        within(
            0,
            128,
            "hours with at most so many phones show a hole in the register",
            "chosen: a transmitter that stays has more, and isn't taken for usual (F25)",
        ),
    ] = 3
    most_repeats: Annotated[
        Count,
        within(
            0,
            48,
            "a phone that names an area alone and more often in a day speaks of itself",
            "F12",
        ),
    ] = 3
    excuse_roaming: Annotated[Switch, excuse("the phone comes from another network", "F10")] = True
    excuse_shared: Annotated[
        Switch, excuse("the area may be another network's of a shared cell", "F11")
    ] = True
    excuse_retired: Annotated[
        Switch, excuse("phones still remember an area that was retired", "F4")
    ] = True
    excuse_replan: Annotated[Switch, excuse("an area is renumbered", "F4")] = True
    excuse_arrivals: Annotated[Switch, excuse("a flight or a train arrives", "F8, F9")] = True
    excuse_habit: Annotated[
        Switch, excuse("the register has a hole, at a border most of all", "F9")
    ] = True
    excuse_repeats: Annotated[Switch, excuse("a phone's stored area may be corrupt", "F12")] = True
