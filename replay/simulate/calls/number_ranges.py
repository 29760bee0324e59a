"""Made-up telephone numbers of every class, and which class a number is of.

No range is set aside for fiction in the numbering plan of China, so that numbers are drawn from
blocks by a pattern: the sixth and seventh digit of a mobile number are 55 (1PQ XX 55 NNNN), a fixed
one begins with 555, and so do those of 400 and of other countries wherever their plan allows.
Short numbers of police, banks and operators are the public ones. A mobile number's home region is
that of its fourth and fifth digit. Of the serial numbers of fixed lines, 400 and other countries
frauds have the upper half, so that no honest caller has a fraud's number unless it is impersonated.
"""

import re

import numpy as np

from replay.simulate.calls.columns import Flags, Floats, Ints, mixed

HOME_CODE = 86
OWN = (134, 135, 136, 137, 138, 139, 158, 188)
OTHERS = ((130, 186, 156), (133, 189, 153), (131, 185, 176), (180, 177, 199))
MVNO = (170, 171, 165)
NEW = (163, 164, 168)  # 3-digit ranges that had not been opened by 2023
IOT_BASE = 8610648_55_000000  # 13 digits after the country code
#: Serial numbers of a block from here on belong to no line of a person.
LINES_BELOW = 9000

#: Area codes, with the length of the local number.
AREAS = (
    *((10, 8), (21, 8), (20, 8), (28, 8), (755, 8), (571, 8), (27, 8), (29, 8), (23, 8), (22, 8)),
    *((25, 8), (24, 8), (371, 8), (531, 8), (591, 8), (731, 8), (451, 8), (431, 8), (851, 8)),
    *((971, 7), (891, 7)),
)

POLICE, DIRECTORY, ANTI_FRAUD, VOICE_MAIL = 110, 114, 96110, 12599
BANKS = (95588, 95533, 95599, 95566, 95555)
SHORTS = (POLICE, DIRECTORY, 10086, 10010, 10000, 12315, 12345, ANTI_FRAUD, VOICE_MAIL, *BANKS)
#: What a call centre abroad likes to show: police, banks, operators, courts' exchanges.
SHOWN_SHORTS = (POLICE, *BANKS, 10086, 10000, 12315)

#: Countries whose people call in, and free digits: fictitious where the country has such a range
#: that is allocated (1, 61), else mobile numbers with 55 after the leading digits.
FOREIGN = (
    *((1_213_55501, 2), (1_415_55501, 2), (44_7400_555, 3), (61_491_57, 4), (65_8555, 4)),
    *((852_9555, 4), (60_12_555, 4), (66_81_555, 4), (63_915_555, 4), (81_90_5555, 4)),
    *((82_10_5555, 4), (855_12_555, 3), (84_91_555, 4), (971_50_555, 4), (7_915_555, 4)),
)
#: Countries from which wangiri rings.
WANGIRI = (
    *((216_98_555, 3), (222_2255, 4), (224_62_255, 4), (232_76_555, 3), (252_61_555, 4)),
    *((371_2055, 4), (381_60_555, 4), (675_7055, 4), (677_74_555, 2)),
)


def mobile(prefix: Ints, block: Ints, serial: Ints) -> Ints:
    """Mobile numbers: three digits, two of the block, 55, four of the serial number."""
    return np.asarray(HOME_CODE * 10**11 + prefix * 10**8 + block * 10**6 + 550_000 + serial)


def blocks_of(region: int, regions: int) -> Ints:
    """The blocks whose numbers are at home in a region."""
    return np.arange(region, 100, regions)


def fixed(region: Ints, serial: Ints, fraud: bool = False) -> Ints:
    """Fixed lines of regions; ``serial`` may be anything."""
    code = np.array([code for code, _ in AREAS])[region]
    digits = np.array([length for _, length in AREAS])[region]
    free = 10 ** (digits - 3)
    digits_of_code = np.where(code < 100, 2, 3)
    head = HOME_CODE * 10**digits_of_code + code
    return np.asarray((head * 1000 + 555) * free + _half(serial, free, fraud))


def four_hundred(serial: Ints, fraud: bool = False) -> Ints:
    """Numbers of 400."""
    return np.asarray(86_400_555_0000 + _half(serial, np.array(10_000), fraud))


