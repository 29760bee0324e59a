"""The registry: one line a rule. File name, YAML key, finding id and ``name`` are the same word."""

from typing import Final

from detectors.rule import Rule
from detectors.rules.broadcast_lure import BroadcastLure
from detectors.rules.failed_handover import FailedHandover
from detectors.rules.fallback_share import FallbackShare
from detectors.rules.identity_exposure import IdentityExposure
from detectors.rules.impossible_distance import ImpossibleDistance
from detectors.rules.impossible_network import ImpossibleNetwork
from detectors.rules.lost_area import LostArea
from detectors.rules.odd_level import OddLevel
from detectors.rules.odd_shape import OddShape
from detectors.rules.phantom_sms import PhantomSms
from detectors.rules.security_downgrade import SecurityDowngrade
from detectors.rules.sms_burst import SmsBurst
from detectors.rules.transient_cell import TransientCell
from detectors.rules.unexpected_old_area import UnexpectedOldArea
from detectors.rules.unknown_cell import UnknownCell
from detectors.rules.unknown_old_area import UnknownOldArea
from detectors.rules.unplanned_code import UnplannedCode
from detectors.rules.vanish_and_return import VanishAndReturn
from detectors.rules.wrong_channel import WrongChannel

RULES: Final[tuple[type[Rule], ...]] = (
    BroadcastLure,
    FailedHandover,
    FallbackShare,
    IdentityExposure,
    ImpossibleDistance,
    ImpossibleNetwork,
    LostArea,
    OddLevel,
    OddShape,
    PhantomSms,
    SecurityDowngrade,
    SmsBurst,
    TransientCell,
    UnexpectedOldArea,
    UnknownCell,
    UnknownOldArea,
    UnplannedCode,
    VanishAndReturn,
    WrongChannel,
)
