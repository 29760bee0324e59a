"""Profiles as files: JSON, plain or gzipped (``.gz``), read strictly.

Whoever mends a file by hand wants to know every key that is wrong, so all problems are listed with
their paths and with what would be right. What a rule kept that is no longer in use is no problem.
"""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from detectors.features.rule import AnyRule
from detectors.profile.profile import VERSION, Profile, ZoneProfile
from streams.config.strict_yaml import convert, listed

_FORMAT = Profile().format
#: What a profile holds at most: a city's takes a few million.
_MOST_BYTES = 1 << 30
#: Problems that are listed; whoever has more has another kind of file.
_MOST_PROBLEMS = 8


class ProfileError(Exception):
    """A file can't be used as a profile; the text says what is wrong with which key."""


def read_profile(path: Path, rules: Sequence[AnyRule]) -> Profile:
    """The profile in a file, with what it keeps of ``rules`` checked too.

    Raises ProfileError where it can't be read, isn't of this version, or breaks a bound.
    """
    tree = _tree(path)
    if not isinstance(tree, dict) or tree.get("format") != _FORMAT:
        raise ProfileError(
            f"{path}: format: is no profile; a file of `cellhound profile export` has the format"
            f" {_FORMAT!r}."
        )
    version = tree.get("version")
    if version != VERSION or isinstance(version, bool):
        raise ProfileError(
            f"{path}: version: must be {VERSION}, got {version!r}; export it anew with this version"
            " of cellhound, or use the version that wrote it."
        )
    problems: list[str] = []
    profile = convert(tree, Profile, "", problems)
    if isinstance(profile, Profile):
        problems += _of_rules(profile, rules)
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        shown = problems[:_MOST_PROBLEMS] + ([f".. and {more} more"] if more > 0 else [])
        raise ProfileError(listed(str(path), shown))
    assert isinstance(profile, Profile)
    return profile


def write_profile(path: Path, profile: Profile) -> None:
    """Writes a profile, gzipped where the name ends in ``.gz``; the same profile gives the same
    bytes. Raises OSError."""
    text = msgspec.json.encode(profile) + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, 4, mtime=0) if path.suffix == ".gz" else text)


def usable(zone: ZoneProfile, rules: Sequence[AnyRule]) -> tuple[ZoneProfile, list[str]]:
    """A zone without what rules kept that isn't of the form of today; the names of those rules."""
    problems = _of_zone(zone, rules, "")
    bad = {name for name, _ in problems}
    kept = {name: each for name, each in zone.rules.items() if name not in bad}
    return msgspec.structs.replace(zone, rules=kept), sorted(bad)


def _tree(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise ProfileError(f"{path}: can't be read ({why}). Name a profile.") from error
    except (EOFError, zlib.error) as error:
        raise ProfileError(f"{path}: is damaged or cut short ({error}).") from error
    if len(content) > _MOST_BYTES:
        raise ProfileError(f"{path}: holds more than {_MOST_BYTES >> 20} MiB: is no profile.")
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: is not JSON: {error}.") from error


def _of_rules(profile: Profile, rules: Sequence[AnyRule]) -> list[str]:
    return [
        text
        for at, zone in enumerate(profile.zones)
        for _, text in _of_zone(zone, rules, f"zones[{at}].")
    ]


def _of_zone(zone: ZoneProfile, rules: Sequence[AnyRule], path: str) -> list[tuple[str, str]]:
    """What is wrong with the parts of rules, with the name of the rule each."""
    types = {rule.name: rule.learned_type for rule in rules}
    found: list[tuple[str, str]] = []
    for name, part in zone.rules.items():
        kind = types.get(name)
        problems: list[str] = []
        if kind is not None:
            convert(part, kind, f"{path}rules.{name}", problems)
        found += [(name, problem) for problem in problems]
    return found
