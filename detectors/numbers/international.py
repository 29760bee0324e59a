"""Numbers as signalled, brought to their international form where it can be known.

The nature of address says what the digits are (ITU-T Q.763 3.10): a subscriber's number without its
area, a national number, an international one, or nothing certain. What is stated stands; digits
that contradict it are noted as a clash. Only a prefix that no such number begins with is taken for
what it is: one that calls abroad in any number, one that calls another area in a national one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.model.columns import I8, U1, Bool
from detectors.numbers.classes import SERVICE, SHORT, UNALLOCATED
from detectors.numbers.plan import NumberPlan, Numbers, whole
from detectors.numbers.ranges import MOST_DIGITS
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written

#: Nature of address indicator, ITU-T Q.763 3.10 b. What isn't given is like "unknown".
SUBSCRIBER, UNKNOWN, NATIONAL, INTERNATIONAL = 1, 2, 3, 4
#: Numbering plan indicators of E.164: telephony (ITU-T Q.763 3.10 d), and "unknown" where a switch
#: takes it over from mobile signalling (TS 24.008 10.5.4.7). Others are of data and telex.
_E164_PLANS: Final = (0, 1)

#: How a number was read. Code 0: its international form can't be known, so that it stays as it is.
READINGS: Final = ("international", "after_escape", "national", "after_trunk")
NOT_KNOWN, AS_IT_IS, AFTER_ESCAPE, AT_HOME, AFTER_TRUNK = range(5)


@dataclass(frozen=True, slots=True)
class Read:
    """A column of numbers, each in international form unless ``reading`` is 0.

    ``reading`` is a code of `READINGS`; ``clash`` says that nature of address and digits contradict
    each other. Where ``reading`` is 0 the digits are those that were signalled.
    """

    prefix: I8
    digits: I8
    length: I8
    reading: U1
    clash: Bool


@dataclass(frozen=True, slots=True)
class Form:
    """One way to read numbers, as columns."""

    prefix: I8
    digits: I8
    length: I8

    def begins_with(self, text: str) -> Bool:
        """Which numbers begin with these digits, as far as theirs are known."""
        more = self.digits - len(text)
        same: Bool = (more >= 0) & (self.prefix // 10 ** np.maximum(more, 0) == int(text or 0))
        return same & bool(text)

    def without(self, count: int) -> "Form":
        """The same without its first digits."""
        digits = np.maximum(self.digits - count, 0)
        return Form(self.prefix % 10**digits, digits, np.maximum(self.length - count, 0))

    def after(self, code: str) -> "Form":
        """The same with digits put before it."""
        digits = self.digits + len(code)
        prefix = int(code) * 10**self.digits + self.prefix
        shown = np.minimum(digits, MOST_DIGITS)
        return Form(prefix // 10 ** (digits - shown), shown, self.length + len(code))


def read(
    plan: NumberPlan,
    home: NumberSettings,
    prefix: Numbers,
    digits: Numbers,
    length: Numbers,
    nai: Numbers,
    npi: Numbers,
    plus: Bool | None = None,
) -> Read:
    """Bring numbers to international form. Total: any combination of values gives an answer.

    ``nai`` and ``npi`` as signalled, NaN or below 1 where not given; ``plus``: a + stood in front.
    """
    given = Form(whole(prefix), whole(digits), whole(length))
    usable, number = usable_form(given, whole(npi))
    nai = whole(nai)
    plus = np.zeros(len(nai), dtype=np.bool_) if plus is None else plus
    taken_of = _taken(home)
    forms = (
        *(given, number, number.without(taken_of[AFTER_ESCAPE]), number.after(home.home_code)),
        number.without(taken_of[AFTER_TRUNK]).after(home.home_code),
    )
    reading, clash = _decided(plan, home, forms, np.where(nai < 1, UNKNOWN, nai), plus)
    reading[~usable | (number.length <= np.array(taken_of)[reading])] = NOT_KNOWN
    columns = zip(*map(_columns, forms), strict=True)
    shown, digits_shown, lengths = (np.choose(reading, each) for each in columns)
    return Read(shown, digits_shown, lengths, reading, clash & usable)


def usable_form(given: Form, npi: I8) -> tuple[Bool, Form]:
    """Which numbers can be read at all, and the columns with 0 for the others."""
    usable = (given.digits > 0) & (given.digits <= MOST_DIGITS) & (given.digits <= given.length)
    usable &= (given.prefix >= 0) & (given.prefix < 10 ** np.where(usable, given.digits, 0))
    usable &= (npi < 0) | np.isin(npi, _E164_PLANS)
    return usable, Form(*(np.where(usable, each, 0) for each in _columns(given)))


def international(
    plan: NumberPlan,
    home: NumberSettings,
    numbers: Sequence[str | None],
    nai: Numbers,
    npi: Numbers,
) -> tuple[list[str | None], Read]:
    """Bare numbers in international form, without +, where it can be known, else as they are.

    Beside them the columns of what they have become. An empty text is ``None``.

    >>> from detectors.numbers.plans.shipped import shipped_plan
    >>> given = (["13912345678", "0755-1"], np.array([3, 3]), np.array([1, 1]))
    >>> international(shipped_plan(), NumberSettings(), *given)[0]
    ['8613912345678', '0755-1']
    """
    columns = written(numbers)
    found = read(
        *(plan, home, columns.prefix, columns.digits, columns.length, nai, npi, columns.plus)
    )
    taken = _taken(home)
    code = ("", "", "", home.home_code, home.home_code)
    texts = [
        code[how] + text.removeprefix("+")[taken[how] :] if text and how else text or None
        for text, how in zip(numbers, found.reading.tolist(), strict=True)
    ]
    # After digits were taken away, more of the others are known than `read` could see.
    shown = written([text if how else None for text, how in zip(texts, found.reading, strict=True)])
    known = found.reading > 0
    prefix = np.where(known, shown.prefix, found.prefix)
    digits = np.where(known, shown.digits, found.digits)
    return texts, Read(prefix, digits, found.length, found.reading, found.clash)


def _decided(
    plan: NumberPlan, home: NumberSettings, forms: tuple[Form, ...], nai: I8, plus: Bool
) -> tuple[U1, Bool]:
    """A code of `READINGS` for each number, and which clash."""
    number, at_home = forms[AS_IT_IS], plan.kinds(*_columns(forms[AT_HOME]))
    is_abroad = plan.kinds(*_columns(number)) != UNALLOCATED
    is_home = at_home != UNALLOCATED
    special = (at_home == SHORT) | (at_home == SERVICE)
    # A number that the plan has as it stands begins with no prefix of dialling.
    escaped = number.begins_with(home.international_prefix) & ~is_home
    trunk = number.begins_with(home.trunk_prefix) & ~is_home & ~escaped
    shown = number.digits == np.minimum(number.length, MOST_DIGITS)
    as_international = plus | (nai == INTERNATIONAL)
    as_national = ~plus & (nai == NATIONAL)
    as_local = ~plus & (nai == SUBSCRIBER)
    as_unknown = ~plus & (nai == UNKNOWN)
    # Where only little is known of the digits, both may be there.
    home_alone = is_home & (shown | ~is_abroad)
    abroad_alone = is_abroad & ~is_home & ~np.isin(number.length, home.local_digits)
    reading = np.select(
        [
            escaped & (as_international | as_national | as_local | as_unknown),
            as_international & (~trunk | is_abroad),
            trunk & (as_national | as_local | as_unknown),
            as_national | (as_local & is_home) | (as_unknown & home_alone),
            as_unknown & abroad_alone,
        ],
        [AFTER_ESCAPE, AS_IT_IS, AFTER_TRUNK, AT_HOME, AS_IT_IS],
        NOT_KNOWN,
    ).astype(np.uint8)
    clash = plus & ((nai == SUBSCRIBER) | (nai == NATIONAL))
    clash |= escaped & ~as_unknown & (reading > 0)
    clash |= (as_international & ~is_abroad) & (is_home | trunk)
    # Only with the home country's code: by chance many a number looks like another country's.
    twice = ~is_home & is_abroad & number.begins_with(home.home_code)
    clash |= as_national & (trunk | twice)
    clash |= as_local & (trunk | (is_home & ~special))
    return reading, clash


def _taken(home: NumberSettings) -> tuple[int, ...]:
    """How many digits in front are none of the number, by reading."""
    return 0, 0, len(home.international_prefix), 0, len(home.trunk_prefix)


def _columns(form: Form) -> tuple[I8, I8, I8]:
    return form.prefix, form.digits, form.length
