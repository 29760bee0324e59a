"""How often Python looks for garbage that holds itself.

It does so after each 700 new objects, and every so often looks at all there are: the modules, the
register, what correlators know. A chunk makes some ten thousand objects, which go by themselves
when it is done. So up to a third of a worker's processor time went into looking (single messages,
`python -m benchmarks.stream --only worker`), and nearly nothing was found.
"""

import gc
from typing import Final

#: New objects between two looks at the new ones, and how many of those looks until the next older
#: ones are looked at too.
_NEW: Final = 20_000
_LOOKS: Final = 10


def look_seldom() -> None:
    """From now on looks for such garbage seldom, and not at all among what there is by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW, _LOOKS, _LOOKS)
