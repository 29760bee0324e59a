"""The classes of numbers, and the codes by which columns carry them."""

from typing import Final

from detectors.model import codes

#: Those that a switch may name, and what nobody has. Code ``k`` is the ``k``-th; 0 is "not known":
#: allocated, but to several classes, or nothing can be known of the number. ``mvno`` is a
#: mobile number of an operator without a network of its own; ``400`` one that callers and owner pay
#: together; ``short`` three to six digits of emergencies, public services, operators and banks;
#: ``service`` all else that no single subscriber has: free and dear numbers, senders of short
#: messages.
NUMBER_CLASSES: Final = (*codes.NUMBER_CLASSES, "unallocated")
FIXED, MOBILE, IOT, MVNO, SHARED_COST, SHORT, SERVICE, UNALLOCATED = range(1, 9)
#: Those of cards, in phones and things, which go where their subscribers go.
OF_CARDS: Final = (MOBILE, IOT, MVNO)


def class_code(word: str) -> int:
    """The code of a class, 0 for an empty word.

    Raises ValueError that names the classes.

    >>> class_code("mvno"), class_code("")
    (4, 0)
    """
    if word and word not in NUMBER_CLASSES:
        raise ValueError(
            f"there is no class {word[:40]!r}; classes are {', '.join(NUMBER_CLASSES)}"
        )
    return codes.code_of(word, NUMBER_CLASSES)
