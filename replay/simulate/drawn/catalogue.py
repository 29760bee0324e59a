"""The page of parameters, docs/drawn.md: ``python -m replay.simulate.drawn.catalogue``."""

from collections import Counter
from collections.abc import Sequence

from replay.simulate.drawn.parameters import TRANSMITTER, WORLD, Parameter

HEAD = """# Parameters of drawn worlds

Generated from `replay/simulate/drawn/parameters.py` (`make docs`). What `cellhound simulate
--drawn` does with them: [reference.md](reference.md#drawn-worlds). The ranges are wide on purpose
and measured nowhere: where nobody has published how often registers or phones are wrong, detection
must hold at any value that an operator might have. *log*: as often between 1 and 2 as between 10
and 20.
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *table("A world", WORLD), "", *table("A transmitter", TRANSMITTER)])


def table(title: str, parameters: Sequence[Parameter]) -> list[str]:
    """Lines of a section that lists parameters."""
    rows = [f"| `{each.name}` | {_range(each)} | {each.meaning} |" for each in parameters]
    return [f"## {title}", "", "| parameter | range | meaning |", "|---|---|---|", *rows]


def _range(parameter: Parameter) -> str:
    if parameter.scale == "choice":
        often = Counter(parameter.choices)
        each = (f"{name} ({count})" if count > 1 else name for name, count in often.items())
        return ", ".join(each)
    scale = " (log)" if parameter.scale == "log" else ""
    return f"{parameter.low:g} to {parameter.high:g}{scale}"


if __name__ == "__main__":
    print(page())
