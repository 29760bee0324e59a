"""What is wrong with a base map, in one sentence."""

from typing import Final

from field.basemap.examined import Examined

#: A map that holds less of the register's cells is of another place, or of a part.
LEAST_WITHIN: Final = 0.9
_SENTENCES: Final = {
    "unreadable": "{source} can't be read ({why}): no streets on the map",
    "other": "{source} can't be used ({why}): no streets on the map",
    "unknown": "{source} has no layer that the map draws (it has {why}): no streets on the map",
    "nameless": "the roads and places in {source} have no names: streets without labels",
    "apart": "{share:.0%} of the register's cells lie in {source} ({area}): no streets elsewhere",
}


def case_of(found: Examined, share: float | None) -> str:
    """The case of a map, by the ``share`` of the register's cells that lie in it, where it is
    known: `apart` where it would be good but for that."""
    if found.case in ("ok", "nameless", "pictures") and share is not None and share < LEAST_WITHIN:
        return "apart"
    return found.case


def problem(source: str, found: Examined, share: float | None) -> str | None:
    """What is wrong with the base map ``source``; ``None`` where nothing is."""
    sentence = _SENTENCES.get(case_of(found, share))
    if sentence is None:
        return None
    area = ""
    if found.archive is not None:
        west, south, east, north = found.archive.box
        area = f"{south:.2f}, {west:.2f} to {north:.2f}, {east:.2f}"
    return sentence.format(source=source, why=found.why, share=share or 0.0, area=area)
