"""Names of networks: their operators, by the codes that their cells broadcast.

``networks.csv`` beside this file has a line for each name: codes, the name in English, and in
Chinese where it has another. It is made by ``python -m tools.networks.compile`` of a public list of
what ITU-T E.212 and the countries give to whom.

An installation may have names of its own, which go before those. They are the one thing here that
a process sets (`name_networks`): once, with its settings, before it works anything off. They are
in texts alone, and decide nothing.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

#: What a network is called whose operator is not known.
_NAMELESS: Final = {"en": "network", "zh": "网络"}
_TABLE: Final = "networks.csv"


class Network(NamedTuple):
    """A network: its code as it is written (MNCs have two digits or three), and its names."""

    plmn: str
    en: str
    zh: str


def codes_of(plmn: str) -> tuple[int, int]:
    """A network's MCC and MNC as numbers, of its code as people write it.

    >>> codes_of("310-012")
    (310, 12)
    """
    mcc, _, mnc = plmn.partition("-")
    return int(mcc), int(mnc)


def _read() -> Mapping[tuple[int, int], Network]:
    lines = (files(__package__) / _TABLE).read_text("utf-8").splitlines()
    found: dict[tuple[int, int], Network] = {}
    for plmns, english, chinese in (line.split(",") for line in lines[1:]):
        for plmn in plmns.split():
            # The first of two that differ in a leading zero only.
            found.setdefault(codes_of(plmn), Network(plmn, english, chinese or english))
    return MappingProxyType(found)


#: By MCC and MNC as numbers.
NETWORKS: Final = _read()
#: .. those that this installation names itself.
_OWN: Final[dict[tuple[int, int], Network]] = {}


def name_networks(own: Iterable[Network]) -> None:
    """Takes up an installation's own names, in place of those that it had."""
    _OWN.clear()
    _OWN.update((codes_of(one.plmn), one) for one in own)


def network_of(mcc: int, mnc: int) -> Network | None:
    """What is known of a network: by the installation, else by the list that ships."""
    return _OWN.get((mcc, mnc)) or NETWORKS.get((mcc, mnc))


def plmn_text(mcc: int, mnc: int) -> str:
    """A network's code, as people write it.

    >>> plmn_text(460, 0), plmn_text(310, 12), plmn_text(1, 1)
    ('460-00', '310-012', '001-01')
    """
    known = network_of(mcc, mnc)
    return known.plmn if known else f"{mcc:03d}-{mnc:02d}"


def network_text(mcc: int, mnc: int, language: str = "en") -> str:
    """A network by its operator's name and its code.

    >>> network_text(460, 0), network_text(460, 0, "zh"), network_text(460, 77)
    ('China Mobile 460-00', '中国移动 460-00', 'network 460-77')
    """
    known = network_of(mcc, mnc)
    name = _NAMELESS[language] if known is None else known.zh if language == "zh" else known.en
    return f"{name} {plmn_text(mcc, mnc)}"
