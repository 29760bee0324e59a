"""Where calls from outside the operator's network claim to come from, as groups of like numbers.

An origin is a word: ``cc:GB`` for a country's numbers, ``home:fixed`` for a class of the home
country's, ``here:mobile`` for those of them of which the register says that they aren't abroad,
``odd`` for what is no number or can't be read as one, ``withheld`` for none.
"""

from typing import Final

import numpy as np

from detectors.features.calls.numbers import classes, listed, numbers_of
from detectors.features.facts import AnyFacts
from detectors.model.codes import ROAMING_CHECKS, code_of, text_of
from detectors.model.columns import I8, Bool, Calls
from detectors.numbers.book import NO_ROW
from detectors.numbers.classes import NUMBER_CLASSES
from detectors.numbers.international import Form, Read
from detectors.numbers.malformed import malformed

ODD, WITHHELD, ABROAD = "odd", "withheld", "cc:"
_ABROAD: Final = code_of("abroad", ROAMING_CHECKS)
_NOT_ABROAD: Final = [code_of(text, ROAMING_CHECKS) for text in ("home", "detached", "unallocated")]


def origins_of(facts: AnyFacts, rows: I8) -> list[str]:
    """The origin of each of some rows' callers."""
    batch: Calls = facts.batch
    read, book = _of_rows(numbers_of(facts), rows), facts.register.numbers
    is_odd = (malformed(book.plan, read) > 0) | (read.reading == 0)
    at_home = is_of_home(facts, rows)
    country = book.plan.look_up(read.prefix, read.digits, read.length).country
    kind = classes(facts)[rows]
    here = np.isin(batch.roaming_check[rows], _NOT_ABROAD)
    found = []
    for at, row in enumerate(rows.tolist()):
        if batch.caller[row] is None:
            found.append(WITHHELD)
        elif is_odd[at]:
            found.append(ODD)
        elif at_home[at]:
            word = text_of(int(kind[at]), NUMBER_CLASSES) or "number"
            found.append(f"{'here' if here[at] else 'home'}:{word}")
        else:
            place = int(country[at])
            found.append(ABROAD + (book.plan.countries[place - 1] if place > 0 else ""))
    return found


def is_of_home(facts: AnyFacts, rows: I8) -> Bool:
    """Which callers of some rows have numbers of the home country."""
    read = _of_rows(numbers_of(facts), rows)
    form = Form(read.prefix, read.digits, read.length)
    home: Bool = (read.reading > 0) & form.begins_with(facts.register.numbers.home.home_code)
    return home


def has_reason(facts: AnyFacts, rows: I8) -> Bool:
    """Which callers the home network has abroad, or whose calls were diverted: roamers."""
    batch: Calls = facts.batch
    diverted = np.array([who is not None for who in batch.redirecting[rows]], dtype=np.bool_)
    roams: Bool = (batch.roaming_check[rows] == _ABROAD) | diverted
    return roams


def has_right(facts: AnyFacts, rows: I8) -> Bool:
    """Which callers the operator's list lets call on the trunk by which they came, or trusts."""
    found, book = listed(facts), facts.register.numbers
    right = found.trusted[rows].copy()
    own = found.row[rows]
    for at in np.flatnonzero((own != NO_ROW) & ~right).tolist():
        right[at] = facts.batch.trunk[rows[at]] in book.rights(int(own[at]))
    return right


def _of_rows(read: Read, rows: I8) -> Read:
    prefix, digits, length = (column[rows] for column in (read.prefix, read.digits, read.length))
    return Read(prefix, digits, length, read.reading[rows], read.clash[rows])
