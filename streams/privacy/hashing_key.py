"""The key of `streams.privacy.hasher`: from the environment, else from a file that is made once.

Workers with different keys would count one phone twice, so a deployment sets ``CELLHOUND_KEY`` on
all of them. A single computer gets a key of its own, readable by its user only.

A key is changed at one moment of arrival time (``CELLHOUND_KEY_FROM``), before which the former
(``CELLHOUND_KEY_FORMER``) holds. So it doesn't matter when each program was started again, nor who
reads which message, nor how often. The same goes for the national key, where there is one; both may
change at one moment.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

from streams.privacy.hasher import Hasher
from streams.privacy.numbering import SenderRules
from streams.privacy.secret_file import make_once
from streams.privacy.sub_keys import sub_key

KEY_VARIABLE: Final = "CELLHOUND_KEY"
FORMER_VARIABLE: Final = "CELLHOUND_KEY_FORMER"
FROM_VARIABLE: Final = "CELLHOUND_KEY_FROM"
#: The key that all provinces have for telephone numbers (docs/rollup.md), and the one before it.
NATIONAL_VARIABLE: Final = "CELLHOUND_NATIONAL_KEY"
FORMER_NATIONAL_VARIABLE: Final = "CELLHOUND_NATIONAL_KEY_FORMER"
#: The former national key of who had none.
NONE_BEFORE: Final = "none"
HOME_VARIABLE: Final = "CELLHOUND_HOME"
_KEY_BYTES: Final = 32
#: A hash of a number is undone by trying all numbers under all keys that come into question: there
#: are 10^10 numbers, and a graphics card tries as many in some seconds. So the key must be one that
#: nobody guesses. Sixteen characters of eight kinds are the least that a random one has; less than
#: eight of four are no secret on any computer.
_ENOUGH: Final = (16, 8)
_LEAST: Final = (8, 4)


class KeyUnavailable(Exception):  # noqa: N818 - it names what is the matter
    """There is no key and none can be made; the text says what to do."""


@dataclass(frozen=True, slots=True)
class HashingKey:
    """32 bytes, whether they were made just now, and a warning for the user. One that is ``weak``
    may be guessed: it does for this computer alone. ``former`` is the key that holds for what
    arrived before ``from_ms``, where the key is being changed; ``national`` is the key of all
    provinces for telephone numbers, and ``former_national`` that before ``from_ms``, empty where
    there was none."""

    key: bytes
    generated: bool = False
    warning: str | None = None
    weak: bool = False
    former: bytes | None = None
    from_ms: int = 0
    national: bytes | None = None
    former_national: bytes | None = None

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the key and give nothing of it away, so that
        workers can compare theirs."""
        return _id(self.key, self.national)

    @property
    def former_id(self) -> str:
        """The id of the former key; "" without one."""
        if self.former is None:
            return ""
        before = self.national if self.former_national is None else self.former_national or None
        return _id(self.former, before)

    def id_at(self, arrival_ms: int) -> str:
        """The id of the key for what arrived then."""
        return self.id if self.former is None or arrival_ms >= self.from_ms else self.former_id

    def hasher(self, senders: SenderRules | None = None) -> Hasher:
        """What hashes under it, and under the former one what arrived before."""
        former = None if self.former is None else (self.former, self.from_ms)
        return Hasher(self.key, senders, former, self.national, self.former_national)


def state_folder(env: Mapping[str, str]) -> Path:
    """Where this user's state lies: CELLHOUND_HOME, else ``cellhound`` under the XDG state home."""
    if home := env.get(HOME_VARIABLE):
        return Path(home).expanduser()
    if state := env.get("XDG_STATE_HOME"):
        return Path(state) / "cellhound"
    home_folder = Path(env["HOME"]) if env.get("HOME") else Path.home()
    return home_folder / ".local" / "state" / "cellhound"


