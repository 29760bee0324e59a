"""Lays out the room of a new rule: `make rule NAME=two_sims`.

The files say with TODO what they want; `tests/detectors/test_rule_room.py` lists what is left.
"""

import argparse
import re
import sys
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[1]
TEMPLATES = Path(__file__).parent / "room"


def lay_out(name: str, rules: Path = ROOT / "detectors" / "rules") -> list[Path]:
    """The files written, for a name in lower case with underscores that no rule has.

    Raises `ValueError` for another name, `FileExistsError` where the room is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name):
        raise ValueError(f"{name!r} should be words in lower case, as in two_sims")
    words = {"name": name, "title": "".join(word.capitalize() for word in name.split("_"))}
    folder = rules / name
    folder.mkdir()
    written = []
    for template in sorted(TEMPLATES.glob("*.txt")):
        path = folder / template.name.removesuffix(".txt")
        path.write_text(Template(template.read_text("utf-8")).substitute(words), "utf-8")
        written.append(path)
    return written


def main() -> int:
    """Exit code 2 for a name that won't do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="what it observes, as in unknown_old_area")
    name = parser.parse_args().name
    try:
        written = lay_out(name)
    except FileExistsError:
        print(f"detectors/rules/{name}/ is there already.", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"No rule was laid out: {error}.", file=sys.stderr)
        return 2
    print("\n".join(str(path.relative_to(ROOT)) for path in written))
    print(
        f"Add `  {name}: {{}}` under rules: in configs/default.yaml, furnish the room, and see what"
        f' is left:\n  make one T="test_rule_room.py and {name}"'
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
