"""What `detectors.rules.identity_exposure.rule` reads of each message on a phone's port.

Columns show at once what every message of a batch is: whether it exposes, whether it proves that
the network knows the subscriber's key. What that means depends on the messages before it, one by
one: see `detectors.rules.identity_exposure.connections`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from detectors.features.rows.serving import Cell, Serving
from detectors.model.codes import CIPHERS, CORE, GSM, INTEGRITIES, OUTCOMES, PROCEDURES, code_of
from detectors.model.columns import Bool, Signalling

#: Messages by which a phone wants something of the network.
OPENS: Final = frozenset(
    code_of(name, PROCEDURES)
    for name in (
        "registration",
        "location_update",
        "routing_area_update",
        "tracking_area_update",
        "attach",
        "detach",
        "service_request",
    )
)
_CHALLENGE: Final = code_of("authentication_request", PROCEDURES)
SECURITY: Final = code_of("security_mode", PROCEDURES)
IDENTITY: Final = code_of("identity_request", PROCEDURES)
AUTHENTICATION_REJECT: Final = code_of("authentication_reject", PROCEDURES)
_DETACH: Final = code_of("detach", PROCEDURES)
ACCEPT, REJECT, ABORT = (code_of(name, OUTCOMES) for name in ("accept", "reject", "abort"))
_NO_CIPHER: Final = code_of("A5/0", CIPHERS)
_NO_INTEGRITY: Final = tuple(code_of(name, INTEGRITIES) for name in ("UIA0", "EIA0", "NIA0"))


class Step(NamedTuple):
    """What is read of one row; ``at`` is its place among the rows of its batch that are read."""

    at: int
    cell: Cell
    known: str
    who: str
    ts: int
    rx: int
    by_core: bool
    procedure: int
    outcome: int
    cause: int | None
    proves: bool
    exposing: bool
    fails: bool
    sampled: bool

    @property
    def opens(self) -> bool:
        """Whether the phone asks for something, so that a connection begins."""
        return self.procedure in OPENS and not self.outcome

    @property
    def reason(self) -> str:
        """What an exposing message is called."""
        if self.procedure in (IDENTITY, AUTHENTICATION_REJECT):
            return "identity_request" if self.procedure == IDENTITY else "authentication_reject"
        return "detach" if self.procedure == _DETACH else "reject"


def steps(
    batch: Signalling, serving: Serving, exposing: Bool, fails: Bool, sampled: Bool
) -> Iterator[Step]:
    """The rows of a batch one by one, with what columns show of all of them at once."""
    columns = zip(
        serving.cells,
        serving.known,
        batch.subscriber.tolist(),
        batch.ts_ms.tolist(),
        batch.rx_ms.tolist(),
        (batch.source == CORE).tolist(),
        batch.procedure.tolist(),
        batch.outcome.tolist(),
        [None if cause != cause else int(cause) for cause in batch.cause.tolist()],
        _proves(batch).tolist(),
        exposing.tolist(),
        fails.tolist(),
        sampled.tolist(),
        strict=True,
    )
    for at, row in enumerate(columns):
        yield Step(at, *row)


def _proves(batch: Signalling) -> Bool:
    """Which messages show that the network knows the subscriber's key."""
    secured = batch.procedure == SECURITY
    gsm = (batch.procedure == _CHALLENGE) | (secured & (batch.cipher != _NO_CIPHER))
    accepted = np.isin(batch.procedure, sorted(OPENS)) & (batch.outcome == ACCEPT)
    other = (secured & ~np.isin(batch.integrity, _NO_INTEGRITY)) | accepted
    proofs: Bool = np.where(batch.rat == GSM, gsm, other)
    return proofs
