"""The rules, found by their rooms: each folder here is one, and nothing else lists them.

The folder's name is the rule's: YAML key, finding id and ``name``; the class in its ``rule.py`` is
called the same in CamelCase. What is known of its parameters is in ``parameters.toml``, what it
says to people in ``words.toml``; the messages on which it fires and stays silent, for tests, are in
``samples.py``.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from detectors.features.room import Room, describe_parameters, read_words
from detectors.features.rule import AnyRule


def class_name(name: str) -> str:
    """What the class of a rule is called.

    >>> class_name("unknown_old_area")
    'UnknownOldArea'
    """
    return "".join(word.capitalize() for word in name.split("_"))


def _room(name: str) -> Room:
    """Raises `ImportError` that names the file and what it lacks."""
    module = import_module(f"{__name__}.{name}.rule")
    rule = getattr(module, class_name(name), None)
    if rule is None:
        raise ImportError(f"detectors/rules/{name}/rule.py must define {class_name(name)}")
    describe_parameters(rule, f"{__name__}.{name}")
    return Room(rule, read_words(f"{__name__}.{name}"))


ROOMS: Final[dict[str, Room]] = {
    found.name: _room(found.name)
    for found in sorted(iter_modules(__path__), key=lambda found: found.name)
    if found.ispkg
}
RULES: Final[tuple[type[AnyRule], ...]] = tuple(room.rule for room in ROOMS.values())
