"""Pseudonyms, made where the identifiers are, so that none of them leaves the source's own system.

The key is the source's, in ``FEED_KEY``: whoever hasn't got it can't try all numbers. With the
same key a subscriber has the same pseudonym in every feed; with a key for each feed they can't be
joined.
"""

import os
import sys
from hashlib import blake2b
from typing import Final

_LEAST: Final = 16


def pseudonym(identifier: str) -> str:
    """A keyed hash (BLAKE2b, 96 bits) of an IMSI, a SUPI or whatever else names a device.

    It begins with a letter, so that nobody takes it for a number. Ends the program without a key.
    """
    key = os.environ.get("FEED_KEY", "").encode()
    if len(key) < _LEAST:
        sys.exit("FEED_KEY: set a secret of at least 16 characters (openssl rand -hex 32)")
    digest = blake2b(identifier.encode(), key=blake2b(key, digest_size=32).digest(), digest_size=12)
    return f"p{digest.hexdigest()}"
