"""Numbers of a stream, which were brought to international form when they came in.

Whoever reads a bare number knows all of its digits, and keeps their international form where that
is known, else the digits as signalled; a + and prefixes of dialling are gone. `international.read`
is for what was signalled; this is for what is left of it.
"""

import numpy as np

from detectors.numbers.classes import SERVICE, SHORT, UNALLOCATED
from detectors.numbers.international import (
    AS_IT_IS,
    AT_HOME,
    INTERNATIONAL,
    NATIONAL,
    NOT_KNOWN,
    SUBSCRIBER,
    Form,
    Read,
    usable_form,
)
from detectors.numbers.plan import NumberPlan, Numbers, whole
from detectors.numbers.settings import NumberSettings


def read_decoded(
    plan: NumberPlan,
    home: NumberSettings,
    prefix: Numbers,
    digits: Numbers,
    length: Numbers,
    nai: Numbers,
    npi: Numbers,
) -> Read:
    """As `international.read`, of the columns of a stream. Total.

    A national number has the home country's code in front by now. Where nature of address says
    nothing, digits that may be an international number or a national one are not known.
    """
    given = Form(whole(prefix), whole(digits), whole(length))
    usable, number = usable_form(given, whole(npi))
    nature = whole(nai)
    at_home = number.after(home.home_code)
    inner = number.without(len(home.home_code))
    kind, at_home_kind, inner_kind = (
        plan.kinds(form.prefix, form.digits, form.length) for form in (number, at_home, inner)
    )
    is_abroad, is_home = kind != UNALLOCATED, at_home_kind != UNALLOCATED
    has_code = number.begins_with(home.home_code)
    is_local = np.isin(number.length, home.local_digits)
    reading = np.select(
        [
            (nature == INTERNATIONAL) | (nature == NATIONAL),
            (nature == SUBSCRIBER) & is_home,
            (nature == SUBSCRIBER) | (nature > INTERNATIONAL),
            has_code & is_abroad,
            is_abroad & ~is_home & ~is_local,
            is_home & ~is_abroad,
        ],
        [AS_IT_IS, AT_HOME, NOT_KNOWN, AS_IT_IS, AS_IT_IS, AT_HOME],
        NOT_KNOWN,
    ).astype(np.uint8)
    reading[~usable] = NOT_KNOWN
    clash = (nature == INTERNATIONAL) & ~is_abroad & is_home
    twice = ~is_abroad & inner.begins_with(home.home_code) & (inner_kind != UNALLOCATED)
    clash |= (nature == NATIONAL) & (~has_code | twice)
    clash |= (nature == SUBSCRIBER) & is_home & ~np.isin(at_home_kind, (SHORT, SERVICE))
    columns = ((form.prefix, form.digits, form.length) for form in (given, number, at_home))
    shown, digits_shown, lengths = (
        np.choose(reading, (own, plain, plain, behind))
        for own, plain, behind in zip(*columns, strict=True)
    )
    return Read(shown, digits_shown, lengths, reading, clash & usable)
