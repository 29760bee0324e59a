"""Identifiers of people and of their devices, wherever they stand in a text and however written.

One pattern finds whatever may be one, word by word, and leaves alone what a pseudonymiser made:
hashes in hexadecimal and base64, UUIDs. Everything in it is bounded or follows one way only, so
that it is linear in the length of the text. What is found has one name in all its forms: digits, or
+ and digits for a telephone.

Long because a form that is looked for, what is left alone beside it and what it is called are one
decision: apart, a form could be found by one and named by nobody.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from typing import Final

from streams.privacy.flat import flat
from streams.privacy.numbering import Numbering, swapped

#: What may stand between the digits of one number.
_BETWEEN: Final = r"[ \t.,:\-_/()\[\]|*'~]{1,3}"
_FORM: Final = re.compile(
    # So each form begins: what is none, as most of a nest of brackets, is passed over at once.
    r"(?=[0-9a-z+])(?:"
    # A hash of ours, a key of the register, a cell as people write it, a UUID, an address.
    r"(?P<kept>\bh-[0-9a-f]{24}\b"
    r"|\b(?:gsm|umts|lte|nr)-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,8}-[0-9]{1,11}\b(?![\-0-9]))"
    r"|(?P<identity>\b[0-9]{3}-[0-9]{2,3}-[0-9]{1,5}-[0-9]{1,5}\b(?![\-0-9]))"
    r"|(?P<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
    r"|(?P<address>(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![.0-9]))"
    # SUCI (TS 23.003 2.2B, 28.7.3): the number of a subscriber in its home network.
    r"|suci-[0-9]-(?P<suci_plmn>[0-9]{3}-[0-9]{2,3})-[0-9a-f]{1,4}-[0-9a-f]{1,2}-[0-9a-f]{1,3}"
    r"-(?P<suci>[0-9a-f]{1,600})"
    r"|(?:type[0-9]\.)?(?:rid[0-9a-f]{1,4}\.)?(?:schid[0-9a-f]{1,2}\.)?(?:hnkey[0-9a-f]{1,3}\.)?"
    r"(?:userid|cip)(?P<userid>[0-9a-f]{5,600})(?P<realm>[0-9a-z.\-]{0,60}@[a-z0-9.\-]{1,100})?"
    # NAI (TS 23.003 14, 19): a digit for the method, IMSI, and the network as its realm.
    r"|(?<![0-9])[0-9](?P<nai>[0-9]{15})(?=@[a-z0-9.\-]{0,80}3gppnetwork)"
    r"|(?P<label>imsi|imeisv|imei|msisdn|supi|gpsi|iccid|tel|phone|mobile|pei|esn)"
    r"(?P<after>[\s:=#\-]{0,4}\+?(?=[0-9]))(?P<labelled>[0-9]+(?:" + _BETWEEN + r"[0-9]+)*)"
    r"|(?<![0-9a-z])(?=[0-9]{0,64}[a-z])(?P<word>[0-9a-z]{10,}={0,2})"
    r"|(?P<groups>\+?[0-9]+(?:" + _BETWEEN + r"\+?[0-9]+)*)"
    r")",
    re.IGNORECASE | re.ASCII,
)
#: A name without a letter.
_UNLETTERED: Final = re.compile(r"[\s\"<]*(\+?)[\s(\[]*([0-9][^a-zA-Z@+]*)", re.ASCII)
_MAC: Final = re.compile(
    r"[0-9a-f]{2}(?:[:\-][0-9a-f]{2}){5,7}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}", re.I
)
_GROUP: Final = re.compile(r"\+?[0-9]+")
_RUN: Final = re.compile(r"[0-9]{10,}")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
#: Digits in half bytes, the last but one a filler (TS 24.008 10.5.4.7).
_SEMI_OCTETS: Final = re.compile(r"[0-9]{10,18}f[0-9]", re.IGNORECASE)
#: Mobile equipment identifier: 14 hexadecimal digits from A0.. (3GPP2 C.S0072).
_MEID: Final = re.compile(r"[a-f][0-9a-f]{13}", re.IGNORECASE)
_HEX: Final = re.compile(r"(?:h-)?[0-9a-f]{16,128}", re.IGNORECASE)
_HEX_INTEGER: Final = re.compile(r"0x[0-9a-f]{8,17}", re.IGNORECASE)
#: Digests have so many hexadecimal digits. Among these a long run of decimal ones is chance; of a
#: shorter one it is the most.
_DIGEST_DIGITS: Final = frozenset((24, 32, 40, 48, 56, 64, 96, 128))
#: With a letter, or next to nothing but zeros: digits alone may hold a number, spelt out or not.
_ALERT_ID: Final = re.compile(r"(?=[0-9]*[a-f]|0{23})[0-9a-f]{32}")
_LONG_RUN: Final = re.compile(r"[0-9]{14}")
#: Of the hexadecimal digits of a digest, six in sixteen are letters: this share is hardly missed.
_LETTERS_IN: Final = 8
#: Numbers are written in no more groups that differ; a list of levels has more.
_MOST_GROUPS: Final = 5
#: One whose groups all lie apart by the same sign may have more.
_MOST_EVEN_GROUPS: Final = 20
_PAIR: Final = 2
#: IMEI of the bodies that give most of them (GSMA TS.06), and ICCID.
_BEGINNINGS: Final = ("01", "35", "86", "99", "89", "98")
#: A list of so many is no note: it is one thing, whatever it holds.
_MOST_LISTED: Final = 200
#: A number in groups has at least so many characters.
_SHORTEST: Final = 8
#: The whole part of a coordinate has no more digits.
_WHOLE_DIGITS: Final = 3
#: No measured value has so many before its point.
_LONG_WHOLE: Final = 8
#: A cell written as 460-00-4100-12345; with 15 digits it might be an IMSI.
_IDENTITY_LENGTH: Final = 14 + 3
#: A label makes a number of so many digits somebody's.
_LABELLED_DIGITS: Final = 7
_CONTENT_DIGITS: Final = 16
#: A number in hexadecimal ASCII has at least so many digits.
_SPELLED: Final = 20
_NESTED: Final = 2
_LONGEST_WORD: Final = 1024

Replace = Callable[[str], str]


def is_digest(word: str) -> bool:
    """Whether a word looks like what a pseudonymiser makes of a name.

    >>> is_digest("0a1b" * 8), is_digest("460001234567890"), is_digest("a460001234567890")
    (True, False, False)
    """
    if not _HEX.fullmatch(word):
        return False
    digits = word.removeprefix("h-")
    letters = sum(map(str.isalpha, digits))
    if letters * _LETTERS_IN < len(digits):
        return False
    return len(digits) in _DIGEST_DIGITS or not _LONG_RUN.search(digits)


def is_content_hash(text: str) -> bool:
    """Whether a text is 64 bits in hexadecimal and no number.

    One hash in two thousand has no letter, and is taken for an IMEISV.
    """
    is_hash = len(text) == _CONTENT_DIGITS and _HEX.fullmatch(text) is not None
    return is_hash and not text.isdigit() and not _SEMI_OCTETS.fullmatch(text)


def is_alert_id(text: str) -> bool:
    """Whether a text is what ids of alerts are: 128 bits in hexadecimal.

    One in some thousands has so few letters that it would be taken for a number. One in three
    million has none, and is no id here: it might as well be a number.

    >>> is_alert_id("0" * 31 + "1"), is_alert_id("a" + "1" * 31), is_alert_id("1" * 32)
    (True, True, False)
    """
    return _ALERT_ID.fullmatch(text) is not None


class Identifiers:
    """Finds identifiers in flat text (`streams.privacy.flat`), by a national numbering plan."""

    def __init__(self, plan: Numbering) -> None:
        self._plan = plan

    def replaced(self, text: str, replace: Replace) -> str:
        """Flat ``text`` with what ``replace`` makes of each identifier's name in its place.

        >>> from streams.privacy.numbering import SenderRules
        >>> found = Identifiers(Numbering(SenderRules()))
        >>> found.replaced("IMSI 460 00 1234567890 of lte-460-0-4100-12345678", "<{}>".format)
        'IMSI <460001234567890> of lte-460-0-4100-12345678'
        """
        return self._replaced(text, replace, 0)

    def name(self, text: str) -> str | None:
        """What the identifier in the place of a pseudonym is called; ``None`` where ``text`` is a
        pseudonym. What holds digits enough for an identifier, in no form that is known, is called
        by its whole text.

        >>> from streams.privacy.numbering import SenderRules
        >>> found = Identifiers(Numbering(SenderRules()))
        >>> found.name("imsi-460001234567890"), found.name("suci-0-460-00-0-0-0-1234567890")
        ('460001234567890', '460001234567890')
        >>> found.name("d-17"), found.name("460-00_1234567890@x")
        (None, '460001234567890')
        """
        text = text.strip()
        if is_digest(text):
            return self._in_hex(text)
        text = flat(text).strip()
        if (plain := _UNLETTERED.fullmatch(text)) is not None:
            digits = _NOT_DIGITS.sub("", plain[2])
            name = self._in_bytes(digits, 0)
            name = name or self._plan.named(digits, plus=bool(plain[1]), is_name=True)
            if name is not None:
                return name
        if _MAC.fullmatch(text):
            return re.sub(r"[:.\-]", "", text).lower()
        if _HEX_INTEGER.fullmatch(text):
            return self._plan.named(str(int(text, 16)), is_name=True)
        found = self._found(text, 0)
        if len(found) == 1:
            return found[0]
        joined = _without(text)
        if found or (_LONG_RUN.search(joined) and not is_digest(joined)):
            return f"text {text}"
        return None

    def _replaced(self, text: str, replace: Replace, depth: int) -> str:
        return _FORM.sub(lambda form: self._form(form, replace, depth), text)

    def _found(self, text: str, depth: int) -> list[str]:
        found: list[str] = []

        def note(name: str) -> str:
            found.append(name)
            return ""

        self._replaced(text, note, depth)
        return found

    def _form(self, form: re.Match[str], replace: Replace, depth: int) -> str:
        kind, written = form.lastgroup, form.group()
        match kind:
            case "kept":
                return written
            case "identity" if len(written) <= _IDENTITY_LENGTH:
                return written
            case "identity":
                return self._groups(written, replace)
            case "uuid":
                return written if is_digest(written.replace("-", "")) else replace(_digits(written))
            case "address" if all(int(part) <= 255 for part in written.split(".")):
                return written
            case "address":
                return self._groups(written, replace)
            case "suci":
                return replace(_subscriber(form["suci"], form["suci_plmn"].replace("-", "")))
            case "userid" | "realm":
                return replace(_subscriber(form["userid"], _plmn(form["realm"], form["userid"])))
            case "nai":
                return replace(form["nai"])
            case "labelled":
                return form["label"] + self._labelled(form["after"], form["labelled"], replace)
            case "word":
                return self._word(written, replace, depth)
        return self._groups(written, replace)

    def _word(self, word: str, replace: Replace, depth: int) -> str:
        """A word of letters and digits."""
        name = self._in_bytes(word, depth)
        if name is None and _SEMI_OCTETS.fullmatch(word):
            digits = swapped(word).lower().replace("f", "")
            name = self._plan.in_semi_octets(digits)
        if name is not None:
            return replace(name)
        if is_digest(word):
            return word
        if _MEID.fullmatch(word) and any(map(str.isdigit, word)):
            return replace(word.upper())

        def run(found: re.Match[str]) -> str:
            named = self._plan.named(found.group())
            return found.group() if named is None else replace(named)

        return _RUN.sub(run, word)

    def _in_bytes(self, word: str, depth: int) -> str | None:
        """The name that a word spells in hexadecimal or base64."""
        if depth >= _NESTED or len(word) > _LONGEST_WORD:
            return None
        for decoded in (_from_hex(word), _from_base64(word)):
            if decoded is None or not (decoded.isascii() and decoded.isprintable()):
                continue
            found = self._found(flat(decoded), depth + 1)
            if found:
                return found[0] if len(found) == 1 else f"text {decoded}"
        return None

    def _in_hex(self, word: str) -> str | None:
        """As `_in_bytes`, of what is no base64."""
        decoded = _from_hex(word)
        return self._in_bytes(word, 0) if decoded is not None and decoded.isprintable() else None

    def _labelled(self, after: str, written: str, replace: Replace) -> str:
        """A number after a word that says whose it is."""
        plus = "+" if after.endswith("+") else ""
        before = after.removesuffix("+")
        made = self._groups(plus + written, replace)
        if made != plus + written:
            return before + made
        digits = _digits(written)
        if len(digits) < _LABELLED_DIGITS:
            return after + written
        return before + replace(self._plan.named(digits, bool(plus), is_name=True) or digits)

    def _groups(self, written: str, replace: Replace) -> str:
        """Groups of digits, with each longest row of them replaced that is somebody's number."""
        if len(written) < _SHORTEST:
            return written
        groups = _GROUP.findall(written)
        if len(groups) > _MOST_LISTED:
            return replace(f"text {written}")
        between = ["", *_GROUP.split(written)[1:-1], ""]
        alone = [self._alone(group) for group in groups]
        made, first = "", 0
        while first < len(groups):
            made += between[first]
            last, name = self._row(groups, between, alone, first)
            made += groups[first] if name is None else replace(name)
            first = last
        return made

    def _row(
        self,
        groups: Sequence[str],
        between: Sequence[str],
        alone: Sequence[str | None],
        first: int,
    ) -> tuple[int, str | None]:
        """Where the longest row from a group on ends that is a number, and what it is called."""
        if alone[first] is not None and not _is_fraction(groups, between, first):
            return first + 1, alone[first]
        ends = _ends(groups, between, alone, first)
        plus = groups[first][0] == "+"
        for last, digits in reversed(ends):
            name = self._plan.named(digits, True) if plus else self._plan.in_groups(digits)
            if name is not None and _is_list_of_pairs(groups, first, last, digits):
                continue
            if name is not None and _is_one_number(groups, between, first, last):
                return last, name
        return first + 1, alone[first]

    def _alone(self, group: str) -> str | None:
        if len(group) >= _SPELLED and (name := self._in_bytes(group, 0)) is not None:
            return name
        return self._plan.named(group.removeprefix("+"), plus=group[0] == "+")


