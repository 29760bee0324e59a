"""Files that their user alone may read: made whole, and once."""

import os
import secrets
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def make_once(path: Path, content: bytes) -> bool:
    """Whether it was us who made the file; another process may make it at the same moment.

    The link makes it appear whole. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def write_private(path: Path, content: bytes) -> None:
    """Writes a file, in the place of one that may be there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(path, content)
    try:
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        # Part of a secret, where the disk is full.
        draft.unlink(missing_ok=True)
        raise
    return draft
