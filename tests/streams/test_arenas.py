"""Threads of a process share few heaps of the C library."""

import platform
import subprocess
import sys

import pytest

#: Twelve threads that are there together each take memory, and `malloc_info` lists all heaps.
_PROGRAM = """
import ctypes, sys, threading
from streams.arenas import few_arenas

if sys.argv[1] == "few":
    assert few_arenas()
libc, there = ctypes.CDLL(None), threading.Barrier(12)
libc.malloc.restype = ctypes.c_void_p

def take():
    there.wait()
    libc.malloc(100_000)
    there.wait()

threads = [threading.Thread(target=take) for _ in range(12)]
for each in threads: each.start()
for each in threads: each.join()
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def _heaps(how: str) -> int:
    listed = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how], capture_output=True, text=True, check=True
    )
    return listed.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_threads_share_few_heaps() -> None:
    assert _heaps("few") <= 2 < _heaps("many")


#: Blocks of 100 kB, of which each fiftieth is still in use: bytes that were given back.
_HOLES = """
from pathlib import Path
from streams.arenas import give_back

def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [b"1" * 100_000 for _ in range(1000)]
blocks = blocks[::50]
before = resident()
assert give_back()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_is_free_between_what_is_in_use_is_given_back() -> None:
    given = subprocess.run(
        [sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True
    )
    assert int(given.stdout) > 50_000_000


#: How many pages the system has cleared while pieces of a megabyte came and went a hundred times.
_CLEARED = """
import resource, sys
from streams.arenas import few_arenas

if sys.argv[1] == "few":
    assert few_arenas()

def cleared() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    pieces = [bytes([place]) * (1 << 20) for place in range(6)]
    pieces.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(sum([cleared() for _ in range(100)]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_comes_and_goes_is_not_taken_from_the_system_anew() -> None:
    kept, usual = (
        int(
            subprocess.run(
                [sys.executable, "-c", _CLEARED, how], capture_output=True, check=True
            ).stdout
        )
        for how in ("few", "many")
    )
    assert kept < usual / 10
