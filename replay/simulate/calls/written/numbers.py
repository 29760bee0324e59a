"""How numbers are signalled: by the point of record, and in the truth."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from replay.simulate.calls.columns import Flags, Ints
from replay.simulate.calls.number_ranges import HOME_CODE, class_of, is_short
from replay.simulate.calls.written.json_lines import Column, words

FIXED = 0  # among the classes
#: Nature of address (Q.763): unknown, national, international.
UNKNOWN, NATIONAL, GLOBAL = 2, 3, 4


def is_home(numbers: Ints) -> Flags:
    """Numbers of home that have an international form."""
    return np.asarray((class_of(numbers) >= 0) & ~is_short(numbers))


def plain(numbers: Ints, odd: Sequence[str], plus: bool = True) -> Column:
    """The international form with a plus; short and odd numbers as they are."""
    return signalled(numbers, odd, np.full(len(numbers), "+" if plus else ""), national=None)


def signalled(
    numbers: Ints, odd: Sequence[str], before: NDArray[np.str_], national: Flags | None
) -> Column:
    """Numbers behind a text of each row; where ``national``, without the code of the country."""
    numbers = np.asarray(numbers).astype(np.int64)
    digits = pc.cast(pa.array(np.abs(numbers)), pa.string())
    if national is not None:
        digits = pc.if_else(pa.array(national), pc.utf8_slice_codeunits(digits, 2), digits)
    ahead = np.where(is_short(numbers), "", before)
    full = pc.binary_join_element_wise(pa.array(ahead.tolist(), pa.string()), digits, "")
    strange = numbers < 0
    if not strange.any():
        return full
    return pc.if_else(pa.array(strange), words(np.where(strange, -numbers - 1, 0), odd), full)


def caller_forms(
    numbers: Ints, odd: Sequence[str], sip: Flags, abroad: Flags, prefixed: Flags, given: Ints
) -> tuple[Column, Ints]:
    """Calling numbers as a point has them, with their nature of address; 0 where SIP has none."""
    home, short = is_home(numbers), is_short(numbers)
    national = home & ~sip & ~abroad
    leading = national & prefixed & (class_of(numbers) == FIXED)
    before = np.select([sip, leading], ["+", "0"], "")
    nai = np.select([sip, short | leading, national], [0, UNKNOWN, NATIONAL], GLOBAL)
    nai = np.where((numbers < 0) & ~sip, np.where(given > 0, given, UNKNOWN), nai)
    return signalled(numbers, odd, before, national), nai


def callee_forms(numbers: Ints, odd: Sequence[str], sip: Flags) -> Column:
    """Called numbers: with a plus, or as they are dialled at home."""
    home = is_home(numbers)
    trunk = home & (class_of(numbers) == FIXED)
    before = np.select([sip, trunk, ~home], ["+", "0", "00"], "")
    return signalled(numbers, odd, before, home & ~sip)


assert HOME_CODE == 86  # two digits, which `signalled` takes off
