"""How many heaps the C library keeps for the threads of a process.

glibc gives each thread one of its own, up to eight a processor, and what was freed in one is of no
use to another. A worker hands its work to a handful of threads in turn, and what a correlator holds
comes and goes in all of them: in a week's recording the one at work grew from 290 to 390 MiB, of
which ten such heaps held 130, while its state stayed at 1 MiB. The threads take turns anyway, as
Python's lock has them do.
"""

import ctypes
from typing import Final

#: By its number in malloc.h.
_M_ARENA_MAX: Final = -8
MOST: Final = 2


def few_arenas() -> bool:
    """Makes threads that are started from now on share `MOST` heaps; whether the C library knows
    that."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, MOST))


def give_back() -> bool:
    """Gives pages back to the system that nothing lies in any more; whether the C library knows how
    to. Some milliseconds, in which other threads that ask for memory wait.

    By itself it gives back only what is free behind all that is in use.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return False
    trim(0)
    return True
