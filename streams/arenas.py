"""How many heaps the C library keeps for the threads of a process, and what it keeps in them.

glibc gives each thread one of its own, up to eight a processor, and what was freed in one is of no
use to another. A worker hands its work to a handful of threads in turn, and what a correlator holds
comes and goes in all of them: in a week's recording the one at work grew from 290 to 390 MiB, of
which ten such heaps held 130, while its state stayed at 1 MiB. The threads take turns anyway, as
Python's lock has them do.

By default each piece of memory of 128 kB or more comes from the system and goes back to it, and so
does what is free at a heap's end. What is fetched and decoded comes and goes in pieces of a
megabyte, and the system clears each page of it anew: that was a fourteenth of a worker's processor
time (`python -m benchmarks.stream --only worker`). So such pieces stay in the heap until
`give_back`.
"""

import ctypes
from typing import Final

#: By their numbers in malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
MOST: Final = 2
#: Smaller pieces lie in a heap, of which so much may be free at its end (bytes). The C library
#: takes no more than the first.
_IN_HEAP, _FREE_AT_END = 32 << 20, 64 << 20


def few_arenas() -> bool:
    """Makes threads that are started from now on share `MOST` heaps, and these keep what was freed
    in them for a while; whether the C library knows that."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    options = {
        _M_ARENA_MAX: MOST,
        _M_MMAP_THRESHOLD: _IN_HEAP,
        _M_TRIM_THRESHOLD: _FREE_AT_END,
    }
    taken = [mallopt(option, value) for option, value in options.items()]
    return all(taken)


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
