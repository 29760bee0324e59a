"""Which innocent causes are known, and where each is dealt with.

The codes are rows of docs/science.md, section F. A cause is excused by a rule, by the incident as a
whole, or can't come up by the way the pipeline is built. Each switch is a setting that turns one
excuse off, so that what it is worth can be measured. Which rules excuse a cause follows from the
codes that their own switches name.

The table is ``explanations.toml``. ``docs/explanations.md`` is made of it, by ``python -m
detectors.benign.catalogue``.
"""

import re
from typing import Final

import msgspec
from msgspec.structs import replace

from detectors.model.parameters import facts
from detectors.model.tables import read_table
from detectors.rules import RULES


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cause: what happens, the switches that excuse it, and how else it is met."""

    cause: str
    switches: tuple[str, ...] = ()
    otherwise: str = ""


_CODE: Final = re.compile(r"F[0-9]+")


def _explanations() -> dict[str, Explanation]:
    """All causes by code, in order: the table, and the switches of rules that name them."""
    table = read_table("detectors.benign", "explanations.toml", dict[str, Explanation])
    for rule in RULES:
        for fact in facts(rule):
            for code in _CODE.findall(fact.source) if fact.name.startswith("excuse_") else ():
                row = table.get(code, Explanation(fact.does.removeprefix("considers that ")))
                switch = f"rules.{rule.name}.{fact.name}"
                table[code] = replace(row, switches=(*row.switches, switch))
    return dict(sorted(table.items(), key=lambda entry: int(entry[0][1:])))


EXPLANATIONS: Final = _explanations()

_INTRO: Final = """\
# Innocent explanations

Made from the rules and from `detectors/benign/explanations.toml` by
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
    for code, one in EXPLANATIONS.items():
        met = ", ".join(f"`{switch}`" for switch in one.switches)
        by = "; ".join(filter(None, (met, one.otherwise)))
        lines.append(f"| {code} | {one.cause} | {by} |")
    return _INTRO + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
