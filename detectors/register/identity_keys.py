"""Texts by which claimed identities are looked up, where columns of numbers are not at hand."""

from detectors.model.finding import Identity


def area_key(claimed: Identity, rat: str | None = None) -> str:
    """Text key of the area of an identity; GSM and UMTS share location areas (TS 23.003 4.1)."""
    rat = rat or claimed.rat
    kind = "la" if rat in ("gsm", "umts") else rat
    return f"{kind}-{claimed.mcc}-{claimed.mnc}-{claimed.area}"


def cell_key(claimed: Identity) -> str:
    """Text key of the full identity."""
    return key_of_cell(claimed.rat, claimed.mcc, claimed.mnc, claimed.area, claimed.cell)


def key_of_cell(
    rat: str | None, mcc: int | None, mnc: int | None, area: int | None, cell: int | None
) -> str:
    """As `cell_key`, of the parts of an identity."""
    return key_in_network(f"{rat}-{mcc}-{mnc}", area, cell)


def key_in_network(network: str, area: int | None, cell: int | None) -> str:
    """As `key_of_cell`, of a RAT and network as one text."""
    return f"{network}-{area}-{cell}"
