"""Lines of one owner that come by one trunk which their rows lack, at the same time. Plain data, of
the judging state of `number_rights`."""

from typing import Final

import msgspec

from detectors.model.finding import Observation

_HALF_DAY_MS: Final = 12 * 3_600_000
#: Owners and trunks that are remembered. Chosen: some MB.
_MOST: Final = 1 << 14
#: Lines of each that are remembered, those that were used last. Chosen: one beside another is
#: enough.
_LINES: Final = 4


class Moved(msgspec.Struct):
    """Of owners and trunks some lines each, with when they came first and last (ms of arrival);
    what was used last stands last."""

    lines: dict[str, dict[str, tuple[int, int]]] = {}

    def take(self, observation: Observation) -> bool:
        """Whether the line of a call came by its trunk while another line of its owner did, within
        half a day; the call is taken in. A caller's numbers are used one after another, an office's
        lines beside each other."""
        about, values, rx = observation.of_calls, observation.values, observation.rx_ts
        if about is None or about.number is None:
            return False
        key = f"{values['owner']}|{about.prefix}|{values['trunk']}"
        lines = self.lines.pop(key, {})
        lines = {each: used for each, used in lines.items() if rx - used[1] <= _HALF_DAY_MS}
        first, _ = lines.pop(about.number, (rx, rx))
        is_beside = any(used[1] > first and used[0] < rx for used in lines.values())
        if len(lines) >= _LINES:
            del lines[next(iter(lines))]
        lines[about.number] = first, rx
        self.lines[key] = lines
        if len(self.lines) > _MOST:
            del self.lines[next(iter(self.lines))]
        return is_beside
