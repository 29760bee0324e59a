"""What ties findings into one campaign: values that they share, and how much each says.

A link is a text ``kind:value``. The chance that two findings which share it are of one campaign
halves for each `HALF_LIFE_MS` that nothing new bore it. What very many numbers share (a bank's own
number, a host of many sites, a busy trunk) ties nothing together: it is a hub.
"""

from collections.abc import Iterable
from typing import Final

from detectors.model.finding import Finding

#: A link that counts only between numbers of which one gave way to the other.
TURN: Final = "turn"

#: The chance that two findings which share a value are of one campaign. Of call-back numbers,
#: templates, domains and terminals these are judgements as casework makes them; ``manner`` is a
#: call that is odd in the same way, on the same trunk, to the same region; of SIM boxes in the same
#: cell, or of one range of numbers to the same region. ``turn`` is the same of what honest firms do
#: as well, so that it counts only where one number gave way to the other
#: (`detectors.calls.joining`).
LINKS: Final[dict[str, float]] = {
    "callback": 0.8,
    "template": 0.6,
    "terminal": 0.6,
    "domain": 0.55,
    "manner": 0.55,
    TURN: 0.55,
    "cell": 0.3,
    "sender": 0.3,
    "prefix": 0.25,
    "trunk": 0.1,
    "region": 0.05,
}
#: Chosen: a campaign that pauses over a night goes on under half of its links' strength.
HALF_LIFE_MS: Final = 12 * 3_600_000
#: Numbers that share a value, beyond which it is a hub: a nation's campaigns count by them.
MOST_OF_A_LINK: Final = 1_000


def kind_of(link: str) -> str:
    """The kind of a link.

    >>> kind_of("trunk:gw-1")
    'trunk'
    """
    return link.partition(":")[0]


def ties(finding: Finding) -> tuple[str, ...]:
    """The links of a finding that tie: of a weak one, as honest numbers bring too, only by turns,
    which those don't take."""
    about = finding.of_calls
    if about is None or finding.is_strong:
        return () if about is None else about.links
    return tuple(link for link in about.links if kind_of(link) == TURN)


def chance(shared: Iterable[tuple[str, int]]) -> float:
    """The chance that what shares some links is of one campaign, each with how long ago (ms)
    anything bore it: links are taken to be independent.

    >>> round(chance([("prefix:8610555/12", 0), ("trunk:gw-1", 0)]), 3)
    0.325
    """
    other = 1.0
    for link, age_ms in shared:
        known = LINKS.get(kind_of(link), 0.0)
        other *= 1.0 - known * 0.5 ** (max(0, age_ms) / HALF_LIFE_MS)
    return 1.0 - other
