"""What an installation has learned when a drawn world begins: hours of the same city before it."""

import shutil
from pathlib import Path

from replay.detect import Memory, detect
from replay.simulate.drawn.simulation import simulate_before
from replay.simulate.drawn.world_draw import DrawnWorld
from streams.config.settings import Settings
from streams.privacy.hasher import Hasher


def learned(
    world: DrawnWorld, hours: int, settings: Settings, hasher: Hasher, folder: Path
) -> Path | None:
    """The profile after so many honest hours of a world's city, hour by hour, its people on other
    ways in each; ``None`` after none. Raises what `simulate_before` and `detect` raise."""
    profile = None
    for hour in range(hours):
        trace, out, end = folder / "before", folder / "before-out", folder / f"profile-{hour}"
        simulate_before(world, trace, float(hours - hour), hour + 1)
        detect(trace, out, settings, hasher, memory=Memory(profile, end))
        shutil.rmtree(trace)
        shutil.rmtree(out)
        profile = end
    return profile
