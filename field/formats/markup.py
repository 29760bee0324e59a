"""XML as the formats write it: elements with attributes and text, UTF-8, escaped by the library."""

from xml.etree import ElementTree

Element = ElementTree.Element


def element(tag: str, **attributes: str) -> Element:
    """A root. The namespace is the attribute ``xmlns``; names that Python keeps end in ``_``."""
    return ElementTree.Element(tag, _plain(attributes))


def child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Adds an element to another.

    >>> root = element("event", type_="a")
    >>> _ = child(root, "remarks", "a < b", to="c")
    >>> encoded(root, declared=False)
    b'<event type="a"><remarks to="c">a &lt; b</remarks></event>'
    """
    made = ElementTree.SubElement(parent, tag, _plain(attributes))
    made.text = text
    return made


def encoded(root: Element, declared: bool = True) -> bytes:
    """The document, with its declaration unless it becomes a part of a stream of documents."""
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=declared)
    return text


def _plain(attributes: dict[str, str]) -> dict[str, str]:
    return {name.rstrip("_"): value for name, value in attributes.items()}
