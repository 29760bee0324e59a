"""What can be set about evidence bundles."""

from typing import Annotated

import msgspec
from msgspec import Meta


class EvidenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings a bundle takes, and the key that signs it.

    ``signing_key`` is a file: a PEM private key (Ed25519) gives a signature that anybody can check
    with the public key; any other content is the secret of an HMAC-SHA256.
    """

    margin_s: Annotated[float, Meta(ge=0.0)] = 60.0
    near_m: Annotated[float, Meta(gt=0.0)] = 10_000.0
    signing_key: str = ""
