"""What consoles signed goes into a bundle as it came; all else is cleaned."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from field.alerts.life_cycle import Action
from field.evidence.bundle import build
from field.evidence.export import files_of
from field.evidence.gathering import gathered
from field.evidence.matching import Matching
from field.evidence.verify import verify
from field.trail.chain import Chain
from streams.config.settings import EvidenceSettings, Settings
from streams.decode.clean_messages import hashed_line
from streams.decode.topic_reader import Topics
from streams.privacy.hasher import Hasher
from streams.signed.keys import PublicKeys, SigningKey
from streams.signed.seals import sealed
from tests.field.evidence.test_matching import T0, alert_of

HASHER = Hasher(b"a key for tests only")
CONSOLE = SigningKey.derived(b"a console's secret", "trail")
CONSOLES = PublicKeys.of([CONSOLE.public])
IMSI = "460001234567890"
#: What is hexadecimal may have such digits alone.
DIGITS = "3520990017614821"
ALERT = alert_of()


@dataclass
class _Record:
    value: bytes
    headers: tuple[Any, ...] = ()


class _OnPaper:
    """Topics that hold what they are given."""

    def __init__(self, **values: list[bytes]) -> None:
        self._values = values

    def numbers(self, _topic: str) -> list[int]:
        return []

    def all(self, topic: str) -> Iterator[_Record]:
        yield from map(_Record, self._values.get(topic.partition(".")[2], []))


def _note(**changes: Any) -> Action:
    fields = {"action_id": "note-1", "note": "parked", "alert_id": ALERT.alert_id} | changes
    return Action(ts=T0, action="note", by="dora", role="dispatcher", **fields)


def _signed(action: Action) -> bytes:
    """Its run has a name of sixteen digits by chance, which look like somebody's number."""
    chain = Chain(CONSOLE)
    chain.writer = DIGITS
    return chain.next(action, "")


def test_a_signed_record_still_fits_its_seal_in_the_bundle(tmp_path: Path) -> None:
    signed = _signed(_note())
    assert hashed_line(signed, HASHER) != signed, "so it would be changed by cleaning"
    unsigned = msgspec.json.encode(_note(action_id="note-2", note=f"owner is {IMSI}"))
    forged = _signed(_note(action_id="note-3")).replace(b"parked", IMSI.encode())
    verdict = {"ts": T0, "alert_id": ALERT.alert_id, "verdict": "confirmed", "role": "field"}
    by_console = sealed(verdict | {"action_id": DIGITS}, "field.feedback", CONSOLE)
    topics = _OnPaper(
        actions=[signed, unsigned, forged],
        feedback=[msgspec.json.encode(by_console), msgspec.json.encode(verdict | {"note": IMSI})],
    )
    matching = Matching(ALERT, EvidenceSettings())
    found = gathered(cast(Topics, topics), HASHER, [ALERT], matching, CONSOLES)
    assert [one.action_id for one in found.actions] == ["note-1", "note-2", "note-3"]
    assert found.feedback[0] == by_console

    files = files_of(found, Settings(), T0, "dora", "cellhound 1")
    assert IMSI.encode() not in b"".join(files.values())
    path = tmp_path / "bundle.zip"
    about = {"alert_id": "a", "revision": 1, "created_ms": 0, "by": "x", "software": "y"}
    path.write_bytes(build(files, **about))  # type: ignore[arg-type]
    text = verify(path, consoles=CONSOLES).text()
    assert (
        "what people did: 1 signed by a console that is known here; 1 unsigned: nobody vouches for"
        " these; 1 changed or forged" in text
    ), text
    assert "verdicts: 1 signed by a console that is known here; 1 unsigned" in text
    assert "feedback.jsonl: " not in text
