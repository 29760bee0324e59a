"""Letters that look like others: of other scripts, and digits and pairs that stand for letters.

A small table: what browsers and registries call confusable with Latin letters in the alphabets that
domains were seen with (Unicode UTS 39, `confusables.txt`).
"""

from typing import Final

_OF_OTHER_SCRIPTS: Final = {
    "a": "àáâãäåāăąǎαаạảấầẩ",
    "b": "ƀɓЬьвβḃ",
    "c": "çćĉċčсϲ",
    "d": "ďđԁɗḍ",
    "e": "èéêëēĕėęěеєẹẻẽ",
    "f": "ƒϝ",
    "g": "ĝğġģɡց",
    "h": "ĥħһհн",
    "i": "ìíîïĩīĭįıιіїịỉ",
    "j": "ĵјϳ",
    "k": "ķĸκкқ",
    "l": "ĺļľŀłӏ",
    "m": "мṁ",
    "n": "ñńņňŉηпո",
    "o": "òóôõöøōŏőοоօọỏ",
    "p": "рρṕ",
    "q": "ԛգ",
    "r": "ŕŗřг",
    "s": "śŝşšѕș",
    "t": "ţťŧтτț",
    "u": "ùúûüũūŭůűųυսụủ",
    "v": "νѵṽ",
    "w": "ŵωԝẁẃẅ",
    "x": "хχẋ",
    "y": "ýÿŷγуүỳ",
    "z": "źżžȥ",
}
_LATIN: Final = str.maketrans(
    {other: latin for latin, others in _OF_OTHER_SCRIPTS.items() for other in others}
)
#: What each of a group stands for once it is no longer distinguished.
_ALIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "3": "e", "4": "a", "5": "s", "8": "b"}
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def shown(label: str) -> str:
    """A label as it is shown: one in Punycode (RFC 3492) in its own letters.

    >>> shown("xn--icb-6ed"), shown("bank")
    ('icbс', 'bank')
    """
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def in_latin(text: str) -> str:
    """A text with letters of other scripts as those Latin ones that they look like.

    >>> in_latin("icbс")
    'icbc'
    """
    return text.translate(_LATIN)


def skeleton(text: str) -> str:
    """What two texts share if they look alike.

    >>> skeleton("1cbc") == skeleton("icbc"), skeleton("taoba0") == skeleton("taobao")
    (True, True)
    """
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return text.translate(_ALIKE)
