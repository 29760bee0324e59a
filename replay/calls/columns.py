"""Rows of words in columns, for people."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[object]]) -> list[str]:
    """A line for each row, in columns as wide as their widest word; ``None`` is a dash.

    >>> aligned([("point", "trunk"), ("msc", None)])
    ['point  trunk', 'msc    -']
    """
    words = [["-" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*words, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in words]
