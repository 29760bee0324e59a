"""Who may send to the gateway: tokens in a file, by the digest of each.

A line is ``NAME DIGEST``, the digest that of SHA-256 in hexadecimal digits. A token has as much
chance in it as a key, so that nothing can be guessed from its plain digest. The file is read anew
once it has changed: who is taken out of it is refused within seconds, and nothing need be started
again.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.config.settings import ConfigError

_TOKEN: Final = "chi_"
_LOOK_EVERY_S: Final = 2.0
_LINE: Final = re.compile(r"(\S{1,100})\s+([0-9a-fA-F]{64})")
_BEARER: Final = "bearer "


def new_token(name: str) -> tuple[str, str]:
    """A new token, which is kept nowhere, and its line for the file. Raises ConfigError for a name
    that can't stand there."""
    token = _TOKEN + secrets.token_urlsafe(32)
    line = f"{name} {_digest(token)}"
    if not _LINE.fullmatch(line) or name.startswith("#"):
        raise ConfigError(f"{name!r} is no name for a token: 1 to 100 characters without blanks")
    return token, line


class Tokens:
    """The tokens of a file; ``clock`` is monotonic, in seconds. Raises ConfigError where the file
    can't be read, holds none, or a line that is none."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._digests, self._stamp = _read(path), _stamp(path)
        self._looked_s = clock()

    def name(self, authorization: str) -> str | None:
        """Whose token a header of this value has; ``None`` for nobody's."""
        self._look()
        if authorization[: len(_BEARER)].lower() != _BEARER:
            return None
        digest, found = _digest(authorization[len(_BEARER) :].strip()), None
        for known, name in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def _look(self) -> None:
        now_s = self._clock()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            self._digests, self._stamp = _read(self._path), stamp
        except ConfigError:
            # It is being written, or gone: who was known then stays so until it can be read.
            return


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(f"ingest.tokens: {path} can't be read ({why})") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not (line := line.strip()) or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ConfigError(
                f"ingest.tokens: {path}, line {number}: NAME and 64 hexadecimal digits are due, as"
                " `cellhound ingest --new-token NAME` prints them"
            )
        found[parts[2].lower()] = parts[1]
    if not found:
        raise ConfigError(
            f"ingest.tokens: {path} holds no token; `cellhound ingest --new-token NAME` makes one"
        )
    return found


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
