"""The truth of a simulated trace: one line a transmitter, as the evaluation reads it."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import RATS, code_of
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue_places import Parked
from replay.simulate.world import World

HONEST_WITHIN_M = 3000.0


def truth_lines(world: World) -> list[str]:
    """JSON lines for `truth.jsonl`, one for each transmitter."""
    return [_line(world, index, each) for index, each in enumerate(world.transmitters)]


def _line(world: World, index: int, transmitter: Transmitter) -> str:
    times_s = _track_times(transmitter)
    x, y = transmitter.place(times_s)
    lat, lon = world.place.latlon(x, y)
    near = _near(world, x, y)
    captures = world.captures
    # Who was turned away may come back only when the recording is over.
    seen = (captures.cause == 0) | (captures.back_s < world.scenario.duration_s)
    returns = captures.back_s[(captures.transmitter == index) & seen]
    identities = [*transmitter.identities, *transmitter.lures]
    truth = {
        "id": transmitter.spec.id,
        "rat": transmitter.spec.rat,
        "kind": transmitter.spec.kind,
        "identities": [identity.cell_fields() for identity in identities],
        "active": [world.ms(np.array(span)) for span in transmitter.spec.active_s],
        "track": [
            list(point) for point in zip(world.ms(times_s), lat.tolist(), lon.tolist(), strict=True)
        ],
        "first_return_ts": world.ms_at(returns.min()) if len(returns) else None,
        "honest": [_honest(world, near, identity) for identity in identities],
    }
    return msgspec.json.encode(truth).decode()


def _track_times(transmitter: Transmitter) -> NDArray[np.float64]:
    """Times of the track's points: the steps on the air; a parked one's first and last moment."""
    first_s, last_s = transmitter.spec.active_s[0][0], transmitter.spec.active_s[-1][1]
    if isinstance(transmitter.spec.place, Parked):
        return np.array([first_s, last_s])
    step_s = transmitter.step_s
    between = np.arange(np.floor(first_s / step_s) + 1, np.ceil(last_s / step_s)) * step_s
    return np.concatenate([[first_s], between, [last_s]])


def _near(world: World, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of the real cells whose mast stands within `HONEST_WITHIN_M` of the track."""
    network = world.network
    # The track's points are at most a few hundred metres apart, so its corners are enough.
    east, north = network.site_x[:, None] - x, network.site_y[:, None] - y
    nearest_m = np.hypot(east, north).min(axis=1)
    return np.flatnonzero(nearest_m[network.site] <= HONEST_WITHIN_M)


def _honest(world: World, near: NDArray[np.int64], identity: Identity) -> str | None:
    """Whether real cells near by use the very cell of an identity, or only its area."""
    network = world.network
    same = near[
        (network.rat[near] == code_of(identity.rat, RATS))
        & (network.mcc[near] == identity.mcc)
        & (network.mnc[near] == identity.mnc)
        & (network.area[near] == identity.area)
    ]
    if len(same) == 0:
        return None
    return "cell" if (network.cell[same] == identity.cell).any() else "area"
