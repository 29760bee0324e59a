"""Messages of a network that make a phone give itself away, and how odd their number is.

The list is Marlin's (docs/science.md, 1F, D3): requests for the IMSI, rejects after which a phone
identifies itself by it or is sent away, rejected authentication, and detachment by the network.
"""

from math import log
from typing import Final

import numpy as np
from scipy.special import betainc

from detectors.model.codes import GSM, IDENTITY_TYPES, LTE, NR, OUTCOMES, PROCEDURES, UMTS, code_of
from detectors.model.columns import Bool, Signalling

#: Connections by which the norm counts in a score of few.
_NORM_CONNECTIONS: Final = 10.0
_PACKET_ATTACH: Final = (3, 6, 7, 8, 11, 12, 13, 14, 15, 35)
_PACKET_UPDATE: Final = (3, 6, 7, 8, 12, 14, 35)
_SERVICE: Final = (3, 6, 7, 9, 12, 14, 35)
#: Causes of rejects that expose, by RAT and procedure: LTE, UMTS and GSM as in Marlin; for packet
#: mobility of GSM and UMTS, and for 5G (TS 24.501 9.11.3.2), those of the same meaning.
EXPOSING_CAUSES: Final[dict[tuple[int, str], tuple[int, ...]]] = {
    (GSM, "location_update"): (2, 3, 6, 11, 12, 13),
    (UMTS, "location_update"): (2, 3, 6, 11, 12),
    (GSM, "service_request"): (4, 6),
    (UMTS, "service_request"): (3, 4, 6, 7, 9, 12, 14),
    **{(rat, "attach"): _PACKET_ATTACH for rat in (GSM, UMTS, LTE)},
    **{(rat, "routing_area_update"): _PACKET_UPDATE for rat in (GSM, UMTS)},
    (LTE, "tracking_area_update"): _PACKET_UPDATE,
    (LTE, "service_request"): _SERVICE,
    (NR, "registration"): (3, 6, 7, 11, 12, 13, 15, 27),
    (NR, "service_request"): (3, 6, 7, 9, 12),
}
#: Causes by which a home network steers its roaming subscribers away (docs/science.md, F34).
STEERING_CAUSES: Final = (11, 13, 15, 17)
#: Causes that are about the subscriber or the phone, not about the network (docs/science.md, F12).
SUBSCRIBER_CAUSES: Final = (2, 3, 6, 7, 8)

_REJECT, _ABORT = code_of("reject", OUTCOMES), code_of("abort", OUTCOMES)
_IDENTITY_REQUEST: Final = code_of("identity_request", PROCEDURES)
_AUTHENTICATION_REJECT: Final = code_of("authentication_reject", PROCEDURES)
_DETACH: Final = code_of("detach", PROCEDURES)
_IMSI: Final = code_of("imsi", IDENTITY_TYPES)


def exposes(batch: Signalling) -> Bool:
    """Which rows are exposing messages; a reject without a cause counts as one."""
    asked = (batch.procedure == _IDENTITY_REQUEST) & np.isin(batch.identity_type, (0, _IMSI))
    sent_away = (batch.procedure == _DETACH) & (batch.outcome == _ABORT)
    found: Bool = asked | sent_away | (batch.procedure == _AUTHENTICATION_REJECT)
    rejected = batch.outcome == _REJECT
    if rejected.any():
        for (rat, procedure), causes in EXPOSING_CAUSES.items():
            named = np.isnan(batch.cause) | np.isin(batch.cause, causes)
            this = (batch.rat == rat) & (batch.procedure == code_of(procedure, PROCEDURES))
            found |= rejected & this & named
    return found


def exposure_score(exposed: float, connections: float, norm: float) -> float:
    """How much likelier exposure is in these connections than by ``norm``, in nats a
    connection.

    The logarithm of the share ``exposed`` / ``connections`` over the norm, the norm itself counting
    as ten connections more, so that few connections say little.

    >>> round(exposure_score(12, 12, 0.02), 2), round(exposure_score(2, 100, 0.02), 2)
    (3.32, 0.0)
    """
    share = (exposed + _NORM_CONNECTIONS * norm) / (connections + _NORM_CONNECTIONS)
    return log(share / norm)


def surprise(exposed: float, connections: float, norm: float) -> float:
    """Minus the logarithm of the chance that so many or more connections expose by the norm.

    The upper tail of the binomial distribution, in nats; counts may be estimates.

    >>> round(surprise(11, 11, 0.05), 1), round(surprise(1, 50, 0.02), 1)
    (33.0, 0.5)
    """
    if exposed <= 0:
        return 0.0
    tail = float(betainc(exposed, max(connections - exposed, 0.0) + 1.0, norm))
    return -log(max(tail, 1e-300))
