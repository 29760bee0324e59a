"""Areas, channels and codes of cells, by the names that each technology has for them.

TS 45.005 (ARFCN), TS 25.101 (UARFCN), TS 36.101 (EARFCN), TS 38.104 (NR-ARFCN); TS 23.003, 4.3.2
(BSIC: a network's colour code of three bits, then a base station's), TS 25.213 (primary scrambling
code), TS 36.211 and TS 38.211 (physical cell identity).
"""

from typing import Final

from detectors.networks.names import network_text

_OF_TRACKING: Final = ("lte", "nr")
_CELL: Final = {"en": "cell", "zh": "小区"}
_CHANNELS: Final = {"gsm": "ARFCN", "umts": "UARFCN", "lte": "EARFCN", "nr": "NR-ARFCN"}
_CODES: Final = {"gsm": "BSIC", "umts": "PSC", "lte": "PCI", "nr": "PCI"}
_ANY_CHANNEL: Final = {"en": "channel", "zh": "频点"}
_ANY_CODE: Final = {"en": "code", "zh": "码"}
_COLOURS: Final = {"en": " (NCC {}, BCC {})", "zh": "（NCC {}，BCC {}）"}
_BITS: Final = 6
#: MCC, MNC, area and cell.
_PARTS: Final = 4


def area_text(rat: str | None, area: int | str) -> str:
    """An area's code: a tracking area's in LTE and NR, else a location area's.

    >>> area_text("lte", 4100), area_text(None, 61234)
    ('TAC 4100', 'LAC 61234')
    """
    return f"{'TAC' if rat in _OF_TRACKING else 'LAC'} {area}"


def cell_text(cell: int | str, language: str = "en") -> str:
    """A cell by its identity.

    >>> cell_text(12), cell_text(12, "zh")
    ('cell 12', '小区 12')
    """
    return f"{_CELL[language]} {cell}"


def named_cell(rat: str | None, key: str, language: str = "en") -> str:
    """A cell by its network's code, area and identity, as rules write it in a value.

    >>> named_cell("lte", "460-00-4100-1001"), named_cell("lte", "another cell")
    ('China Mobile 460-00 TAC 4100 cell 1001', 'another cell')
    """
    parts = key.split("-")
    if len(parts) != _PARTS or not all(part.isdecimal() for part in parts):
        return key
    mcc, mnc, area, cell = map(int, parts)
    named = network_text(mcc, mnc, language), area_text(rat, area), cell_text(cell, language)
    return " ".join(named)


def channel_text(rat: str | None, number: int | str, language: str = "en") -> str:
    """A channel number, by the technology's word for it.

    >>> channel_text("gsm", 87), channel_text("nr", 504990), channel_text(None, 87, "zh")
    ('ARFCN 87', 'NR-ARFCN 504990', '频点 87')
    """
    return f"{_CHANNELS.get(rat or '', _ANY_CHANNEL[language])} {number}"


def code_text(rat: str | None, code: int | str, language: str = "en") -> str:
    """A cell's code, by the technology's word for it; a BSIC with the two that it is made of.

    >>> code_text("gsm", 33), code_text("lte", 201), code_text(None, 5)
    ('BSIC 33 (NCC 4, BCC 1)', 'PCI 201', 'code 5')
    """
    text = f"{_CODES.get(rat or '', _ANY_CODE[language])} {code}"
    if rat != "gsm" or not isinstance(code, int) or code >> _BITS:
        return text
    return text + _COLOURS[language].format(code >> 3, code & 7)
