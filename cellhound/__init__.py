"""Finds rogue base stations while they are on the air, from what phones and the network report.

In a program or a notebook (docs/library.md):

* `detect` runs the whole pipeline over a recorded trace and gives a `Result`: alerts, findings,
  data frames, plots, a report.
* `simulate` makes a trace of which the truth is known.
* `evaluate` scores alerts against the truth and gives `Scores`.

The command `cellhound` is `main`. Nothing is imported before it is asked for, so that neither
``import cellhound`` nor ``cellhound --help`` waits for what it doesn't need.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cellhound.door import main
    from replay.results.result import Result
    from replay.results.running import detect, evaluate
    from replay.results.scored import Scores
    from replay.results.simulating import simulate

__all__ = ["Result", "Scores", "detect", "evaluate", "main", "simulate"]

_ELSEWHERE: Final = {
    "Result": "replay.results.result",
    "Scores": "replay.results.scored",
    "detect": "replay.results.running",
    "evaluate": "replay.results.running",
    "main": "cellhound.door",
    "simulate": "replay.results.simulating",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_ELSEWHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