def _ends(
    groups: Sequence[str], between: Sequence[str], alone: Sequence[str | None], first: int
) -> list[tuple[int, str]]:
    """Where rows of several groups may end, each with its digits."""
    ends = []
    digits, even = groups[first].removeprefix("+"), True
    for at in range(first + 1, min(first + _MOST_EVEN_GROUPS, len(groups))):
        even = even and between[at] == between[first + 1]
        if groups[at][0] == "+" or alone[at] is not None:
            break
        digits += groups[at]
        if len(digits) > _MOST_EVEN_GROUPS or not (even or at - first < _MOST_GROUPS):
            break
        if len(digits) >= _LABELLED_DIGITS:
            ends.append((at + 1, digits))
    return ends


def _is_list_of_pairs(groups: Sequence[str], first: int, last: int, digits: str) -> bool:
    """Whether it may as well be a list of levels: pairs of digits, and more of them than a number
    has that is read out so."""
    if last - first <= _MOST_GROUPS or any(len(group) != _PAIR for group in groups[first:last]):
        return False
    return not digits.startswith(_BEGINNINGS)


def _is_fraction(groups: Sequence[str], between: Sequence[str], at: int) -> bool:
    """Whether a group is the fraction of a coordinate."""
    return between[at] == "." and len(groups[at - 1]) <= _WHOLE_DIGITS


