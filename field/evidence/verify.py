"""Whether a bundle is whole and unchanged, in words that the person who got it can act on.

Every part is distrusted: names that lead out of the folder, entries that are compressed or larger
than a bundle gets, links, twins, bytes before, between or after the files. What is read is only
ever compared, nothing is unpacked to disk.
"""

import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.x509 import Certificate

from field.evidence.bundle import (
    ABOUT,
    DIGEST,
    FORMAT,
    MANIFEST,
    SIGNATURE,
    STAMP,
    Manifest,
    digest_line,
    packed,
)
from field.evidence.signing import Signature, Signer, fingerprint, is_by, is_consistent
from field.evidence.stamping import examined
from field.trail.chain import TOPIC
from streams.signed.keys import NOBODY, PublicKeys
from streams.signed.seals import voucher

#: A day of a busy incident is a hundredth of it.
MOST_BYTES: Final = 512 * 1024 * 1024
_MOST_FILES: Final = 64
#: Files whose lines consoles sign, the topic of each, and what its line in the answer begins with.
_SIGNED: Final = (
    ("actions.jsonl", TOPIC, "what people did"),
    ("feedback.jsonl", "field.feedback", "verdicts"),
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: no ``problems`` means that the files agree with their digests.

    Only where somebody who is known ``vouched`` for these is the bundle what that one made: whoever
    forges a bundle makes its digests too.
    """

    name: str
    problems: tuple[str, ...] = ()
    manifest: Manifest | None = None
    signature: str = ""
    vouched: bool = False
    trail: tuple[str, ...] = ()
    stamp: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and somebody who is known vouches for it."""
        return self.vouched and not self.problems

    def text(self) -> str:
        """The answer in words, one line for each thing."""
        lines = []
        if self.manifest is not None:
            lines.append(
                f"{self.name}: alert {self.manifest.alert_id} revision {self.manifest.revision},"
                f" made {self.manifest.created} by {self.manifest.by}, {self.manifest.software}"
            )
            lines.append(f"signature: {self.signature}")
            lines.append(f"time stamp: {self.stamp}")
            lines += self.trail
        lines += [f"problem: {problem}" for problem in self.problems]
        # Names and words out of a bundle must not write lines of their own, nor move the cursor.
        lines = ["".join(c if c.isprintable() else "?" for c in line) for line in lines]
        if self.ok and self.manifest is not None:
            lines.append(f"whole and unchanged: {len(self.manifest.files)} files agree")
        elif not self.problems and self.manifest is not None:
            lines.append(
                f"NOT vouched for: {len(self.manifest.files)} files agree with digests that anybody"
                " could have made. Get the public key of who made the bundle from them, and name it"
                " with --public-key FILE."
            )
        else:
            lines.append(f"NOT to be relied on: {len(self.problems)} problems")
        return "\n".join(lines)


def verify(
    path: Path,
    signer: Signer | None = None,
    most_bytes: int = MOST_BYTES,
    keys: PublicKeys = NOBODY,
    own: PublicKeys = NOBODY,
    consoles: PublicKeys = NOBODY,
    authority: Sequence[Certificate] = (),
) -> Verified:
    """Examines a bundle; never raises for what is in it.

    Where a ``signer`` or ``keys`` are given, the signature must be by one of them. Else it is
    enough that it is by one of this user's ``own``; one by another key is checked against the
    public key that it brings, whose fingerprint is given for comparison, and vouches for nothing.
    Actions and verdicts in the bundle are checked by the keys of ``consoles``. Where certificates
    of a time stamping ``authority`` are given, there must be a time stamp by it.
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
    by_whom, more, vouched = _of_signature(files, signer, keys, own)
    problems += more
    stamp, more = examined(files.get(STAMP), files[MANIFEST], authority)
    problems += more
    trail = []
    for name, topic, words in _SIGNED:
        by_whom_each, more = _of_lines(files, name, topic, consoles)
        trail.append(f"{words}: {by_whom_each}")
        problems += more
    if packed(files) != raw:
        problems.append("there are bytes besides the files that are listed, or out of their place")
    return Verified(path.name, tuple(problems), manifest, by_whom, vouched, tuple(trail), stamp)


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


def _of_signature(
    files: dict[str, bytes], signer: Signer | None, keys: PublicKeys, own: PublicKeys
) -> tuple[str, list[str], bool]:
    """By whom the manifest is signed, what is wrong with that, and whether one of them is known."""
    content, is_due = files.get(SIGNATURE), bool(signer or keys.by_id)
    if content is None:
        missing = [f"{SIGNATURE} is missing, and a signature is due"] if is_due else []
        return "none: nobody vouches for this bundle", missing, False
    try:
        signature = msgspec.json.decode(content, type=Signature)
    except (msgspec.MsgspecError, ValueError) as error:
        return "unreadable", [f"{SIGNATURE} can't be read: {error}"], False
    manifest, algorithm = files[MANIFEST], signature.algorithm
    if signer is not None:
        if signer.made(signature, manifest):
            return f"{algorithm}, by the key of the settings", [], True
        return "wrong", ["the signature is not by the key of the settings"], False
    if algorithm == "hmac-sha256":
        wrong = ["the signature is not by a key that was given"] if is_due else []
        return "hmac-sha256, which only who has the secret can check", wrong, False
    if not is_consistent(signature, manifest):
        return "wrong", [f"{SIGNATURE} does not fit {MANIFEST}"], False
    name = f"ed25519, by the key with the fingerprint {fingerprint(signature)}"
    if is_by(signature, manifest, keys):
        return f"{name}, which is the one that was given", [], True
    if keys.by_id:
        return name, ["the signature is not by a key that was given"], False
    if is_by(signature, manifest, own):
        return f"{name}, which is this user's own", [], True
    return f"{name}, which is not known here: compare it with what its owner publishes", [], False


def _of_lines(
    files: dict[str, bytes], name: str, topic: str, consoles: PublicKeys
) -> tuple[str, list[str]]:
    """Who signed the messages of a topic in a file, and what is wrong with them."""
    counts: Counter[str] = Counter()
    for line in files.get(name, b"").splitlines():
        try:
            message = msgspec.json.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            message = None
        counts[voucher(message, topic, consoles) if isinstance(message, dict) else "forged"] += 1
    words = {
        "signed": "signed by a console that is known here",
        "unknown_key": "signed by a key that is not known here",
        "unsigned": "unsigned: nobody vouches for these",
        "forged": "changed or forged",
    }
    found = [f"{counts[kind]} {text}" for kind, text in words.items() if counts[kind]]
    wrong = [f"{name}: {counts['forged']} changed or forged"] if counts["forged"] else []
    return "; ".join(found) or "nothing", wrong
