"""Messages on which `security_downgrade` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import CIPHERS, INTEGRITIES, PROCEDURES
from detectors.model.columns import Batch
from detectors.model.words import Values
from detectors.rules.sample_town import Row, Town

CORE, DEVICE = 1, 3
FAKE = {"area": 61001, "cell": 7, "lat": 39.9, "lon": 116.4}
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"aspect": "authentication", "algorithm": None}]


def fires(make: Town) -> list[Batch]:
    """Two phones that are served in the clear where forty others were not."""
    bare = [secured("EEA0", "EIA0", subscriber=f"d{n}", at_s=50 + n, **FAKE) for n in range(2)]
    return [make.signalling(*town("EEA2"), *bare)]


def silent(make: Town) -> list[Batch]:
    return [make.signalling(*town("EEA2"), secured("EEA1", "EIA2", at_s=50, **FAKE))]


def code(name: str) -> int:
    return PROCEDURES.index(name) + 1


def secured(cipher: str | None = None, integrity: str | None = None, **more: Any) -> Row:
    row = {"procedure": code("security_mode"), "source": DEVICE, "outcome": None, **more}
    row["cipher"] = CIPHERS.index(cipher) + 1 if cipher else None
    row["integrity"] = INTEGRITIES.index(integrity) + 1 if integrity else None
    return row


def town(cipher: str, phones: int = 40, first: int = 0, **more: Any) -> list[Row]:
    """Phones of the town, each served with that cipher, a second apart."""
    numbers = range(first, first + phones)
    return [secured(cipher, subscriber=f"h{n}", at_s=n, **more) for n in numbers]
