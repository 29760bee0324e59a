"""HTML and SVG as trees: whatever text goes in stays text, since the library escapes it."""

import re
from typing import Final
from xml.etree import ElementTree

Element = ElementTree.Element

#: What no document may hold, and marks that turn the direction of writing.
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def tag(name: str, /, *inside: Element | str, **attributes: object) -> Element:
    """An element with texts and elements in it. In names of attributes ``_`` is a hyphen; one at
    the end, for names that Python keeps, is dropped. ``None`` leaves an attribute out.

    >>> ElementTree.tostring(tag("p", "1 < 2 ", tag("b", "so"), "!", class_="a"))
    b'<p class="a">1 &lt; 2 <b>so</b>!</p>'
    """
    known = {
        key.rstrip("_").replace("_", "-"): printable(str(value))
        for key, value in attributes.items()
        if value is not None
    }
    made = ElementTree.Element(name, known)
    for each in inside:
        if isinstance(each, str):
            _add_text(made, printable(each))
        else:
            made.append(each)
    return made


def printable(text: str) -> str:
    """The text without what no document may hold."""
    return _UNPRINTABLE.sub("", text)


def document(root: Element) -> bytes:
    """The whole page as HTML in UTF-8."""
    text = ElementTree.tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n".encode("utf-8", "replace")


def _add_text(element: Element, text: str) -> None:
    if len(element):
        last = element[-1]
        last.tail = (last.tail or "") + text
    else:
        element.text = (element.text or "") + text