def _is_one_number(groups: Sequence[str], between: Sequence[str], first: int, last: int) -> bool:
    """Whether groups from ``first`` to before ``last`` may be one number, and no coordinates or
    times."""
    inner = between[first + 1 : last]
    if any(":" in sign for sign in inner) and len(set(inner)) > 1:
        return False
    if "." in inner:
        is_long = len(groups[first]) >= _LONG_WHOLE
        return set(inner) == {"."} and (len(inner) >= 2 or is_long)
    is_fraction = _is_fraction(groups, between, first)
    has_fraction = between[last] == "." and len(groups[last - 1]) <= _WHOLE_DIGITS
    return not is_fraction and not has_fraction


def _subscriber(output: str, plmn: str) -> str:
    """The name of a subscriber of a network: the IMSI, where it isn't concealed."""
    return f"{plmn}{output}" if output.isdigit() else f"suci {plmn} {output.lower()}"


def _plmn(realm: str | None, msin: str) -> str:
    """The network of a realm such as nai.5gc.mnc000.mcc460.3gppnetwork.org, its code so long that
    an IMSI of 15 digits comes of it."""
    mnc = re.search(r"mnc([0-9]{2,3})", realm or "", re.IGNORECASE)
    mcc = re.search(r"mcc([0-9]{3})", realm or "", re.IGNORECASE)
    if mnc is None or mcc is None:
        return ""
    digits = max(2, min(3, 12 - len(msin)))
    return mcc[1] + mnc[1][-digits:]


def _from_hex(word: str) -> str | None:
    if len(word) < _SPELLED or len(word) % 2:
        return None
    try:
        return bytes.fromhex(word).decode("ascii")
    except ValueError:
        return None


def _from_base64(word: str) -> str | None:
    bare = word.rstrip("=")
    if len(bare) < 14:
        return None
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _without(text: str) -> str:
    """Without what may stand between digits."""
    return re.sub(r"[^0-9a-zA-Z@]+", "", text)
