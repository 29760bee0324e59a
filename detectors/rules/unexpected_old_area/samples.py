"""Messages on which `unexpected_old_area` fires, and messages on which it stays silent."""

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.rules.cluster_samples import twice
from detectors.rules.sample_town import Town

ODD = twice({"old_area": 4101})
ORDINARY = twice({})


def fires(make: Town) -> list[Batch]:
    """Subscribers of the town who come back from where they weren't."""
    names = ["s0", "s1", "s2"]
    known = [{"subscriber": who, "old_area": 4100, "at_s": n} for n, who in enumerate(names)]
    lured = {"old_area": 4200, "old_rat": GSM}
    return [
        make.signalling(
            *known, *({"subscriber": who, "at_s": 20.0 + n, **lured} for n, who in enumerate(names))
        )
    ]


def silent(make: Town) -> list[Batch]:
    rows = [{"subscriber": f"s{n % 3}", "old_area": 4100} for n in range(9)]
    return [make.signalling(*rows, {"subscriber": "s0", "old_area": 4200, "old_rat": GSM})]
