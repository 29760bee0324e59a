"""The messages of `benchmarks/fuzz.py`, chosen by atheris, which looks for branches not yet taken.

atheris is not among the project's dependencies: `make fuzz-guided` installs it into `build/`. Runs
until something fails or it is stopped; libFuzzer's options go through, such as ``-runs=100000`` or
``-max_total_time=600``, and a folder in which it keeps what led to new branches.

    python -m benchmarks.fuzz_guided [-runs=N] [CORPUS]
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

with atheris.instrument_imports(include=["streams", "field", "detectors"]):
    from benchmarks.measuring.fuzz.run import Fuzzer

T = TypeVar("T")


class Bytes:
    """Chance as the bytes of a fuzzer give it; all zeros once they are used up."""

    def __init__(self, data: bytes) -> None:
        self._given = atheris.FuzzedDataProvider(data)

    def randrange(self, start: int, stop: int, /) -> int:
        """A number from ``start`` up to below ``stop``."""
        return int(self._given.ConsumeIntInRange(start, stop - 1))

    def choice(self, seq: Sequence[T], /) -> T:
        """One of them."""
        return seq[self.randrange(0, len(seq))]


def main() -> None:
    """Runs atheris."""
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder))

        def read(data: bytes) -> None:
            failures = fuzzer.read(fuzzer.spoilt(Bytes(data)))
            assert not failures, failures

        atheris.Setup(sys.argv, read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
