"""Public numbers of home that victims of frauds ring: police and other offices, and banks.

Codes of columns: 0 none of them, `OFFICE`, `BANK`. Where the home country isn't China there are
none in the table, and nothing is found.
"""

from typing import Final

import numpy as np

from detectors.features.calls.numbers import Field, numbers_of
from detectors.features.facts import AnyFacts, shared
from detectors.model.columns import U1

OFFICE, BANK = 1, 2
_CHINA: Final = "86"
#: Police (110, 12110), directory (114), procurators (12309), reports of gangs (12337), cities
#: (12345), courts (12368), complaints about the police (12389), the police against fraud (96110).
#: Operators' own lines (10086 and others) are left out: they are rung the most, for other reasons.
OFFICES: Final = (110, 114, 12110, 12309, 12337, 12345, 12368, 12389, 96110)
#: Hotlines of banks and of payments. Others of 955xx are insurers, airlines and power supply.
BANKS: Final = (
    *(95588, 95533, 95599, 95566, 95559, 95555, 95558, 95595, 95577, 95568, 95561, 95528, 95580),
    *(95508, 95527, 95541, 95594, 95526, 95574, 95511, 95302, 95319, 95398, 95516, 95188, 95017),
)


def _international(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """With and without the country's code before them, as both are signalled."""
    return (*numbers, *(int(f"{_CHINA}{number}") for number in numbers))


_OFFICES: Final = np.array(_international(OFFICES), dtype=np.int64)
_BANKS: Final = np.array(_international(BANKS), dtype=np.int64)


@shared
def hotlines(facts: AnyFacts, which: Field = "callee") -> U1:
    """Which numbers of one field are public hotlines, and of whom."""
    found = np.zeros(len(facts.batch), dtype=np.uint8)
    if facts.register.numbers.home.home_code not in ("", _CHINA):
        return found
    read = numbers_of(facts, which)
    whole = (read.digits == read.length) & (read.digits > 0)
    found[whole & np.isin(read.prefix, _OFFICES)] = OFFICE
    found[whole & np.isin(read.prefix, _BANKS)] = BANK
    return found
