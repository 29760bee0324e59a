"""How far long work has come: a bar on standard error, from the third second on.

What works says what it does (`bar`, `steps`); whether anybody sees it, the caller says (`shown`):
programs and tests that don't ask for it print nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
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


@contextmanager
def bar(what: str, total: float | None = None, unit: str = "", **more: Any) -> Iterator[Any]:
    """A bar of tqdm: ``update`` it by how much is done of ``total``."""
    fixed: dict[str, Any] = {"file": sys.stderr, "leave": False, "delay": AFTER_S}
    with tqdm(total=total, desc=what, unit=unit, disable=_HIDDEN.get(), **fixed, **more) as made:
        if made.disable:
            yield made
            return
        # It is drawn when it is updated: what takes long at one thing must be drawn by itself.
        alarm = Timer(AFTER_S, made.refresh)
        alarm.daemon = True
        alarm.start()
        try:
            yield made
        finally:
            alarm.cancel()
            alarm.join()


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
    begun = 0
    with bar(what, total, " steps") as shown_bar:

        def begin(name: str) -> None:
            nonlocal begun
            shown_bar.set_postfix_str(name, refresh=False)
            shown_bar.update(min(1, begun))  # The one before it is done.
            begun += 1

        yield begin
