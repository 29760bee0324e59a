"""Writes the names of networks that ship: ``python -m tools.networks.compile LIST [FILE]``.

``LIST`` is ``mcc-mnc-list.json`` of the npm package mcc-mnc-list (MIT), which follows what ITU-T
E.212's country codes and national numbering plans give to whom. What operators are called in
Chinese is in ``chinese.toml`` beside this file.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parents[2] / "detectors" / "networks" / "networks.csv"
_CHINESE: Final = Path(__file__).with_name("chinese.toml")
#: Codes that no operator has any more, or not yet.
_NOBODYS: Final = frozenset(("Reserved", "Returned spare"))
#: What is called otherwise here: networks of laboratories and without a code of their own, and a
#: name that beside codes would be taken for one.
_OWN_WORDS: Final = {"TEST": "test network", "Internal use": "internal use", "3": "Three"}
_ASIDE: Final = re.compile(r"\s*\([^)]*\)")


def page(rows: Iterable[Mapping[str, Any]]) -> str:
    """The table: codes, name in English, name in Chinese, a line for each name."""
    chinese = tomllib.loads(_CHINESE.read_text("utf-8"))["names"]
    networks: dict[tuple[str, str], list[str]] = {}
    taken: set[tuple[int, int]] = set()
    for row in sorted(rows, key=_order):
        code = int(row["mcc"]), int(row["mnc"])
        name = name_of(row["brand"] or row["operator"] or "")
        if code in taken or not name or row["status"] in _NOBODYS:
            continue
        taken.add(code)
        special = chinese.get(row["mcc"], {})
        key = name, special.get(name) or chinese.get(name, "")
        networks.setdefault(key, []).append(f"{row['mcc']}-{row['mnc']}")
    lines = sorted((" ".join(sorted(codes)), *names) for names, codes in networks.items())
    return "".join(f"{','.join(line)}\n" for line in [("plmns", "en", "zh"), *lines])


def name_of(brand: str) -> str:
    """A name as people use it: the first of several, without what stands in brackets.

    >>> name_of("1O1O / One2Free"), name_of("3 (2G)"), name_of("TEST")
    ('1O1O', 'Three', 'test network')
    """
    first = _ASIDE.sub("", brand.partition(" / ")[0]).partition(",")[0].strip()
    return _OWN_WORDS.get(first, first).replace('"', "")


def _order(row: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Of two rows for one code that whose network is on the air comes first."""
    return row["mcc"], row["mnc"].zfill(3), row["status"] != "Operational"


def _is_plain(row: Mapping[str, Any]) -> bool:
    """Whether it is for one code of two or three digits, not for a range or for none."""
    return re.fullmatch(r"\d{3}-\d{2,3}", f"{row['mcc']}-{row['mnc']}") is not None


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else _FILE
    out.write_text(page(filter(_is_plain, listed)), encoding="utf-8")
