"""One captivity in order of time: the cells that the phone used, and when it reports them."""

from dataclasses import dataclass

import numpy as np

from detectors.model.codes import GSM
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.world import World

UPLOAD_DELAY_S = 1.5
LONGEST_LURE_SHARE = 0.6  # of the captivity


@dataclass(frozen=True, slots=True)
class Captivity:
    """A phone's time on a transmitter, and when it is reported; seconds after the start.

    ``lures`` are the cells that led the phone down, in order, until ``below_s``; ``cause`` is that
    of the rogue's reject, 0 for none.
    """

    phone: int
    transmitter: Transmitter
    identity: Identity
    lures: tuple[Identity, ...]
    start_s: float
    below_s: float
    end_s: float
    reported_s: float
    cause: int


def captivity_of(
    world: World, rng: np.random.Generator, aside: np.random.Generator, row: int
) -> Captivity:
    """A row of the captures with what it means for the phone.

    ``aside`` is for what only some rogues do, so that it shifts no draws of the others.
    """
    captures = world.captures
    phone = int(captures.phone[row])
    each = world.transmitters[int(captures.transmitter[row])]
    start_s, end_s = float(captures.start_s[row]), float(captures.end_s[row])
    lures: tuple[Identity, ...] = ()
    below_s = start_s
    if each.spec.lure is not None and world.phones.rat[phone] != GSM:
        operator = int(world.phones.operator[phone])
        first = int(world.phones.rat[phone])
        steps = [each.lure(rat, operator) for rat in range(first, GSM, -1)]
        lures = tuple(identity for identity in steps if identity is not None)
        held_s = len(lures) * float(aside.uniform(*each.spec.lure.hold_s))
        below_s = start_s + min(held_s, LONGEST_LURE_SHARE * (end_s - start_s))
    return Captivity(
        phone=phone,
        transmitter=each,
        identity=each.identities[int(captures.identity[row])],
        lures=lures,
        start_s=start_s,
        below_s=below_s,
        end_s=end_s,
        reported_s=float(captures.back_s[row]) + float(rng.exponential(UPLOAD_DELAY_S)),
        cause=int(captures.cause[row]),
    )
