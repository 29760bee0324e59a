"""Everything that a release brings along: packages of the lock, and the page's third-party files.

Names and versions come from `requirements-run.lock` and the page's `package-lock.json`, licences
from the installed packages, which the locks pin.
"""

import base64
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements-run.lock"
_WEB: Final = ROOT / "field" / "console" / "web"


class UnknownLicence(Exception):  # noqa: N818 - it names what is the matter
    """A package whose licence is not known, or may not be shipped; the text says which."""


@dataclass(frozen=True)
class Part:
    """A package with its licence (SPDX), those that it needs, and its digest where there is one."""

    kind: str
    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()
    sha512: str = ""

    @property
    def purl(self) -> str:
        return f"pkg:{self.kind}/{self.name}@{self.version}"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("licences.toml").read_text("utf-8"))


def parts() -> list[Part]:
    """All of them by kind and name. Raises UnknownLicence."""
    return [*_packages(), *_page()]


def direct() -> list[str]:
    """What pyproject.toml names itself."""
    return sorted(canonicalize_name(each.name) for each in _direct())


def _direct() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def _packages() -> list[Part]:
    pins = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", LOCK.read_text("utf-8")))
    wanted = {name: [Requirement(text) for text in requires(name) or ()] for name in pins}
    extras: dict[str, set[str]] = {}
    for each in (*_direct(), *(each for some in wanted.values() for each in some)):
        extras.setdefault(canonicalize_name(each.name), {""}).update(each.extras)
    return [
        Part(
            "pypi",
            name,
            version,
            licence(name, version),
            tuple(sorted(_needed(wanted[name], extras[name]) & pins.keys())),
        )
        for name, version in sorted(pins.items())
    ]


def _needed(wanted: list[Requirement], extras: set[str]) -> set[str]:
    """Those whose conditions hold here with any of the extras that are asked for."""
    return {
        canonicalize_name(each.name)
        for each in wanted
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    }


def licence(name: str, version: str) -> str:
    """The SPDX expression of an installed package. Raises UnknownLicence."""
    about, table = metadata(name).json, _table()
    read_version, read = table["read"].get(name, (None, None))
    if read_version == version:
        found = read
    else:
        words = str(about.get("license_expression") or about.get("license") or "").strip()
        found = table["words"].get(words, words)
    return checked(name, version, found)


def checked(name: str, version: str, found: str) -> str:
    """The expression, where one of its alternatives may be shipped. Raises UnknownLicence."""
    may = set(_table()["may_be_shipped"])
    choices = [set(re.split(r"\s+AND\s+", choice)) for choice in re.split(r"\s+OR\s+", found)]
    if not any(choice <= may for choice in choices):
        raise UnknownLicence(
            f"{name} {version}: {found[:60]!r} is not known to tools/release/licences.toml as"
            " something that may be shipped. Read its licence, and put it there or take it out."
        )
    return found


def _page() -> list[Part]:
    """The packages of which files are shipped: those with a licence among the reviewed files."""
    listed = (_WEB / "vendor.sha256").read_text("utf-8")
    names = re.findall(r"(?m)\s(\S+)\.LICENSE\.txt$", listed)
    lock = json.loads((_WEB / "package-lock.json").read_text("utf-8"))["packages"]
    found = []
    for name in sorted(names):
        about = lock[f"node_modules/{name}"]
        version, integrity = about["version"], about["integrity"].removeprefix("sha512-")
        digest = base64.b64decode(integrity).hex()
        terms = checked(name, version, about["license"])
        found.append(Part("npm", name, version, terms, sha512=digest))
    return found
