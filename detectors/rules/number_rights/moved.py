"""Lines of one owner that came by one trunk which their rows lack. Plain data, of the judging state
of `number_rights`."""

from typing import Final

import msgspec

from detectors.model.finding import Observation

_HALF_DAY_MS: Final = 12 * 3_600_000
#: Owners and trunks that are remembered. Chosen: some MB.
_MOST: Final = 1 << 14


class Moved(msgspec.Struct):
    """Of owners and trunks two lines each, the first and the newest other one, with when they came
    last (ms of arrival); the newest owners last."""

    lines: dict[str, dict[str, int]] = {}

    def take(self, observation: Observation) -> int:
        """How many lines of its owner, two at most, came by the trunk of a call in half a day, its
        own among them; the call is taken in."""
        about, values = observation.of_calls, observation.values
        if about is None or about.number is None:
            return 0
        key = f"{values['owner']}|{about.prefix}|{values['trunk']}"
        lines = self.lines.pop(key, {})
        lines = {each: rx for each, rx in lines.items() if observation.rx_ts - rx <= _HALF_DAY_MS}
        if about.number not in lines and len(lines) > 1:
            lines.popitem()
        lines[about.number] = observation.rx_ts
        self.lines[key] = lines
        if len(self.lines) > _MOST:
            del self.lines[next(iter(self.lines))]
        return len(lines)
