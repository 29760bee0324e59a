"""What a rule that counts by place expects, and which innocent explanations it considers."""

from math import inf

import msgspec


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule expects. ``usual_share`` is the share of odd messages assumed at first, ``floor``
    the least that is expected of a place and window.

    A message of less than ``least_weight`` nats isn't reported, unless all together come to
    ``no_doubt``.

    The truths say which innocent explanations are considered. ``most_repeats``: a subscriber that
    is odd more often within 45 minutes speaks of itself, not of a place. With ``wide`` it is asked
    whether messages began all over a neighbourhood (`detectors.features.phones.wide_onset`).
    """

    tile_m: float = 1000.0
    window_ms: int = 600_000
    hold_ms: int = 15_000
    usual_share: float = 0.005
    floor: float = 0.2
    least_subscribers: int = 2
    least_weight: float = 1.0
    no_doubt: float = inf
    habit: bool = True
    crowd: bool = True
    widespread: bool = True
    repeats: bool = True
    most_repeats: int = 3
    wide: bool = False
