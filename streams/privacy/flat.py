"""Text as a reader would copy it onto paper: one digit is one character, whatever its disguise.

The forms of a number are without end, so they are taken off before anything is looked for: digits
of other scripts and widths, invisible characters, exotic dashes and blanks, and escapes of URLs,
JSON, HTML and source code, also escapes of escapes. All of it is linear in the length of the text.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

#: Escapes within escapes, and disguises within those, are taken off so often.
ROUNDS: Final = 8
#: What may begin an escape.
_OPENERS: Final = re.compile(r"[\\%&=]")
#: In each, one group holds the digits: four or braced hexadecimal, two, three octal; HTML's.
_ESCAPE: Final = re.compile(
    r"(?<!\\)\\++(?:[uU](?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{4}))|x([0-9A-Fa-f]{2})|([0-7]{3}))"
    r"|%u([0-9A-Fa-f]{4})|&#[xX]0{0,8}([0-9A-Fa-f]{1,6});?|&#0{0,8}([0-9]{1,7});?"
)
_GROUPS_OF_BASE: Final = {4: 8, 7: 10}
#: Digits in quoted-printable (RFC 2045 6.7), a run of them: ``imei=35`` is none.
_QUOTED_PRINTABLE: Final = re.compile(r"(?:=3[0-9]){7,}")
_DOTS: Final = "\u00b7\u2022\u2027\u2219\u22c5\u30fb"
#: Chinese numerals, plain, financial and as the telephone is read out, with zero written in two
#: ways.
_NUMERALS: Final = dict(
    zip("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789", strict=True)
)
_KEPT_CODES: Final = 8192


class _Shown(dict[int, str]):
    """What each character is kept as; made when it is first met, for so many of them."""

    def __missing__(self, code: int) -> str:
        shown = _shown(chr(code))
        if len(self) < _KEPT_CODES:
            self[code] = shown
        return shown


def flat(text: str) -> str:
    """``text`` without disguises; itself where it has none.

    >>> flat("IMSI ４６０\\u200b00%31"), flat(r"\\u0034\\\\u0036"), flat("d-17")
    ('IMSI 460001', '46', 'd-17')
    """
    for _ in range(ROUNDS):
        if text.isascii() and text.isprintable() and not _OPENERS.search(text):
            break
        opened = _opened(text).translate(_TABLE)
        if opened == text:
            break
        text = opened
    return text


def is_flat(text: str) -> bool:
    """Whether nothing is left to be taken off: what is nested deeper than `ROUNDS` isn't."""
    return _opened(text).translate(_TABLE) == text


def cut(text: str, most: int) -> str:
    """At most ``most`` characters; a cut doesn't leave the first part of a number behind.

    >>> cut("van 13812345678", 12), cut("van 12", 12)
    ('van ', 'van 12')
    """
    if len(text) <= most:
        return text
    kept = text[:most]
    whole = re.match(r"(?s).*[\s\"',:;{}]", kept[-_LONGEST_WORD:])
    end = len(kept) - min(len(kept), _LONGEST_WORD) + (0 if whole is None else whole.end())
    rest = kept[end:]
    return kept[:end] if any(map(str.isnumeric, rest)) or _OPENERS.search(rest) else kept


_LONGEST_WORD: Final = 256


def _opened(text: str) -> str:
    if "%" in text:
        text = unquote(text, errors="replace")
    if "=3" in text:
        text = _QUOTED_PRINTABLE.sub(lambda found: found.group().replace("=3", ""), text)
    if "\\" in text or "&#" in text or "%u" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text


def _unescaped(found: re.Match[str]) -> str:
    at = found.lastindex or 1
    code = int(found[at], _GROUPS_OF_BASE.get(at, 16))
    return chr(code) if code <= 0x10FFFF else ""


def _shown(sign: str) -> str:
    if sign in "\n\t\r":
        return sign
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Cf", "Cs", "Mn", "Me"):
        return ""
    if kind in ("Zs", "Zl", "Zp"):
        return " "
    if kind == "Pd" or sign == "\u2212":
        return "-"
    if sign in _DOTS:
        return "."
    return "".join(map(_plain, unicodedata.normalize("NFKC", sign)))


def _plain(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    return _NUMERALS.get(sign, sign) if digit is None else str(digit)


_TABLE: Final = _Shown({code: chr(code) for code in range(0x20, 0x7F)})
