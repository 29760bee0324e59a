"""The bundle as a file: a zip whose bytes depend on its content alone, with a manifest of digests.

Nothing is compressed, so that the bytes don't depend on a library's version, so that a bundle can
be built again and compared with the one at hand, and so that no bundle unfolds into more than it
weighs. Times in the zip are fixed, entries are in order of name, the manifest's files last.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from field.evidence.signing import Signer
from field.formats.words.moments import iso, moment

FORMAT: Final = "cellhound evidence 1"
MANIFEST: Final = "manifest.json"
DIGEST: Final = "manifest.sha256"
SIGNATURE: Final = "manifest.sig"
STAMP: Final = "manifest.tsr"
#: The files about the others, which no manifest can list.
ABOUT: Final = (MANIFEST, DIGEST, SIGNATURE, STAMP)
#: The oldest time that a zip can hold.
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644
_UNIX: Final = 3


class FileEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a bundle; ``bytes`` is its size."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle holds and about which alert; when (ISO 8601, UTC), by whom, by what made."""

    format: str
    alert_id: str
    revision: int
    created: str
    by: str
    software: str
    files: list[FileEntry]


def build(
    files: Mapping[str, bytes],
    *,
    alert_id: str,
    revision: int,
    created_ms: int,
    by: str,
    software: str,
    signer: Signer | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """The bundle of ``files``; the same arguments give the same bytes. ``stamp`` gives the time
    stamp of the manifest that it is given."""
    assert not files.keys() & set(ABOUT), "the manifest is made here"
    manifest = Manifest(
        format=FORMAT,
        alert_id=alert_id,
        revision=revision,
        created=iso(moment(created_ms)),
        by=by,
        software=software,
        files=[
            FileEntry(name=name, bytes=len(files[name]), sha256=sha256(files[name]).hexdigest())
            for name in sorted(files)
        ],
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    about = {MANIFEST: text, DIGEST: digest_line(text)}
    if signer is not None:
        about[SIGNATURE] = signer.sign(text)
    if stamp is not None:
        about[STAMP] = stamp(text)
    return packed({**{name: files[name] for name in sorted(files)}, **about})


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files in the order given as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as zipped:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.create_system, entry.external_attr = _UNIX, _MODE << 16
            zipped.writestr(entry, content)
    return out.getvalue()


def digest_line(manifest: bytes) -> bytes:
    """What ``manifest.sha256`` holds, as sha256sum writes and checks it."""
    return f"{sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()
