"""The registry: one line a rule. File name, YAML key, finding id and ``name`` are the same word."""

from typing import Final

from detectors.rule import Rule
from detectors.rules.impossible_distance import ImpossibleDistance
from detectors.rules.phantom_sms import PhantomSms
from detectors.rules.unknown_cell import UnknownCell
from detectors.rules.unknown_old_area import UnknownOldArea

RULES: Final[tuple[type[Rule], ...]] = (
    ImpossibleDistance,
    PhantomSms,
    UnknownCell,
    UnknownOldArea,
)
