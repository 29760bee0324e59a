"""Tables that lie beside the code, ship with it, and are read once, when it is imported."""

import tomllib
from importlib.resources import files
from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_table(package: str, name: str, kind: type[T]) -> T:
    """A TOML file of a package, as a type.

    Raises `ImportError` that names the file, and the key that is wrong or lacking.
    """
    try:
        return msgspec.convert(tomllib.loads(read_text(package, name)), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise fault(package, name, str(error)) from None


def read_text(package: str, name: str) -> str:
    """A file of a package. Raises `ImportError` that names it."""
    try:
        return (files(package) / name).read_text("utf-8")
    except OSError as error:
        raise fault(package, name, str(error)) from None


def fault(package: str, name: str, what: str) -> ImportError:
    """An error in such a file."""
    return ImportError(f"{package.replace('.', '/')}/{name}: {what}")
