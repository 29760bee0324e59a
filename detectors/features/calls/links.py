"""What findings about calls and texts are linked by: values that those of one campaign share.

How much each kind of link says is told in `detectors/calls/links.py`.
"""

from typing import TypedDict, Unpack

from detectors.model.finding import Identity, OfCalls


class Parts(TypedDict, total=False):
    """The kinds of links: a call's trunk, its callee's region, the range of its caller's number
    (`range_of`), the terminal and the cell (`cell_of`) that it was made from, in which manner it is
    odd (`manner_of`), and in which it is where whoever it is takes turns with another number; the
    number that is rung back; a text's domain, sender and form."""

    trunk: str | None
    region: str | None
    prefix: str | None
    terminal: str | None
    cell: str | None
    manner: str | None
    turn: str | None
    callback: str | None
    domain: str | None
    sender: str | None
    template: str | None


def links_of(**parts: Unpack[Parts]) -> tuple[str, ...]:
    """Links ``kind:value``, in the order given, of what is known.

    >>> links_of(trunk="gw-1", region=None, prefix=range_of(OfCalls(prefix="8610", length=12)))
    ('trunk:gw-1', 'prefix:8610/12')
    """
    return tuple(f"{kind}:{value}" for kind, value in parts.items() if value)


def range_of(number: OfCalls) -> str | None:
    """The range of a number: the digits that are known, and its length; ``None`` where either
    isn't."""
    return f"{number.prefix}/{number.length}" if number.prefix and number.length else None


def cell_of(cell: Identity) -> str | None:
    """A cell as the register's keys have it; ``None`` where the cell isn't known.

    >>> cell_of(Identity("lte", 460, 0, 4100, 100000001)), cell_of(Identity("lte", 460, 0))
    ('lte-460-0-4100-100000001', None)
    """
    if cell.cell is None:
        return None
    return f"{cell.rat}-{cell.mcc}-{cell.mnc}-{cell.area}-{cell.cell}"


def manner_of(rule: str, what: str, came_by: str | None, region: str | None) -> str | None:
    """By which rule and in which way a call is odd, by which trunk it came in, or in which cell it
    was made, and to which region; ``None`` where the former isn't known: all numbers of a country
    of whose calls nobody says whence they came would share that.

    >>> manner_of("wangiri", "abroad", "gw-1", None), manner_of("wangiri", "abroad", None, "10")
    ('wangiri|abroad|gw-1|', None)
    """
    return f"{rule}|{what}|{came_by}|{region or ''}" if came_by else None
