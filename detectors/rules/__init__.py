"""The registry: one line a rule. File name, YAML key, finding id and ``name`` are the same word."""

from typing import Final

from detectors.features.rule import AnyRule
from detectors.rules.broadcast_lure.rule import BroadcastLure
from detectors.rules.failed_handover.rule import FailedHandover
from detectors.rules.fallback_share.rule import FallbackShare
from detectors.rules.identity_exposure.rule import IdentityExposure
from detectors.rules.impossible_distance.rule import ImpossibleDistance
from detectors.rules.impossible_network.rule import ImpossibleNetwork
from detectors.rules.lost_area.rule import LostArea
from detectors.rules.odd_level.rule import OddLevel
from detectors.rules.odd_shape.rule import OddShape
from detectors.rules.phantom_sms.rule import PhantomSms
from detectors.rules.security_downgrade.rule import SecurityDowngrade
from detectors.rules.sms_burst.rule import SmsBurst
from detectors.rules.transient_cell.rule import TransientCell
from detectors.rules.unexpected_old_area.rule import UnexpectedOldArea
from detectors.rules.unknown_cell.rule import UnknownCell
from detectors.rules.unknown_old_area.rule import UnknownOldArea
from detectors.rules.unplanned_code.rule import UnplannedCode
from detectors.rules.vanish_and_return.rule import VanishAndReturn
from detectors.rules.wrong_channel.rule import WrongChannel

RULES: Final[tuple[type[AnyRule], ...]] = (
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
