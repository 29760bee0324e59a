"""Names that look alike: letters of one script in a name, and no two names of one shape.

The table is the part of Unicode's confusables (UTS 39) that matters once names are NFKC and
casefolded: small letters of Cyrillic, Greek and Armenian that are drawn as Latin ones, and the
digits and pairs of letters that people mistake.
"""

import unicodedata
from typing import Final

#: Scripts that one language writes side by side.
_TOGETHER: Final = {"CJK": "Han", "HIRAGANA": "Han", "KATAKANA": "Han", "HANGUL": "Han"}
_FROM: Final = "асԁеһіјӏорԛѕυνԝхуүοαιρνυκχγоɑıօսոհցզ"
_INTO: Final = "acdehijlopqsuvwxyyoaipvukxyoaiounhgq"
_SHAPES: Final = dict(zip(_FROM, _INTO, strict=True)) | {"0": "o", "1": "l", "m": "rn", "w": "vv"}


def scripts(name: str) -> set[str]:
    """The scripts of its letters; digits and signs have none.

    >>> scripts("anna-3"), scripts("王伟"), sorted(scripts("\u0430nna"))
    ({'LATIN'}, {'Han'}, ['CYRILLIC', 'LATIN'])
    """
    letters = (sign for sign in name if unicodedata.category(sign)[0] in "LM")
    named = (unicodedata.name(sign, "UNKNOWN").partition(" ")[0] for sign in letters)
    return {_TOGETHER.get(script, script) for script in named if script != "COMBINING"}


def skeleton(name: str) -> str:
    """What two names have in common that look the same.

    >>> skeleton("m0de1") == skeleton("model"), skeleton("\u0441\u043e\u0440") == skeleton("cop")
    (True, True)
    """
    bare = "".join(
        sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign)
    )
    shaped = "".join(_SHAPES.get(sign, sign) for sign in bare)
    # A Latin w may come out of the first step.
    return "".join(_SHAPES.get(sign, sign) for sign in shaped)
