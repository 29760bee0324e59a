"""Whether a bundle is whole and unchanged, in words that the person who got it can act on.

Every part is distrusted: names that lead out of the folder, entries that are compressed or larger
than a bundle gets, links, twins, bytes before, between or after the files. What is read is only
ever compared, nothing is unpacked to disk.
"""

import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from field.evidence.bundle import (
    ABOUT,
    DIGEST,
    FORMAT,
    MANIFEST,
    SIGNATURE,
    Manifest,
    digest_line,
    packed,
)
from field.evidence.signing import Signature, Signer, fingerprint, is_consistent

#: A day of a busy incident is a hundredth of it.
MOST_BYTES: Final = 512 * 1024 * 1024
_MOST_FILES: Final = 64


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: no ``problems`` means that the bundle is whole and unchanged."""

    name: str
    problems: tuple[str, ...] = ()
    manifest: Manifest | None = None
    signature: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def text(self) -> str:
        """The answer in words, one line for each thing."""
        lines = []
        if self.manifest is not None:
            lines.append(
                f"{self.name}: alert {self.manifest.alert_id} revision {self.manifest.revision},"
                f" made {self.manifest.created} by {self.manifest.by}, {self.manifest.software}"
            )
            lines.append(f"signature: {self.signature}")
        lines += [f"problem: {problem}" for problem in self.problems]
        # Names and words out of a bundle must not write lines of their own, nor move the cursor.
        lines = ["".join(c if c.isprintable() else "?" for c in line) for line in lines]
        if self.ok and self.manifest is not None:
            lines.append(f"whole and unchanged: {len(self.manifest.files)} files agree")
        else:
            lines.append(f"NOT to be relied on: {len(self.problems)} problems")
        return "\n".join(lines)


def verify(path: Path, signer: Signer | None = None, most_bytes: int = MOST_BYTES) -> Verified:
    """Examines a bundle; never raises for what is in it.

    With a ``signer`` the signature must be its. Without one an Ed25519 signature is checked against
    the public key that it brings, whose fingerprint is given for comparison; an HMAC can't be
    checked.
    """
    try:
        size = path.stat().st_size
        if size > most_bytes:
            return Verified(path.name, (f"{size} bytes are more than a bundle may have",))
        raw = path.read_bytes()
        with zipfile.ZipFile(path) as zipped:
            problems = _of_entries(zipped.infolist(), most_bytes)
            if problems:
                return Verified(path.name, tuple(problems))
            files = {entry.filename: zipped.read(entry) for entry in zipped.infolist()}
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        # NotImplementedError among them, of unknown methods; EOFError, of one that is cut short.
        return Verified(
            path.name, (f"can't be read as a bundle: {str(error) or 'it ends too soon'}",)
        )
    manifest, problems = _of_manifest(files)
    if manifest is None:
        return Verified(path.name, tuple(problems))
    problems += _of_files(files, manifest)
    by_whom, more = _of_signature(files, signer)
    problems += more
    if packed(files) != raw:
        problems.append("there are bytes besides the files that are listed, or out of their place")
    return Verified(path.name, tuple(problems), manifest, by_whom)


def _of_entries(entries: list[zipfile.ZipInfo], most_bytes: int) -> list[str]:
    """What is wrong with the zip's entries before a byte of them is read."""
    problems = []
    names = [entry.filename for entry in entries]
    if len(entries) > _MOST_FILES:
        return [f"{len(entries)} files are more than a bundle has"]
    problems += [
        f"{name!r} is there twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    for entry in entries:
        if not _is_plain(entry.filename):
            problems.append(f"the name {entry.filename!r} is refused: it may lead elsewhere")
        elif entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            problems.append(f"{entry.filename} is compressed, which no file of a bundle is")
        elif entry.flag_bits & 0x1 or (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            problems.append(f"{entry.filename} is no plain file")
    if sum(entry.file_size for entry in entries) > most_bytes:
        problems.append(f"the files claim to be larger than {most_bytes} bytes")
    return problems


def _is_plain(name: str) -> bool:
    """Whether a name is of letters, digits, ``. _ -`` and inner slashes, and goes only down."""
    parts = name.split("/")
    return all(
        part not in ("", ".", "..")
        and all(c.isascii() and (c.isalnum() or c in "._-") for c in part)
        for part in parts
    )


def _of_manifest(files: dict[str, bytes]) -> tuple[Manifest | None, list[str]]:
    text = files.get(MANIFEST)
    if text is None:
        return None, [f"{MANIFEST} is missing"]
    problems = []
    if DIGEST not in files:
        problems.append(f"{DIGEST} is missing")
    elif files[DIGEST] != digest_line(text):
        problems.append(f"{MANIFEST} is not what {DIGEST} says")
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        return None, [*problems, f"{MANIFEST} can't be read: {error}"]
    if manifest.format != FORMAT:
        problems.append(f"{MANIFEST} is of another format: {manifest.format!r}, not {FORMAT!r}")
    return manifest, problems


def _of_files(files: dict[str, bytes], manifest: Manifest) -> list[str]:
    listed = {one.name: one for one in manifest.files}
    problems = [f"{name} is listed but missing" for name in listed if name not in files]
    problems += [
        f"{name} is not listed: it was added" for name in files if name not in (*listed, *ABOUT)
    ]
    if len(listed) != len(manifest.files):
        problems.append(f"{MANIFEST} lists a name twice")
    for name, one in listed.items():
        content = files.get(name)
        if content is None:
            continue
        if len(content) != one.bytes:
            problems.append(f"{name} has {len(content)} bytes, {one.bytes} are listed")
        elif sha256(content).hexdigest() != one.sha256:
            problems.append(f"{name} has been changed: its digest is another")
    return problems


def _of_signature(files: dict[str, bytes], signer: Signer | None) -> tuple[str, list[str]]:
    content = files.get(SIGNATURE)
    if content is None:
        missing = [f"{SIGNATURE} is missing, and a signature is due"] if signer else []
        return "none: the digests show accidents, not forgery", missing
    try:
        signature = msgspec.json.decode(content, type=Signature)
    except (msgspec.MsgspecError, ValueError) as error:
        return "unreadable", [f"{SIGNATURE} can't be read: {error}"]
    if signer is not None:
        if signer.made(signature, files[MANIFEST]):
            return f"{signature.algorithm}, by the key of the settings", []
        return "wrong", ["the signature is not by the key of the settings"]
    if signature.algorithm == "hmac-sha256":
        return "hmac-sha256, which only who has the secret can check", []
    if not is_consistent(signature, files[MANIFEST]):
        return "wrong", [f"{SIGNATURE} does not fit {MANIFEST}"]
    return f"ed25519, by the key with the fingerprint {fingerprint(signature)}: compare it", []
