"""Whose rows a batch's are, laid out for rules that look at a device's rows in turn."""

from dataclasses import dataclass

import numpy as np

from detectors.model.columns import I8, Text


class Numbers(dict[str, int]):
    """Numbers names in order of appearance; a look-up of a new one numbers it."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number

    def of(self, names: Text | list[str]) -> I8:
        """The number of each name.

        >>> Numbers().of(["a", "b", "a"]).tolist()
        [0, 1, 0]
        """
        return np.fromiter(map(self.__getitem__, names), np.int64, len(names))


@dataclass(frozen=True, slots=True, eq=False)
class DeviceRows:
    """The ``device`` of each row, as a number, the row ``before`` each row of the same device (-1
    for none), and the ``last`` row of each device."""

    device: I8
    before: I8
    last: I8


def device_rows(device: I8) -> DeviceRows:
    """The layout of a column of numbered devices.

    >>> rows = device_rows(np.array([7, 3, 7]))
    >>> rows.before.tolist(), rows.last.tolist()
    ([-1, -1, 0], [1, 2])
    """
    order = np.argsort(device, kind="stable")
    of = device[order]
    is_last = np.ones(len(device), dtype=np.bool_)
    is_last[:-1] = of[1:] != of[:-1]
    before = np.full(len(device), -1, dtype=np.int64)
    if not is_last.all():
        again = np.flatnonzero(~is_last)
        before[order[again + 1]] = order[again]
    return DeviceRows(device, before, order[is_last])
