"""Numbers of people that were put in, and the search for them in all that comes out."""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from replay.traces.trace import Message
from streams.decode.schema import SCHEMAS
from tests.integration.messages import about
from tests.streams.privacy.canary_forms import forms
from tests.streams.privacy.canary_forms import found as found_forms

IMSIS = tuple(f"46000{7301948265 + 7919 * n}" for n in range(40))
IMEIS = tuple(f"35209900{176148 + 31 * n:06d}{n % 10}" for n in range(20))
NUMBERS = tuple(f"139{47182650 + 37 * n}" for n in range(20))
#: Hashes, ids and digests of ours hold runs of digits too.
_HEX = re.compile(r"[0-9a-f]{16,}")
_RUN = re.compile(r"(?<![0-9.])[0-9]{14,16}(?![0-9])")
_BASE64 = re.compile(r'"value_base64":\s?"([^"]*)"')


def put_in(messages: list[Message]) -> list[Message]:
    """Messages in which every third device or subscriber, and every second sender, is bare.

    One phone keeps one number, whichever topic it is in; numbers are written in several ways.
    """
    names: dict[str, str] = {}
    ways = [
        *IMSIS[:20],
        *IMEIS[:10],
        *(f"imsi-{number}" for number in IMSIS[20:30]),
        *(f"+86{number}" for number in NUMBERS[:10]),
    ]
    changed = []
    for place, message in enumerate(messages):
        fields: dict[str, Any] = json.loads(message.value)
        who = about(message)
        names.setdefault(who, ways[len(names) // 3 % len(ways)] if len(names) % 3 == 0 else who)
        for field in ("device", "subscriber"):
            if field in fields:
                fields[field] = names[who]
        if "sender" in fields and place % 2:
            number = NUMBERS[10 + place % 10]
            fields["sender"] = number if place % 4 == 1 else f"+86{number}"
        value = json.dumps(fields).encode()
        changed.append(Message(message.topic, value, message.arrival_ms, message.stand_in_ms))
    return changed


def in_every_form(at: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Records with the canary's identities, by topic: all forms in all fields of any text, another
    in each field of a message. Half of the messages stand there once more and can't be read."""
    every = [text for _, _, text in forms()]
    for topic, wanted in SCHEMAS.items():
        fields = [*(spec.name for spec in wanted.fields if spec.kind == "text"), "imsi"]
        whole = dict(wanted.example) | {"ts": at, "rx_ts": at}
        messages = [
            whole | {name: every[(first + 7 * n) % len(every)] for n, name in enumerate(fields)}
            for first in range(len(every))
        ]
        # A record that is all wrong gets one letter, and any at most a hundred.
        for first in range(0, len(messages), 100):
            some = messages[first : first + 100]
            yield topic, some + [message | {"ts": "broken"} for message in some[::2]]
    for text in every:
        notes = {"note": text, "by": text, "alert_id": text}
        yield "field.feedback", [{"ts": at, "rx_ts": at, "verdict": "not_found"} | notes]
        yield "network.changes", [{"rx_ts": at, "kind": "replan", "note": text}]


def found(what: str, content: bytes) -> list[str]:
    """What in some content names a person: the numbers put in, and what looks like one."""
    problems = []
    for name, text in _texts(what, content):
        problems += [f"{name}: the {identity} of the canary" for identity in found_forms(text)]
        digits = re.sub(r"(?<=[0-9])[ \-]{1,2}(?=[0-9])", "", text)
        for number in (*IMSIS, *IMEIS, *NUMBERS):
            if number in text or number in digits:
                problems.append(f"{name}: {number}")
        without = _HEX.sub("#", text)
        problems += [f"{name}: looks like one: {run}" for run in _RUN.findall(without)]
    return problems


def _texts(what: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The texts in it, also those in an archive or in base64."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _texts(f"{what} {name}", archive.read(name))
        return
    text = content.decode("utf-8", "replace")
    yield what, text
    for held in _BASE64.findall(text):
        yield f"{what} in base64", base64.b64decode(held).decode("utf-8", "replace")