def load_key(env: Mapping[str, str], path: Path | None = None) -> HashingKey:
    """The key of CELLHOUND_KEY, else of ``path``, which is made where it is absent.

    ``path`` defaults to ``key`` in `state_folder`. Several processes may call this at once: all get
    the same key. With CELLHOUND_KEY_FORMER and CELLHOUND_KEY_FROM it is one that is being changed.
    Raises KeyUnavailable where the file can't be made or read, is empty, or holds a key that is
    guessed at once, and where what is set of a change isn't whole.
    """
    if text := env.get(KEY_VARIABLE):
        return _changed(_with_national(_judged(text, KEY_VARIABLE), env), env)
    for name in (NATIONAL_VARIABLE, FORMER_NATIONAL_VARIABLE):
        if env.get(name):
            raise KeyUnavailable(
                f"{name} is set and {KEY_VARIABLE}, the province's own key, is not"
            )
    if env.get(FORMER_VARIABLE):
        raise KeyUnavailable(f"{FORMER_VARIABLE} is set and {KEY_VARIABLE}, the new key, is not")
    path = path or state_folder(env) / "key"
    try:
        if path.exists():
            return _read(path)
        made = make_once(path, secrets.token_hex(_KEY_BYTES).encode())
        key = _read(path).key
    except OSError as error:
        raise KeyUnavailable(
            f"{path}: the hashing key can't be read or made ({error.strerror}). Set {KEY_VARIABLE}"
            f" to a secret text, or {HOME_VARIABLE} to a folder that you may write."
        ) from error
    warning = (
        f"{KEY_VARIABLE} is not set, so a key was made in {path}. Identifiers hashed under it can't"
        f" be compared with those of other computers: set {KEY_VARIABLE} to one secret on all."
    )
    return HashingKey(key, generated=made, warning=warning if made else None)


def _read(path: Path) -> HashingKey:
    text = path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    if not text:
        raise KeyUnavailable(
            f"{path}: the hashing key is empty. Delete the file for a new key, or set"
            f" {KEY_VARIABLE} to a secret text."
        )
    return _judged(text, str(path))


def _judged(text: str, where: str) -> HashingKey:
    if _has(text, _ENOUGH):
        return HashingKey(_derived(text))
    complaint = (
        f"{where}: the hashing key is too easy to guess. It needs at least {_ENOUGH[0]}"
        f" characters, {_ENOUGH[1]} different ones among them; openssl rand -hex 32 makes a"
        " good one. Under another key people's pseudonyms are others, so change it on all"
        " computers at once, with all workers stopped."
    )
    if not _has(text, _LEAST):
        raise KeyUnavailable(complaint)
    return HashingKey(_derived(text), warning=complaint, weak=True)


def _with_national(key: HashingKey, env: Mapping[str, str]) -> HashingKey:
    text = env.get(NATIONAL_VARIABLE)
    if not text:
        return key
    national = _judged(text, NATIONAL_VARIABLE)
    if national.weak:
        raise KeyUnavailable(str(national.warning))
    if national.key == key.key:
        raise KeyUnavailable(
            f"{NATIONAL_VARIABLE} is {KEY_VARIABLE}: a province has one of its own"
        )
    return replace(key, national=national.key)


def _changed(key: HashingKey, env: Mapping[str, str]) -> HashingKey:
    former, begin = env.get(FORMER_VARIABLE, "").strip(), env.get(FROM_VARIABLE, "").strip()
    former_national = env.get(FORMER_NATIONAL_VARIABLE, "").strip()
    if not former and not begin and not former_national:
        return key
    if not (former or former_national) or not begin:
        given = FROM_VARIABLE if begin else FORMER_VARIABLE if former else FORMER_NATIONAL_VARIABLE
        missing = FORMER_VARIABLE if begin else FROM_VARIABLE
        raise KeyUnavailable(
            f"{given} is set and {missing} is not: both change the key, none when that is over"
        )
    if former_national and key.national is None:
        raise KeyUnavailable(f"{FORMER_NATIONAL_VARIABLE} is set and {NATIONAL_VARIABLE} is not")
    try:
        from_ms = _moment_ms(begin)
    except (ValueError, OverflowError) as error:
        raise KeyUnavailable(
            f"{FROM_VARIABLE}: {begin!r} is no moment; give date, time and zone, such as"
            " 2026-12-01T03:00:00Z"
        ) from error
    old = _derived(former) if former else key.key
    old_national = _derived(former_national) if former_national else None
    if former_national == NONE_BEFORE:
        old_national = b""
    for name, is_same in (
        (KEY_VARIABLE, bool(former) and old == key.key),
        (NATIONAL_VARIABLE, old_national is not None and old_national == key.national),
    ):
        if is_same:
            raise KeyUnavailable(f"{name}_FORMER is {name}: the former key, not the new one")
    return replace(key, former=old, from_ms=from_ms, former_national=old_national)


def _moment_ms(text: str) -> int:
    """Ms since the epoch. Raises ValueError for what is no moment, or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no zone")
    return round(moment.astimezone(UTC).timestamp() * 1000)


def _id(key: bytes, national: bytes | None) -> str:
    secret = key if national is None else key + national
    return sub_key(secret, "hashing key id", 8).hex()


def _has(text: str, least: tuple[int, int]) -> bool:
    characters, kinds = least
    return len(text) >= characters and len(set(text)) >= kinds


def _derived(text: str) -> bytes:
    return blake2b(
        text.encode("utf-8", "surrogateescape"), digest_size=_KEY_BYTES, person=b"cellhound-key"
    ).digest()
