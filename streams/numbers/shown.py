"""What a plan says of single numbers, for people who ask."""

from collections.abc import Sequence

import msgspec
import numpy as np

from detectors.model.codes import text_of
from detectors.numbers.classes import NUMBER_CLASSES
from detectors.numbers.international import READINGS, international
from detectors.numbers.malformed import malformed, names_of
from detectors.numbers.plan import NumberPlan
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one number, ``None`` for what isn't; ``malformed``: words of `MALFORMED`."""

    reading: str | None
    length: int | None
    number_class: str | None = msgspec.field(name="class")
    country: str | None
    carrier: str | None
    region: str | None
    malformed: tuple[str, ...]


def shown(
    plan: NumberPlan,
    home: NumberSettings,
    numbers: Sequence[str],
    nai: int | None = None,
    npi: int | None = None,
) -> list[Shown]:
    """What the plan says of bare numbers that were all signalled with the same indicators."""
    indicators = [np.full(len(numbers), -1 if one is None else one) for one in (nai, npi)]
    _, read = international(plan, home, numbers, *indicators)
    known = np.where(read.reading > 0, read.digits, -1)
    answers = plan.look_up(read.prefix, known, read.length)
    flags = malformed(plan, read, written(numbers).spoilt)
    return [
        Shown(
            reading=text_of(int(read.reading[at]), READINGS),
            length=int(read.length[at]) if read.length[at] > 0 else None,
            number_class=text_of(int(answers.kind[at]), NUMBER_CLASSES),
            country=text_of(int(answers.country[at]), plan.countries),
            carrier=text_of(int(answers.carrier[at]), plan.carriers),
            region=text_of(int(answers.region[at]), plan.regions),
            malformed=names_of(int(flags[at])),
        )
        for at in range(len(numbers))
    ]
