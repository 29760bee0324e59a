"""How far long work has come: a bar on standard error, from the third second on.

What works says what it does (`bar`, `steps`); whether anybody sees it, the caller says (`shown`):
programs and tests that don't ask for it print nothing.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from tqdm import tqdm

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


@contextmanager
def steps(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar of so many steps; call what it gives with the name of each as that begins."""
    with bar(what, total, " steps") as shown_bar:

        def begin(name: str) -> None:
            shown_bar.set_postfix_str(name, refresh=False)
            shown_bar.update()

        yield begin
