"""What each rule and each innocent explanation is worth: the same traces without it."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from detectors.benign.catalogue import EXPLANATIONS
from detectors.rules import RULES

from .cases import Case
from .figures import Figures, figures
from .runs import Run, Setup, run_all


class Switch(msgspec.Struct, frozen=True):
    """A setting that turns one part off: a rule, or what excuses the causes of ``codes``."""

    name: str
    flag: str
    codes: list[str] = []

    @property
    def title(self) -> str:
        """Its name, and in brackets what it excuses.

        >>> Switch("renumbered", "incidents.benign_causes.renumbered", ["F4", "F5"]).title
        'renumbered (F4, F5)'
        """
        return f"{self.name} ({', '.join(self.codes)})" if self.codes else self.name


class Without(msgspec.Struct, frozen=True):
    """What came of the runs without one part. ``lost`` and ``won`` are transmitters, by name."""

    switch: Switch
    figures: Figures
    lost: list[str]
    won: list[str]


def switches(only: Sequence[str] = ()) -> list[Switch]:
    """Rules first, then innocent explanations; or those of which the name or a code is in ``only``.

    Raises `ValueError` for a name that is none.
    """
    every = [Switch(rule.name, f"rules.{rule.name}.enabled") for rule in RULES] + _explanations()
    known = {word for switch in every for word in (switch.name, *switch.codes)}
    if unknown := [name for name in only if name not in known]:
        raise ValueError(f"no rule or explanation {', '.join(unknown)}")
    return [
        switch for switch in every if not only or not {switch.name, *switch.codes}.isdisjoint(only)
    ]


def ablate(
    base: Sequence[Run],
    every: Sequence[Case],
    setup: Setup,
    off: Sequence[Switch],
    work: Path,
    jobs: int,
) -> list[Without]:
    """Runs all cases once for each switch; ``base`` are the runs with everything on."""
    results = []
    for number, switch in enumerate(off, 1):
        without = Setup(setup.config, {**setup.flags, switch.flag: False}, setup.spoilt)
        label = f"without {switch.name} ({number} of {len(off)})"
        runs = run_all(every, without, work, jobs, label)
        before, after = _detected(base), _detected(runs)
        results.append(
            Without(switch, figures(runs), sorted(before - after), sorted(after - before))
        )
    return results


def _detected(runs: Sequence[Run]) -> set[str]:
    return {
        f"{found.scenario}/{found.seed}/{found.id}"
        for run in runs
        for found in run.found
        if found.detected
    }


def _explanations() -> list[Switch]:
    """By setting, since one setting may excuse several causes."""
    codes: dict[str, list[str]] = {}
    for code, explanation in EXPLANATIONS.items():
        for flag in explanation.switches:
            codes.setdefault(flag, []).append(code)
    # A rule's own switch is among the rules already.
    rules = {f"rules.{rule.name}.enabled" for rule in RULES}
    return [Switch(_name(flag), flag, of) for flag, of in codes.items() if flag not in rules]


def _name(flag: str) -> str:
    """What is special in a setting's name: no first section, no usual ending."""
    parts = flag.removesuffix(".enabled").split(".")
    return ".".join(parts[-2:]) if parts[0] == "rules" else parts[-1]
