"""How far long work has come: a bar on standard error, from the third second on.

What works says what it does (`bar`, `steps`); whether anybody sees it, the caller says (`shown`):
programs and tests that don't ask for it print nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol, TypeVar

from tqdm import tqdm

T = TypeVar("T")

#: Work that is done sooner shows nothing.
AFTER_S: Final = 2.0
#: As tqdm takes it: hidden, or hidden where there is no terminal (``None``), or shown.
_HIDDEN: Final[ContextVar[bool | None]] = ContextVar("hidden", default=True)


@contextmanager
def shown(everywhere: bool = False) -> Iterator[None]:
    """In this ``with`` bars are shown on a terminal; ``everywhere``: also where there is none, as
    in a notebook."""
    before = _HIDDEN.set(False if everywhere else None)
    try:
        yield
    finally:
        _HIDDEN.reset(before)


def bar(what: str, total: float | None = None, unit: str = "", **more: Any) -> Any:
    """A bar of tqdm, as a context: ``update`` it by how much is done of ``total``."""
    return tqdm(
        total=total,
        desc=what,
        unit=unit,
        file=sys.stderr,
        leave=False,
        delay=AFTER_S,
        disable=_HIDDEN.get(),
        **more,
    )


def each(items: Iterable[T], what: str, total: float | None = None, unit: str = "") -> Iterator[T]:
    """The items, with a bar of how many of them have been taken."""
    with bar(what, total, unit) as shown_bar:
        for item in items:
            yield item
            shown_bar.update()


class Reader(Protocol):
    """What reads a file; ``read`` is the share of it that has been read."""

    read: float


def by_bytes(items: Iterable[T], reader: Reader, size: int, what: str) -> Iterator[T]:
    """The items that are made of a file of so many bytes, with a bar of how much is read."""
    with bar(what, size, "B", unit_scale=True) as shown_bar:
        for item in items:
            yield item
            shown_bar.update(round(size * reader.read) - shown_bar.n)


@contextmanager
def steps(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar of so many steps; call what it gives with the name of each as that begins."""
    with bar(what, total, " steps") as shown_bar:

        def begin(name: str) -> None:
            shown_bar.set_postfix_str(name, refresh=False)
            shown_bar.update()

        yield begin
