"""How long a million rows of a register take: read and checked, made into messages, written.

    python -m benchmarks.register_import [ROWS]

prints seconds of a processor for OpenCelliD's CSV with a header, without one, and gzipped.
"""

import gzip
import random
import sys
import tempfile
import time
from pathlib import Path

from streams.register.csv_file import read_register
from streams.register.csv_layout import OPENCELLID
from streams.register.csv_write import write_register_file
from streams.register.topic_rows import register_messages


def main() -> None:
    """Writes a drawn register in three forms and times each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    lines = "".join(_rows(count)).encode()
    header = ",".join(OPENCELLID).encode() + b"\n"
    forms = {"cells.csv": header + lines, "bare.csv": lines, "bare.csv.gz": gzip.compress(lines, 6)}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in forms.items():
            path = Path(folder) / name
            path.write_bytes(data)
            begun = time.process_time()
            register = read_register(path)
            read = time.process_time()
            messages = sum(1 for _ in register_messages(register))
            made = time.process_time()
            write_register_file(path.with_name("written.csv"), register)
            written = time.process_time()
            print(
                f"{name}: {count:,} rows of {len(data) / 1e6:.0f} MB read in {read - begun:.1f} s,"
                f" {messages:,} messages made in {made - read:.1f} s, a file written in"
                f" {written - made:.1f} s"
            )


def _rows(count: int) -> list[str]:
    draw = random.Random(1)
    radios = ("GSM", "UMTS", "LTE", "LTE", "LTE", "NR")
    return [
        f"{draw.choice(radios)},{draw.choice((262, 460, 234))},{draw.randrange(1, 12)},"
        f"{draw.randrange(1, 65_000)},{draw.randrange(1, 65_000)},{draw.randrange(500)},"
        f"{draw.uniform(5, 15):.6f},{draw.uniform(45, 55):.6f},{draw.randrange(10_000)},"
        f"{draw.randrange(1, 500)},1,1459{draw.randrange(10**6):06},"
        f"1489{draw.randrange(10**6):06},0\n"
        for _ in range(count)
    ]


if __name__ == "__main__":
    main()
