"""How sessions, tokens and addresses of feeds are kept: whoever reads the database opens nothing.

Each has as much chance in it as a key, so that a plain hash tells nobody what to try.
"""

import hashlib


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret; of any text that somebody sends as one."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
