"""An operator's own names of networks: ``operators`` in the settings, code by code."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from detectors.model.words import LANGUAGES
from detectors.networks.names import Network, codes_of

#: TS 23.003, 2.2: three digits of country, two or three of network.
_PLMN: Final = re.compile(r"[0-9]{3}-[0-9]{2,3}")
_MOST_LETTERS: Final = 60
_NAME: Final = f"a name of 1 to {_MOST_LETTERS} printable letters"
_EITHER: Final = f"{_NAME}, or one for each of {', '.join(LANGUAGES)}"


def own_networks(tree: Any, problems: list[str]) -> tuple[Network, ...]:
    """The networks that settings name, each ``CODE: name`` or ``CODE: {en: name, zh: name}``.

    What is wrong is written down with its key and what may stand there.

    >>> own_networks({"460-00": {"en": "Our network", "zh": "本网"}}, [])
    (Network(plmn='460-00', en='Our network', zh='本网'),)
    >>> own_networks({"460-00": " "}, found := []), found[0][:38]
    ((), 'operators.460-00: must be a name of 1 ')
    """
    if not isinstance(tree, Mapping):
        problems.append(f"operators: must be a mapping of codes to names, got {tree!r:.120}")
        return ()
    found: dict[tuple[int, int], Network] = {}
    for plmn, value in tree.items():
        if not isinstance(plmn, str) or _PLMN.fullmatch(plmn) is None:
            problems.append(
                f"operators.{plmn}: is no code of a network; write MCC-MNC, three digits and two "
                "or three, such as 460-00"
            )
            continue
        names = _names(value, f"operators.{plmn}", problems)
        if (codes := codes_of(plmn)) in found:
            problems.append(f"operators.{plmn}: is the same network as {found[codes].plmn}")
        elif names:
            found[codes] = Network(plmn, *names)
    return tuple(found.values())


def _names(value: Any, path: str, problems: list[str]) -> Sequence[str]:
    """Names by language, in the order of `LANGUAGES`; where one is missing, the other one."""
    if _is_name(value):
        value = dict.fromkeys(LANGUAGES, value)
    if not isinstance(value, Mapping) or not value:
        problems.append(f"{path}: must be {_EITHER}, got {value!r:.120}")
        return ()
    before = len(problems)
    for key, name in value.items():
        if key not in LANGUAGES:
            problems.append(f"{path}.{key}: no such language; known are {', '.join(LANGUAGES)}")
        elif not _is_name(name):
            problems.append(f"{path}.{key}: must be {_NAME}, got {name!r:.120}")
    if len(problems) > before:
        return ()
    any_name = next(iter(value.values()))
    return [value.get(language, any_name).strip() for language in LANGUAGES]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) <= _MOST_LETTERS and name.isprintable()
