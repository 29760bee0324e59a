"""Which innocent causes are known, and where each is dealt with.

The codes are rows of docs/science.md, section F. A cause is excused by a rule, by the incident as a
whole, or can't come up by the way the pipeline is built. Each switch is a setting that turns one
excuse off, so that what it is worth can be measured. Which rules excuse a cause follows from the
codes that their own switches name.

``docs/explanations.md`` is this table; ``python -m detectors.benign.catalogue`` writes it anew.
"""

import re
from typing import Final

import msgspec
from msgspec.structs import replace

from detectors.model.parameters import facts
from detectors.rules import RULES


class Explanation(msgspec.Struct, frozen=True):
    """One cause: its code, what happens, the switches that excuse it, and how else it is met."""

    code: str
    cause: str
    switches: tuple[str, ...] = ()
    otherwise: str = ""


_CODE: Final = re.compile(r"F[0-9]+")
#: What each code means, and how it is met apart from rules. A code that is not here means what the
#: rule says of the switch that names it.
_KNOWN: Final = (
    Explanation("F1", "a failed update leaves a reserved value for the old area"),
    Explanation(
        "F2",
        "other reserved values of areas, cells and codes",
        (),
        "kept apart when messages are decoded, and never looked up (detectors/model/codes.py)",
    ),
    Explanation("F3", "area and cell change one after the other"),
    Explanation(
        "F4",
        "areas and cells are renumbered",
        ("incidents.benign_causes.announced", "incidents.benign_causes.renumbered"),
    ),
    Explanation(
        "F5",
        "the register has holes, wrong rows, or comes late",
        ("incidents.benign_causes.attested", "incidents.benign_causes.several_cells"),
    ),
    Explanation(
        "F6",
        "temporary and moving sites",
        ("incidents.benign_causes.announced", "incidents.benign_causes.attested"),
    ),
    Explanation("F7", "femtocells, indoor cells and repeaters"),
    Explanation("F8", "many come back at once: tunnels, landings, power-on"),
    Explanation("F9", "trains and roads cross the border of areas"),
    Explanation("F10", "roaming, at the border and within the country"),
    Explanation("F11", "several networks share a cell", ("incidents.benign_causes.widespread",)),
    Explanation("F12", "one phone with an inactive SIM or a bad contact, over and over"),
    Explanation("F13", "calls fall back to GSM"),
    Explanation("F14", "operators have habits of their own"),
    Explanation("F15", "legacy layers that rank high everywhere"),
    Explanation("F16", "a phone's diagnostic port is misread"),
    Explanation("F17", "phones that never list neighbours"),
    Explanation("F18", "levels differ from phone to phone"),
    Explanation("F19", "channels and codes received at high places"),
    Explanation("F20", "a modem shows its last cell on and on"),
    Explanation("F21", "private, test and rail networks"),
    Explanation("F22", "crowds"),
    Explanation("F23", "outages, maintenance, a core that restarts"),
    Explanation("F24", "carrier aggregation"),
    Explanation(
        "F25",
        "a transmitter teaches the system that it is normal",
        (),
        "the register learns nothing from phones; flagged windows are learned slowly "
        "(scan_statistic.py)",
    ),
    Explanation("F26", "ciphers that are weak everywhere in a network"),
    Explanation(
        "F27",
        "figures that nobody outside can check",
        (),
        "alerts carry counts, versions and explanations of findings, and the causes considered",
    ),
    Explanation("F28", "wrong positions and clocks"),
    Explanation("F29", "phones with two SIMs"),
    Explanation(
        "F30",
        "transmitters that may be there",
        (),
        "incidents.benign_causes.authorised lists them; empty by default"
        " (benign/incident_causes.py)",
    ),
    Explanation(
        "F31",
        "cells on aeroplanes, trains and ships",
        ("incidents.benign_causes.attested", "incidents.benign_causes.announced"),
    ),
    Explanation(
        "F32", "ducting over water, extended range", ("incidents.benign_causes.widespread",)
    ),
    Explanation("F33", "retuning and energy saving by night"),
    Explanation("F34", "roaming partners turn phones away; meters come back after an outage"),
    Explanation(
        "F35",
        "5G calls fall back to LTE",
        (),
        "from 5G to LTE isn't counted as a fall at all (detectors/rules/fallback_share/rule.py)",
    ),
    Explanation("F36", "a few honest registrations in a hundred are rejected"),
    Explanation("F37", "one cell under several networks"),
)


def _explanations() -> tuple[Explanation, ...]:
    """All causes in order: the table above, and the switches of rules that name them."""
    table = {one.code: one for one in _KNOWN}
    for rule in RULES:
        for fact in facts(rule):
            for code in _CODE.findall(fact.source) if fact.name.startswith("excuse_") else ():
                row = table.get(code, Explanation(code, fact.does))
                switch = f"rules.{rule.name}.{fact.name}"
                table[code] = replace(row, switches=(*row.switches, switch))
    return tuple(sorted(table.values(), key=lambda one: int(one.code[1:])))


EXPLANATIONS: Final = _explanations()

_INTRO: Final = """\
# Innocent explanations

Made from the rules and from `detectors/benign/catalogue.py` by
`python -m detectors.benign.catalogue > docs/explanations.md`; don't edit it here. What each excuse
rests on stands with its rule in [rules.md](rules.md), or with the causes of incidents in
`detectors/benign/incident_causes.py`. Each switch can be set to `false` in the configuration; what
is lost then is measured in [evaluation.md](evaluation.md).

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
