"""Tables of text, in columns for a terminal or as Markdown for the page."""

from collections.abc import Sequence

import msgspec

from .figures import Rate, Share, Spread


class Table(msgspec.Struct, frozen=True):
    """A title, the names of the columns, and rows of as many cells."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def plain(table: Table) -> str:
    """Columns of equal width; numbers to the right."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    text = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([table.title, "-" * len(table.title), *text])


def markdown(table: Table) -> str:
    """A Markdown table under its title."""
    rule = ["---", *["---:"] * (len(table.header) - 1)]
    lines = [table.header, rule, *table.rows]
    return "\n".join(
        [f"### {table.title}", "", *("| " + " | ".join(line) + " |" for line in lines)]
    )


def of_share(value: Share) -> str:
    """A share with its counts and interval.

    >>> of_share(Share(3, 4, 0.75, (0.301, 0.954)))
    '0.75 (3 of 4; 0.30 - 0.95)'
    """
    if value.share is None:
        return "-"
    low, high = value.interval
    return f"{value.share:.2f} ({value.hits} of {value.trials}; {low:.2f} - {high:.2f})"


def of_coverage(value: Share) -> str:
    """A share with its counts only: regions of one incident are right or wrong together."""
    return "-" if value.share is None else f"{value.share:.2f} ({value.hits} of {value.trials})"


def of_spread(value: Spread, unit: str) -> str:
    """Median and 95th percentile with the number of values behind them."""
    if value.median is None or value.p95 is None:
        return "-"
    return f"{value.median:.0f} / {value.p95:.0f} {unit} ({value.count})"


def of_rate(value: Rate) -> str:
    """Events a day with the interval."""
    if value.a_day is None:
        return "-"
    return f"{value.a_day:.2f} ({value.interval[0]:.2f} - {value.interval[1]:.2f})"


def of_number(value: float | None, form: str = "{:.2f}") -> str:
    """A number, or a dash for none."""
    return "-" if value is None else form.format(value)
