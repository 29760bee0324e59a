"""The door, with a worker that fails on its fifth chunk, as a bug would make it."""

from typing import Any

import cellhound
from streams.worker.screen_stage import ScreenStage

_screen = ScreenStage._screen
_calls = 0


def fail_once(self: ScreenStage, *args: Any) -> Any:
    """Instead of screening."""
    global _calls
    _calls += 1
    if _calls == 5:
        raise RuntimeError("the fault that the test put in")
    return _screen(self, *args)


ScreenStage._screen = fail_once  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    cellhound.main()
