"""Which innocent causes are known, and where each is dealt with.

The codes are rows of the detection notes' table of causes of false alarms. A cause is excused by a
rule, by the incident as a whole, or can't come up by the way the pipeline is built. Each switch is
a setting that turns one excuse off, so that what it is worth can be measured.

``docs/explanations.md`` is this table; ``python -m detectors.benign.catalogue`` writes it anew.
"""

from typing import Final

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """One cause: its code, what happens, the switches that excuse it, and how else it is met."""

    code: str
    cause: str
    switches: tuple[str, ...] = ()
    otherwise: str = ""


EXPLANATIONS: Final[tuple[Explanation, ...]] = (
    Explanation(
        "F1",
        "a failed update leaves a reserved value for the old area",
        (
            "rules.lost_area.excuse_rejected",
            "rules.lost_area.excuse_detached",
        ),
    ),
    Explanation(
        "F2",
        "other reserved values of areas, cells and codes",
        (),
        "told apart when messages are decoded, and never looked up (detectors/model/codes.py)",
    ),
    Explanation(
        "F3",
        "area and cell change one after the other",
        (
            "rules.unknown_cell.excuse_half_update",
            "rules.wrong_channel.excuse_half_update",
            "rules.transient_cell.excuse_mixed",
        ),
    ),
    Explanation(
        "F4",
        "areas and cells are renumbered",
        (
            "rules.unknown_old_area.excuse_retired",
            "rules.unknown_old_area.excuse_replan",
            "rules.wrong_channel.excuse_stale_row",
            "incidents.excuses.announced",
            "incidents.excuses.renumbered",
        ),
    ),
    Explanation(
        "F5",
        "the register has holes, wrong rows, or comes late",
        (
            "rules.odd_shape.excuse_estimate",
            "rules.phantom_sms.excuse_stopped_feed",
            "rules.phantom_sms.excuse_incomplete",
            "rules.unknown_cell.excuse_uncovered_rat",
            "rules.impossible_distance.excuse_wrong_row",
            "rules.impossible_network.excuse_partial_register",
            "rules.unplanned_code.excuse_lasting",
            "rules.transient_cell.excuse_lasting",
            "rules.failed_handover.excuse_new_site",
            "incidents.excuses.vouching",
            "incidents.excuses.several_cells",
        ),
    ),
    Explanation(
        "F6",
        "temporary and moving sites",
        (
            "incidents.excuses.announced",
            "rules.transient_cell.excuse_lasting",
            "incidents.excuses.vouching",
        ),
    ),
    Explanation(
        "F7",
        "femtocells, indoor cells and repeaters",
        (
            "rules.unknown_cell.excuse_femto",
            "rules.impossible_distance.excuse_repeater",
            "rules.odd_shape.excuse_repeater",
        ),
    ),
    Explanation(
        "F8",
        "many come back at once: tunnels, landings, power-on",
        (
            "rules.lost_area.excuse_arrivals",
            "rules.unknown_old_area.excuse_arrivals",
            "rules.lost_area.excuse_detached",
            "rules.vanish_and_return.excuse_habit",
            "rules.transient_cell.excuse_unwatched",
        ),
    ),
    Explanation(
        "F9",
        "trains and roads cross the border of areas",
        (
            "rules.unknown_old_area.excuse_arrivals",
            "rules.unknown_old_area.excuse_habit",
            "rules.vanish_and_return.excuse_moving",
        ),
    ),
    Explanation(
        "F10",
        "roaming, at the border and within the country",
        (
            "rules.unknown_old_area.excuse_roaming",
            "rules.unexpected_old_area.excuse_roaming",
            "rules.impossible_network.excuse_border",
        ),
    ),
    Explanation(
        "F11",
        "several networks share a cell",
        (
            "rules.unknown_cell.excuse_shared",
            "rules.unknown_old_area.excuse_shared",
            "incidents.excuses.widespread",
        ),
    ),
    Explanation(
        "F12",
        "one phone with an inactive SIM or a bad contact, over and over",
        (
            "rules.unknown_old_area.excuse_repeats",
            "rules.identity_exposure.excuse_inactive_sims",
            "rules.vanish_and_return.excuse_repeats",
            "rules.lost_area.excuse_repeats",
        ),
    ),
    Explanation(
        "F13",
        "calls fall back to GSM",
        (
            "rules.fallback_share.excuse_fallback",
            "rules.vanish_and_return.excuse_fallback",
            "rules.unexpected_old_area.excuse_fallback",
        ),
    ),
    Explanation(
        "F14",
        "operators have habits of their own",
        (
            "rules.sms_burst.excuse_recorded",
            "rules.identity_exposure.excuse_quirks",
            "rules.broadcast_lure.excuse_usual",
            "rules.phantom_sms.excuse_uncovered_sender",
        ),
    ),
    Explanation(
        "F15",
        "legacy layers that rank high everywhere",
        ("rules.broadcast_lure.excuse_legacy_priorities",),
    ),
    Explanation(
        "F16",
        "a phone's diagnostic port is misread",
        ("rules.security_downgrade.excuse_parsers",),
    ),
    Explanation(
        "F17",
        "phones that never list neighbours",
        ("rules.broadcast_lure.excuse_no_neighbours",),
    ),
    Explanation(
        "F18",
        "levels differ from phone to phone",
        ("rules.odd_level.excuse_device",),
    ),
    Explanation(
        "F19",
        "channels and codes heard from high places",
        (
            "rules.impossible_distance.excuse_high",
            "rules.odd_shape.excuse_high",
            "rules.unplanned_code.excuse_high",
        ),
    ),
    Explanation(
        "F20",
        "a modem shows its last cell on and on",
        (
            "rules.impossible_distance.excuse_stale",
            "rules.transient_cell.excuse_mixed",
        ),
    ),
    Explanation(
        "F21",
        "private, test and rail networks",
        ("rules.impossible_network.excuse_private",),
    ),
    Explanation(
        "F22",
        "crowds",
        (
            "rules.vanish_and_return.excuse_rejected",
            "rules.sms_burst.excuse_everywhere",
            "rules.vanish_and_return.excuse_crowd",
            "rules.fallback_share.excuse_crowd",
            "rules.unexpected_old_area.excuse_crowd",
            "rules.identity_exposure.excuse_crowds",
            "rules.sms_burst.excuse_crowd",
        ),
    ),
    Explanation(
        "F23",
        "outages, maintenance, a core that restarts",
        (
            "rules.vanish_and_return.excuse_restart",
            "rules.lost_area.excuse_restart",
            "rules.unexpected_old_area.excuse_restart",
            "rules.identity_exposure.excuse_core_restart",
        ),
    ),
    Explanation(
        "F24",
        "carrier aggregation",
        ("rules.wrong_channel.excuse_aggregation",),
    ),
    Explanation(
        "F25",
        "a transmitter teaches the system that it is normal",
        ("rules.odd_level.excuse_poisoned",),
        "the register learns nothing from phones; flagged windows are learned slowly (clusters.py)",
    ),
    Explanation(
        "F26",
        "ciphers that are weak everywhere in a network",
        ("rules.security_downgrade.excuse_usual",),
    ),
    Explanation(
        "F27",
        "figures that nobody outside can check",
        (),
        "alerts carry counts, versions and explanations of findings, and the excuses considered",
    ),
    Explanation(
        "F28",
        "wrong positions and clocks",
        (
            "rules.impossible_distance.excuse_outlier",
            "rules.odd_level.excuse_jumping",
        ),
    ),
    Explanation(
        "F29",
        "phones with two SIMs",
        ("rules.phantom_sms.excuse_other_sim",),
    ),
    Explanation(
        "F30",
        "transmitters that may be there",
        (),
        "incidents.excuses.authorised lists them; empty by default (benign/incident_causes.py)",
    ),
    Explanation(
        "F31",
        "cells on aeroplanes, trains and ships",
        (
            "incidents.excuses.vouching",
            "incidents.excuses.announced",
        ),
    ),
    Explanation(
        "F32",
        "ducting over water, extended range",
        (
            "rules.odd_shape.excuse_repeater",
            "incidents.excuses.widespread",
        ),
    ),
    Explanation(
        "F33",
        "retuning and energy saving by night",
        (
            "rules.wrong_channel.excuse_retune",
            "rules.unplanned_code.excuse_retune",
        ),
    ),
    Explanation(
        "F34",
        "roaming partners turn phones away; meters come back after an outage",
        (
            "rules.lost_area.excuse_arrivals",
            "rules.identity_exposure.excuse_steering",
            "rules.lost_area.excuse_restart",
        ),
    ),
    Explanation(
        "F35",
        "5G calls fall back to LTE",
        ("rules.unexpected_old_area.excuse_fallback",),
        "from 5G to LTE isn't counted as a fall at all (detectors/rules/fallback_share/rule.py)",
    ),
    Explanation(
        "F36",
        "a few honest registrations in a hundred are rejected",
        (
            "rules.vanish_and_return.excuse_rejected",
            "rules.identity_exposure.excuse_ordinary_rejects",
            "rules.lost_area.excuse_rejected",
        ),
    ),
    Explanation(
        "F37",
        "one cell under several networks",
        ("rules.unknown_cell.excuse_shared",),
    ),
)

_INTRO: Final = """\
# Innocent explanations

Made from `detectors/benign/catalogue.py` by `python -m detectors.benign.catalogue >
docs/explanations.md`; don't edit it here. What each excuse rests on stands with its rule in
[rules.md](rules.md), or with the incident's excuses in `detectors/benign/incident_causes.py`. Each
switch can be set to `false` in the configuration; what is lost then is measured in
[evaluation.md](evaluation.md).

| code | cause | excused by |
|---|---|---|
"""


def page() -> str:
    """The table as Markdown."""
    lines = []
    for one in EXPLANATIONS:
        met = ", ".join(f"`{switch}`" for switch in one.switches)
        by = "; ".join(filter(None, (met, one.otherwise)))
        lines.append(f"| {one.code} | {one.cause} | {by} |")
    return _INTRO + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
