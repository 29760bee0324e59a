"""What is malformed about a number, as flags that rules read."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8, Bool
from detectors.numbers.classes import UNALLOCATED
from detectors.numbers.international import Read
from detectors.numbers.plan import NumberPlan
from detectors.numbers.ranges import MOST_DIGITS

#: Flag ``k`` is bit ``k``; several may be set. ``not_digits``: letters or signs. ``too_short`` and
#: ``too_long``: all numbers that begin so are longer, or shorter; ``wrong_length``: some are
#: longer and some shorter. ``zeros``: nothing but zeros after the country code. ``unallocated``: no
#: number of the country begins so; ``no_country``: no country's code does. ``clash``: nature of
#: address and digits contradict each other.
MALFORMED: Final = (
    *("not_digits", "too_short", "too_long", "wrong_length", "zeros", "unallocated"),
    *("no_country", "clash"),
)
_BITS: Final = [np.uint16(1 << at) for at in range(len(MALFORMED))]
NOT_DIGITS, TOO_SHORT, TOO_LONG, WRONG_LENGTH, ZEROS, NO_RANGE, NO_COUNTRY, CLASH = _BITS
#: ITU-T E.164 6.2.1. Plans may have longer ones, which are no subscribers'.
_MOST_E164: Final = 15
#: No plan has numbers of one or two digits; three are for emergencies (ITU-T E.161.1).
_LEAST: Final = 3
#: So many zeros are no accident of a number whose first digits are all that is known.
_LEAST_ZEROS: Final = 4


def malformed(plan: NumberPlan, numbers: Read, spoilt: Bool | None = None) -> NDArray[np.uint16]:
    """Flags for each number; 0 for one that is in order, withheld, or of which nothing is known.

    ``spoilt``: the number as written held something else than digits (`Written`). Where the
    international form is not known, only what is wrong in any form is flagged.
    """
    prefix, digits, length = numbers.prefix, numbers.digits, numbers.length
    flags = np.zeros(len(prefix), dtype=np.uint16)
    answers = plan.look_up(prefix, digits, length)
    known = numbers.reading > 0
    missing = known & (answers.kind == UNALLOCATED)
    lengths = np.where(missing, plan.lengths(prefix, digits), 0)
    asked = missing & (lengths > 0)
    short = asked & (_bit(length) < (lengths & -lengths))
    long = asked & (lengths >> np.minimum(np.maximum(length, 0), 62) == 0)
    nothing = missing & (lengths == 0)
    no_country = nothing & (answers.code_digits == 0)
    flags[short | ((length > 0) & (length < _LEAST))] |= TOO_SHORT
    flags[long | ((length > _MOST_E164) & ~(known & ~missing))] |= TOO_LONG
    flags[asked & ~short & ~long] |= WRONG_LENGTH
    flags[nothing & ~no_country] |= NO_RANGE
    flags[no_country] |= NO_COUNTRY
    flags[_is_zero(prefix, digits, np.where(known, answers.code_digits, 0))] |= ZEROS
    flags[numbers.clash] |= CLASH
    if spoilt is not None:
        flags[spoilt] |= NOT_DIGITS
    return flags


def names_of(flags: int) -> tuple[str, ...]:
    """The words for a number's flags.

    >>> names_of(0b100001)
    ('not_digits', 'unallocated')
    """
    return tuple(name for at, name in enumerate(MALFORMED) if flags >> at & 1)


def _is_zero(prefix: I8, digits: I8, code_digits: I8) -> Bool:
    body = np.where((digits > 0) & (digits <= MOST_DIGITS), digits - code_digits, 0)
    zero: Bool = (body >= _LEAST_ZEROS) & (prefix >= 0) & (prefix % 10 ** np.maximum(body, 0) == 0)
    return zero


def _bit(length: I8) -> I8:
    """Bit of a length; lengths beyond all plans share one."""
    bit: I8 = np.left_shift(np.int64(1), np.minimum(np.maximum(length, 0), 62))
    return bit
