"""Where calls from outside the operator's network claim to come from, as groups of like numbers.

An origin is a word: ``cc:GB`` for a country's numbers, ``home:fixed`` for a class of the home
country's, ``here:mobile`` for those of them of which the register says that they aren't abroad,
``odd`` for what is no number or can't be read as one, ``withheld`` for none.
"""

import numpy as np

from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, numbers_of
from detectors.features.calls.origin import NOT_ABROAD, of_home
from detectors.features.facts import AnyFacts
from detectors.model.codes import text_of
from detectors.model.columns import I8, Bool, Calls
from detectors.numbers.classes import NUMBER_CLASSES
from detectors.numbers.international import Read
from detectors.numbers.malformed import malformed

ODD, WITHHELD, ABROAD = "odd", "withheld", "cc:"


def is_odd(facts: AnyFacts, rows: I8) -> Bool:
    """Which of some rows' callers have a number that is none, or can't be read as one."""
    read = _of_rows(numbers_of(facts), rows)
    odd: Bool = (malformed(facts.register.numbers.plan, read) > 0) | (read.reading == 0)
    return odd & given(facts.batch.caller[rows])


def origins_of(facts: AnyFacts, rows: I8) -> list[str]:
    """The origin of each of some rows' callers; a loop, so for few rows."""
    batch: Calls = facts.batch
    read, book = _of_rows(numbers_of(facts), rows), facts.register.numbers
    odd = is_odd(facts, rows)
    at_home = of_home(facts)[rows]
    country = book.plan.look_up(read.prefix, read.digits, read.length).country
    kind = classes(facts)[rows]
    here = np.isin(batch.roaming_check[rows], NOT_ABROAD)
    found = []
    for at, row in enumerate(rows.tolist()):
        if batch.caller[row] is None:
            found.append(WITHHELD)
        elif odd[at]:
            found.append(ODD)
        elif at_home[at]:
            word = text_of(int(kind[at]), NUMBER_CLASSES) or "number"
            found.append(f"{'here' if here[at] else 'home'}:{word}")
        else:
            place = int(country[at])
            found.append(ABROAD + (book.plan.countries[place - 1] if place > 0 else ""))
    return found


def _of_rows(read: Read, rows: I8) -> Read:
    prefix, digits, length = (column[rows] for column in (read.prefix, read.digits, read.length))
    return Read(prefix, digits, length, read.reading[rows], read.clash[rows])
