"""The door, with a worker that screens and commits but never reports how far it has come."""

import cellhound
from streams.worker.screen_stage import ScreenStage


async def send_nothing(self: ScreenStage) -> None:
    """Instead of sending watermarks."""


ScreenStage.send_watermarks = send_nothing  # type: ignore[method-assign]

if __name__ == "__main__":
    cellhound.main()
