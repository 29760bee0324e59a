"""Severities of alerts, from the least on."""

import tomllib
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_suffix(".toml")
#: What each is in other people's formats, by severity and format.
IN_FORMATS: Final[dict[str, dict[str, Any]]] = tomllib.loads(_FILE.read_text("utf-8"))
SEVERITIES: Final = tuple(IN_FORMATS)


def rank(severity: str) -> int:
    """The place of a severity among all; -1 for an unknown one.

    >>> rank("high") > rank("low")
    True
    """
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1