def _half(serial: Ints, free: Ints, fraud: bool) -> Ints:
    """A serial number in the half of a range that is meant."""
    return np.asarray(serial % (free // 2) + (free // 2 if fraud else 0))


def iot(serial: Ints, fraud: bool = False) -> Ints:
    """Numbers of things."""
    return np.asarray(IOT_BASE + _half(serial, np.array(1_000_000), fraud))


def foreign(country: Ints, serial: Ints, fraud: bool = False) -> Ints:
    """Numbers of other countries, by rows of `FOREIGN` and, after them, `WANGIRI`."""
    table = (*FOREIGN, *WANGIRI)
    head = np.array([head for head, _ in table])[country]
    free = 10 ** np.array([digits for _, digits in table])[country]
    return np.asarray(head * free + _half(serial, free, fraud))


def offnet(
    keys: Ints, region: Ints, regions: int, operators: int, seed: int, fraud: bool = False
) -> Ints:
    """Mobile numbers of other operators, the same for the same key."""
    bits = mixed(keys, seed).astype(np.int64) & (2**40 - 1)
    table = np.array([each for some in OTHERS[:operators] for each in some])
    prefix = table[bits % len(table)]
    blocks = 100 // regions
    block = region + regions * ((bits >> 8) % blocks)
    serial = (bits >> 20) % LINES_BELOW
    return mobile(prefix, block, LINES_BELOW + serial % 1000 if fraud else serial)


def is_short(numbers: Ints) -> Flags:
    """Numbers without any code of country or area."""
    return np.asarray((numbers > 0) & (numbers < 10**6))


def dialled(numbers: Ints) -> Ints:
    """What people dial who saw a number: short ones without the code of the country before them."""
    digits = np.floor(np.log10(np.maximum(numbers, 1).astype(float))).astype(np.int64) + 1
    short = numbers - HOME_CODE * 10 ** np.maximum(digits - 2, 0)
    return np.where((digits < 9) & np.isin(short, SHORTS), short, numbers)


def is_mobile(numbers: Ints) -> Flags:
    """Mobile numbers of home, also those of virtual operators."""
    return np.asarray((numbers >= 86 * 10**11 + 10**10) & (numbers < 86 * 10**11 + 2 * 10**10))


CLASSES = ("fixed", "mobile", "iot", "mvno", "400", "short", "service")


def class_of(numbers: Ints) -> Ints:
    """Classes, -1 where a number is of another country or of no class."""
    found = np.full(len(numbers), -1)
    digits = np.where(numbers > 0, np.floor(np.log10(np.maximum(numbers, 1).astype(float))) + 1, 0)
    lead2 = (numbers // 10 ** np.maximum(digits - 2, 0).astype(np.int64)).astype(np.int64)
    lead5 = (numbers // 10 ** np.maximum(digits - 5, 0).astype(np.int64)).astype(np.int64)
    home = (lead2 == HOME_CODE) & (digits >= 12)
    found[home & (digits <= 13)] = 0
    moving = is_mobile(numbers)
    found[moving] = 1
    prefix = np.where(moving, numbers // 10**8 - 86_000, 0)
    found[np.isin(prefix, MVNO)] = 3
    found[home & (digits == 15)] = 2
    found[(lead5 == 86_400) & (digits == 12)] = 4
    found[is_short(numbers)] = 5
    return found


#: Every number of a trace, as digits of the international form, is of one of these.
MADE_UP = re.compile(
    "|".join(
        (
            r"861\d{4}55\d{4}",
            *(rf"86{code}555\d{{{digits - 3}}}" for code, digits in AREAS),
            r"86400555\d{4}",
            r"861064855\d{6}",
            *(rf"(86)?{short}" for short in SHORTS),
            *(rf"{head}\d{{{digits}}}" for head, digits in (*FOREIGN, *WANGIRI)),
        )
    )
)


def serials(rng: np.random.Generator, n: int) -> Ints:
    """Any numbers, to be cut to what a range has room for."""
    return rng.integers(0, 2**40, n)


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> Floats:
    """Numbers that are as often in one octave as in another."""
    return np.asarray(low * (high / low) ** rng.random(n))
