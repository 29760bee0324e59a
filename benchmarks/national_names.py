"""What hashing a telephone number costs, without and with a national key: µs of a processor.

python benchmarks/national_names.py
"""

import time

import numpy as np

from streams.privacy.hasher import Hasher

_COUNT, _RUNS = 100_000, 7


def main() -> None:
    """Prints the best of some runs over a column of bare numbers."""
    texts = np.array([f"86138{n:08d}" for n in range(_COUNT)], dtype=np.object_)
    nature = np.full(_COUNT, 4.0)
    for name, national in (("without", None), ("with", b"a national key of benchmarks")):
        hasher = Hasher(b"a key of benchmarks alone", national=national)
        best = min(_seconds(hasher, texts, nature) for _ in range(_RUNS))
        print(f"{name} a national key: {1e6 * best / _COUNT:.2f} us a number")


def _seconds(hasher: Hasher, texts: np.ndarray, nature: np.ndarray) -> float:
    begun = time.process_time()
    hasher.numbers(texts, nature)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
