"""A correlator's state as records: its parts, packed, in pieces that any broker takes; a manifest.

Each zone is a part of its own, and so are what waits and all the rest. The manifest names the parts
with their checksums and is written last. So a state whose writing was torn has none, and the one
before it still holds.
"""

import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

import msgspec
import zstandard

from detectors.correlate.state import CorrelatorState, state_of
from streams.kafka.stage_records import Headers, header

#: Of the form, not of what the parts hold.
VERSION: Final = 2
#: Half of what brokers take where nobody has set anything (`message.max.bytes`).
PIECE_BYTES: Final = 512 << 10
#: All parts of a state together, unpacked.
MOST_BYTES: Final = 512 << 20
#: Headers: of a piece, which it is; of a manifest, its own checksum; of a state of the former form,
#: the offsets.
PIECE, MANIFEST, FORMER_OFFSETS = "piece", "manifest", "offsets"

_LEVEL: Final = 2
_DIGEST_BYTES: Final = 16


class Part(msgspec.Struct, frozen=True):
    """One part in ``pieces`` records; ``digest`` is of what is packed, ``size`` its length."""

    name: str
    pieces: int
    size: int
    digest: bytes


class Anew(msgspec.Struct, frozen=True):
    """When a correlator last began without a state that was there (ms of the clock), and why."""

    at_ms: int
    reason: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs together. ``next_offset`` is where each of the correlator's topics is to be read
    on; without ``parts`` the state was reset."""

    version: int
    release: str
    generation: str
    next_offset: dict[str, int]
    parts: tuple[Part, ...] = ()
    anew: Anew | None = None


class Packed(NamedTuple):
    """A state as records, each its headers and value: the manifest goes last."""

    pieces: list[tuple[Headers, bytes]]
    manifest: tuple[Headers, bytes]

    @property
    def bytes(self) -> int:
        """The length of all values."""
        return sum(len(value) for _, value in self.pieces)


class Stored(Protocol):
    """What is read of a record."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class BrokenStateError(ValueError):
    """A state that can't be taken up; the text says why."""


def packed(
    parts: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    next_offset: Mapping[str, int],
    release: str,
    anew: Anew | None = None,
) -> Packed:
    """The records of a state's parts, by name."""
    generation = secrets.token_hex(8)
    packing = zstandard.ZstdCompressor(level=_LEVEL)
    pieces: list[tuple[Headers, bytes]] = []
    named = []
    named_parts = parts.items() if isinstance(parts, Mapping) else parts
    for place, (name, content) in enumerate(named_parts):
        value = packing.compress(content)
        cut = [value[at : at + PIECE_BYTES] for at in range(0, len(value), PIECE_BYTES)]
        for number, piece in enumerate(cut):
            pieces.append(([(PIECE, _name(generation, place, number).encode())], piece))
        named.append(Part(name, len(cut), len(value), _digest(value)))
    manifest = Manifest(
        version=VERSION,
        release=release,
        generation=generation,
        next_offset=dict(next_offset),
        parts=tuple(named),
        anew=anew,
    )
    return Packed(pieces, manifest_record(manifest))


def manifest_record(manifest: Manifest) -> tuple[Headers, bytes]:
    """A manifest's headers and value."""
    value = msgspec.msgpack.encode(manifest)
    return [(MANIFEST, _digest(value))], value


def reset(next_offset: Mapping[str, int], release: str, at_ms: int) -> tuple[Headers, bytes]:
    """The record after which a correlator begins anew, to read on from those offsets."""
    anew = Anew(at_ms, "it was reset")
    generation = secrets.token_hex(8)
    manifest = Manifest(
        version=VERSION,
        release=release,
        generation=generation,
        next_offset=dict(next_offset),
        anew=anew,
    )
    return manifest_record(manifest)


def manifest_of(record: Stored) -> Manifest:
    """A manifest's content. Raises BrokenStateError."""
    value = record.value or b""
    if header(record.headers, MANIFEST) != _digest(value):
        raise BrokenStateError("its manifest is damaged: the checksum differs")
    try:
        version = msgspec.msgpack.decode(value).get("version")
        if version != VERSION:
            raise BrokenStateError(f"it is of form {version}, this release reads form {VERSION}")
        return msgspec.msgpack.decode(value, type=Manifest)
    except (msgspec.DecodeError, AttributeError) as error:
        raise BrokenStateError(f"its manifest can't be read: {error}") from error


def unpacked(manifest: Manifest, pieces: Mapping[str, bytes]) -> CorrelatorState:
    """The state of a manifest; ``pieces`` are by the value of their header. Raises
    BrokenStateError."""
    parts: dict[str, bytes] = {}
    left = MOST_BYTES
    for place, part in enumerate(manifest.parts):
        names = [_name(manifest.generation, place, number) for number in range(part.pieces)]
        if missing := [name for name in names if name not in pieces]:
            raise BrokenStateError(f"of {part.name} {len(missing)} of {part.pieces} records miss")
        value = b"".join(pieces[name] for name in names)
        if len(value) != part.size or _digest(value) != part.digest:
            raise BrokenStateError(f"{part.name} is damaged: the checksum differs")
        parts[part.name] = _unpacked(part.name, value, left)
        left -= len(parts[part.name])
    try:
        return state_of(parts)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BrokenStateError(f"it is of another release: {error}") from error


def former(record: Stored) -> tuple[CorrelatorState, dict[str, int]]:
    """A state in one record, as it was written before there were manifests, and its offsets.

    Raises BrokenStateError.
    """
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(record.value or b"", MOST_BYTES)
        if unpacking.unconsumed_tail:
            raise BrokenStateError(f"it unpacks to more than {MOST_BYTES} bytes")
        state = msgspec.msgpack.decode(content, type=CorrelatorState)
        stored = header(record.headers, FORMER_OFFSETS)
        return state, msgspec.json.decode(stored, type=dict[str, int]) if stored else {}
    except (zlib.error, msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BrokenStateError(f"it is damaged or of another release: {error}") from error


def needed(manifest: Manifest) -> Iterator[str]:
    """The pieces of a manifest, by the value of their header."""
    for place, part in enumerate(manifest.parts):
        yield from (_name(manifest.generation, place, number) for number in range(part.pieces))


def _name(generation: str, place: int, number: int) -> str:
    """What a piece is called in its header."""
    return f"{generation}/{place}/{number}"


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=_DIGEST_BYTES).digest()


def _unpacked(name: str, value: bytes, most: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor().stream_reader(value) as reader:
            content: bytes = reader.read(most + 1)
    except zstandard.ZstdError as error:
        raise BrokenStateError(f"{name} can't be unpacked: {error}") from error
    if len(content) > most:
        raise BrokenStateError(f"it unpacks to more than {MOST_BYTES} bytes")
    return content
