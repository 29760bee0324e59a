"""What ships beside the code: the folder of configuration, and the scenarios in it by name.

Imports next to nothing, so that a shell that completes a name needn't wait.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Folders of scenarios in the one of configuration, and what stands before the names of theirs.
_FOLDERS: Final = {
    "scenarios": "",
    "suites/attacks": "attacks/",
    "suites/benign": "benign/",
    "suites/worst": "worst/",
}
#: The value of that key: the rest of its line, and the indented lines that follow.
_DESCRIPTION: Final = re.compile(r"(?m)^description:(.*(?:\n +.*)*)")


def configs_dir() -> Path:
    """The folder of shipped configuration: in the installed package, or beside it in a checkout."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "configs"
    return installed if installed.is_dir() else here.parent / "configs"


def shipped_scenarios() -> dict[str, Path]:
    """Files of the scenarios that ship, by name; those for people first.

    >>> list(shipped_scenarios())[:4]
    ['benign-city', 'calls/town', 'demo', 'far-clone']
    """
    return {
        before + path.relative_to(folder).with_suffix("").as_posix(): path
        for name, before in _FOLDERS.items()
        for folder in (configs_dir() / name,)
        for path in sorted(folder.rglob("*.yaml"))
    }


def scenario_file(named: str | Path) -> Path | None:
    """The file of a scenario: ``named`` itself where that is a file, else the shipped one of that
    name, else ``None``."""
    path = Path(named)
    return path if path.is_file() else shipped_scenarios().get(str(named))


def no_such_scenario(named: str) -> str:
    """That a name is no scenario, as a sentence, with one that is alike and some that there are.

    >>> no_such_scenario("moving-blastr")[:72]
    "'moving-blastr' is no file, and no scenario that ships. Did you mean mov"
    """
    from difflib import get_close_matches

    names = list(shipped_scenarios())
    alike = "".join(f" Did you mean {name}?" for name in get_close_matches(named, names, 1))
    for_people = ", ".join(name for name in names if "/" not in name)
    return (
        f"{named!r} is no file, and no scenario that ships.{alike} There are {for_people} and more,"
        " which `cellhound simulate --list` prints."
    )


def described_scenarios() -> Iterator[tuple[str, str]]:
    """Names of the scenarios that ship, each with the text of its ``description``, else with that
    of the comment above it.

    >>> dict(described_scenarios())["benign-city"]
    'A city without any rogue transmitter.'
    """
    for name, path in shipped_scenarios().items():
        text = path.read_text("utf-8")
        if found := _DESCRIPTION.search(text):
            # Folded over several lines, or in one.
            yield name, " ".join(found[1].strip().removeprefix(">-").split())
        else:
            yield name, text.partition("\n")[0].lstrip("# ")
