"""Who is believed: what is set of it, and the keys of the consoles whose verdicts count.

Without settings the consoles of this user on this computer are believed: each leaves its public key
in the state folder, where a worker reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from streams.config_error import ConfigError
from streams.privacy.hashing_key import state_folder
from streams.privacy.secret_file import write_private
from streams.signed.keys import NOBODY, PublicKeys, as_pem, read_public_keys
from streams.signed.settings import TrustSettings

_FILE: Final = "consoles.pem"


@dataclass(slots=True)
class Trust:
    """``instruments`` are those whose measurements are taken, ``None`` for all; ``own`` is the
    file of this computer's consoles, which is read anew once it has changed."""

    keys: PublicKeys = NOBODY
    only_signed: bool = False
    instruments: frozenset[str] | None = None
    own: Path | None = None
    _own: PublicKeys = field(default=NOBODY)
    _stamp: tuple[int, int] | None = None

    @classmethod
    def of(
        cls,
        settings: TrustSettings,
        env: Mapping[str, str],
        instruments: frozenset[str] | None = None,
    ) -> "Trust":
        """As it is set. Raises `ConfigError`."""
        keys = read_public_keys(settings.consoles, "trust.consoles")
        if settings.only_signed and not settings.consoles and not own_file(env).exists():
            raise ConfigError(
                "trust.only_signed: nobody's key is known, so no verdict at all would count. Name"
                " the consoles' public keys under trust.consoles; on a console's computer,"
                " cellhound accounts public-key prints them."
            )
        return cls(keys, settings.only_signed, instruments, own_file(env))

    def believed(self) -> PublicKeys:
        """All keys that are believed by now."""
        if self.own is not None:
            try:
                status = self.own.stat()
                stamp = (status.st_mtime_ns, status.st_size)
                if stamp != self._stamp:
                    self._own, self._stamp = read_public_keys([self.own], "trust"), stamp
            except (OSError, ConfigError):  # Not there yet, or being damaged: nobody more is known.
                pass
        return self.keys | self._own


def own_file(env: Mapping[str, str]) -> Path:
    """Where this user's consoles leave their public keys."""
    return state_folder(env) / _FILE


def leave(keys: PublicKeys, env: Mapping[str, str]) -> None:
    """Adds a console's public keys to the file. Raises OSError."""
    path = own_file(env)
    try:
        known = read_public_keys([path], "trust")
    except ConfigError:
        known = NOBODY
    if keys.by_id.keys() <= known.by_id.keys():
        return
    text = "".join(as_pem(key) for key in (known | keys).by_id.values())
    write_private(path, text.encode("ascii"))
