"""What alerts say of each hypothesis, beside what is true in a drawn world."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from detectors.alert.record import Hypothesis
from detectors.model.finding import Identity
from detectors.register.identity_keys import cell_key
from replay.scoring.calibration import Sample

ROGUE, WRONG_ROW, NEITHER = HYPOTHESES = "rogue_station", "wrong_register_row", "neither"


class Revision(msgspec.Struct, frozen=True):
    """What one revision of an alert says of each hypothesis, and about which cells."""

    alert_id: str
    ts: int
    hypotheses: list[Hypothesis]
    identities: list[Identity]


class _World(msgspec.Struct, frozen=True):
    register_flaws: list[Mapping[str, object]] = []


def claims_of(alerts: Path, world: Path, samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """By hypothesis what each scored revision states of it, and whether it is so.

    A transmitter is true where the revision matches one; a wrong row where it matches none and
    names a cell whose row is wrong; what is left (chance, a cell that reaches far or serves) where
    neither is.
    """
    true = {(sample.alert_id, sample.ts): sample.true for sample in samples}
    flaws = msgspec.json.decode(world.read_bytes(), type=_World).register_flaws
    wrong = {str(flaw.get(name)) for flaw in flaws for name in ("key", "registered")}
    claims: dict[str, list[Sample]] = {name: [] for name in HYPOTHESES}
    decoder = msgspec.json.Decoder(Revision)
    for line in alerts.read_bytes().splitlines():
        revision = decoder.decode(line)
        rogue = true.get((revision.alert_id, revision.ts))
        if rogue is None:
            continue
        row = not rogue and any(cell_key(cell) in wrong for cell in revision.identities)
        stated = dict.fromkeys(claims, 0.0)
        for each in revision.hypotheses:
            stated[each.name if each.name in claims else NEITHER] += each.probability
        facts = {ROGUE: rogue, WRONG_ROW: row, NEITHER: not rogue and not row}
        for name, fact in facts.items():
            claims[name].append(
                Sample(min(stated[name], 1.0), fact, revision.alert_id, revision.ts)
            )
    return claims
