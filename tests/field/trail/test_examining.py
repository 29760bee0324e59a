"""A trail of several consoles is whole as written, and nothing can be done to it unnoticed.

Long because who writes a trail, keeps its keys and examines it is tried on one kind of trail.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from field.console.access.credentials.trail_keys import (
    change_trail_key,
    heads,
    note_head,
    public_trail_keys,
    trail_key,
)
from field.console.access.database import KEYS as KEYS_TABLE
from field.console.access.database import open_database
from field.console.live.sealing import Sealing
from field.console.store.queries.actions import audit
from field.doctor.trail import of_trail
from field.trail.chain import Chain
from field.trail.examining import Examined, Head, examine
from streams.signed.keys import Believed, PublicKeys, SigningKey
from streams.signed.seals import digest, voucher
from tests.field.console.loopback_console import Loopback
from tests.field.console.topic_records import NOW, Topics, action, alert, opened

CONSOLE = SigningKey.derived(b"the secret of a console", "trail")
STRANGER = SigningKey.derived(b"the secret of somebody else", "trail")
NEW = SigningKey.derived(b"the next secret of a console", "trail")
KEYS = PublicKeys.of([CONSOLE.public])
Trail = list[bytes]


def written(of: str = "abaabb") -> tuple[Trail, list[Head]]:
    """A trail in which consoles of those letters wrote in turn, behind two unsigned records."""
    trail = [msgspec.json.encode(action("note", which=f"old-{number}")) for number in range(2)]
    chains: dict[str, Chain] = {}
    for number, name in enumerate(of):
        chain = chains.setdefault(name, Chain(CONSOLE))
        value = chain.next(
            action("note", which=f"new-{number}", ts=NOW + number), digest(trail[-1])
        )
        chain.written(value)
        trail.append(value)
    return trail, [Head(one.writer, one.number, one.last) for one in chains.values()]


def looked(trail: Trail, known: list[Head] | None = None, keys: PublicKeys = KEYS) -> Examined:
    return examine(enumerate(trail), keys, known or [])


def test_as_it_was_written_it_is_whole() -> None:
    trail, known = written()
    found = looked(trail, known)
    assert found.problems == []
    assert found.summary() == (
        "8 records, 6 signed by 2 runs of consoles; 2 unsigned, before 2023-11-14T22:13:20.000Z:"
        " nobody vouches for these"
    )
    assert looked([]).summary() == "0 records, 0 signed"
    assert of_trail(found).state == "ok"
    assert (of_trail(looked([])).state, of_trail(looked(trail[:2])).state) == ("ok", "warn")


CHANGES: dict[str, tuple[Callable[[Trail], Any], str]] = {
    "one is removed": (lambda t: t.pop(4), "1 were removed; the first: number 2 of"),
    "a whole run is removed": (
        lambda t: t.__setitem__(slice(None), [*t[:3], *t[4:6]]),
        "1 refer to records that were removed; the first: offset 3",
    ),
    "one is changed": (
        lambda t: t.__setitem__(4, t[4].replace(b'"fei"', b'"eve"')),
        "1 changed after they were signed, or forged; the first: offset 4, action note, by eve",
    ),
    "one is forged without a key": (
        lambda t: t.insert(5, msgspec.json.encode(action("false_alarm", by="mallory"))),
        "1 written by somebody without a console's key; the first: offset 5, action false_alarm, by"
        " mallory",
    ),
    "one is signed by a stranger": (
        lambda t: t.append(Chain(STRANGER).next(action("note"), "")),
        "1 signed by a key that is not known here; the first: offset 8",
    ),
    "one is there twice": (lambda t: t.append(t[3]), "1 there twice; the first: offset 8"),
    "two of one run change places": (
        lambda t: t.__setitem__(slice(4, 6), [t[5], t[4]]),
        "1 in another place than they were written to; the first: offset 5",
    ),
    "two of two runs change places": (
        lambda t: t.__setitem__(slice(3, 5), [t[4], t[3]]),
        "1 stand before what they were written after; the first: offset 3",
    ),
    "one can't be read": (lambda t: t.append(b"\xff"), "1 can't be read; the first: offset 8"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_done_to_it_is_named(change: str) -> None:
    do, words = CHANGES[change]
    trail, _ = written()
    do(trail)
    found = looked(trail)
    assert words in "\n".join(found.problems)
    assert (found.ok, of_trail(found).state) == (False, "fail")


@settings(max_examples=60, deadline=None)
@given(at=st.integers(2, 7), to=st.integers(2, 7), how=st.sampled_from(["remove", "move", "flip"]))
def test_no_single_change_of_what_was_signed_goes_unnoticed(at: int, to: int, how: str) -> None:
    trail, known = written()
    before = list(trail)
    value = trail.pop(at)
    if how == "move":
        trail.insert(to, value)
    elif how == "flip":
        trail.insert(at, value[:20] + bytes([value[20] ^ 1]) + value[21:])
    assert looked(trail, known).ok == (trail == before)


def test_what_is_cut_off_at_the_end_is_known_to_the_accounts() -> None:
    trail, known = written()
    assert looked(trail[:-2]).ok
    assert "2 were removed; the first: number 2 of" in looked(trail[:-2], known).problems[0]
    lost = [head for head in known if head.number == 3]
    assert len(lost) == 2
    assert "were removed; the first: all 3 of" in "\n".join(looked(trail[:2], known).problems)


def test_nothing_that_the_topic_may_hold_raises() -> None:
    odd = [b"", b"[]", b"7", b'{"seal": {"key": 1}}', b"[" * 100_000, b'{"by": "\\u001b[8m"}']
    looked([*odd, *written()[0], *odd])
    assert looked(odd).ok is False


def test_keys_change_and_old_ones_stay_known(tmp_path: Path) -> None:
    engine = open_database(str(tmp_path / "accounts.db"))
    first = trail_key(engine)
    assert trail_key(engine).id == first.id
    second = change_trail_key(engine)
    assert set(public_trail_keys(engine).by_id) == {first.id, second.id}
    for number in range(70):
        note_head(engine, "here", Head(f"w{number}", number, "d"), number)
    note_head(engine, "here", Head("w69", 100, "e"), 100)
    known = heads(engine, "here")
    assert len(known) == 64
    assert Head("w69", 100, "e") in known
    note_head(engine, "elsewhere", Head("other", 7, "f"), 101)
    assert heads(engine, "elsewhere") == [Head("other", 7, "f")]
    # One of the other trail came for the oldest of this one.
    assert len(heads(engine, "here")) == 63
    with engine.begin() as db:
        old = {"name": "head of-before", "value": f"{102:015d} 9 g"}
        db.execute(KEYS_TABLE.insert().values(**old))
    assert Head("of-before", 9, "g") not in heads(engine, "here") + heads(engine, "elsewhere")
    engine.dispose()


def test_a_console_signs_what_it_writes_and_takes_nothing_else_from_then_on(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db", believed=Believed(KEYS))
    known: list[Head] = []
    publisher = Loopback(store, Sealing(CONSOLE, known.append))
    topics: Topics = publisher.topics
    old = action("acknowledge", which="of-an-older-release")
    store.take([topics.write("fbs.alerts", alert(1)), topics.write("fbs.actions", old)])

    asyncio.run(publisher.begin())
    asyncio.run(publisher.begin())
    outcome = asyncio.run(publisher.act(action("false_alarm", role="dispatcher")))
    assert outcome.accepted
    [verdict] = publisher.sent("field.feedback")
    assert voucher(verdict, "field.feedback", KEYS) == "signed"
    assert verdict["role"] == "dispatcher"

    forger = Chain(STRANGER)
    signed = topics.records[-2].value or b""
    for value in (
        msgspec.json.encode(action("reopen", role="admin", by="mallory", which="forged-1")),
        forger.next(action("reopen", role="admin", by="mallory", which="forged-2"), ""),
        signed.replace(b"false_alarm-1-id", b"false_alarm-2-id"),
    ):
        store.take([topics.write("fbs.actions", value)])
    trail = store.read(audit, None, 20)
    assert [(one["action_id"], one["vouched"], one["refusal"]) for one in reversed(trail)][2:] == [
        ("false_alarm-1-id", "signed", None),
        ("forged-1", "unsigned", "unsigned"),
        ("forged-2", "unknown_key", "unknown_key"),
        ("false_alarm-2-id", "forged", "forged"),
    ]
    assert [one["action"] for one in reversed(trail)][:2] == ["acknowledge", "begin"]
    assert trail[-1]["accepted"]
    values = [record.value or b"" for record in topics.records if record.topic == "fbs.actions"]
    assert looked(values[:3], known).ok
    assert len(looked(values, known).problems) == 3
    store.close()


def test_others_write_while_accounts_are_slow_to_note_how_far_the_trail_has_come(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path / "store.db", believed=Believed(KEYS))
    may_note = Event()
    noted: list[int] = []

    def note(head: Head) -> None:
        may_note.wait()
        noted.append(head.number)

    publisher = Loopback(store, Sealing(CONSOLE, note))
    store.take([publisher.topics.write("fbs.alerts", alert(1))])

    async def check() -> None:
        acts = [publisher.act(action("note", which=f"note-{number}")) for number in range(3)]
        running = [asyncio.create_task(one) for one in acts]
        try:
            while len(publisher.sent("fbs.actions")) < 3:
                await asyncio.sleep(0.01)
        finally:
            may_note.set()
        assert all(one.accepted for one in await asyncio.gather(*running))

    asyncio.run(asyncio.wait_for(check(), 60))
    # The newest, and none twice: it never goes back.
    assert noted == sorted(set(noted))
    assert noted[-1] == 3
    values = [r.value or b"" for r in publisher.topics.records if r.topic == "fbs.actions"]
    assert looked(values).problems == []
    store.close()


def test_a_key_that_was_made_meanwhile_is_looked_up_before_a_record_is_refused(
    tmp_path: Path,
) -> None:
    """Consoles are restarted one after the other: the first of them signs with a new key."""
    asked = 0

    def by_now() -> PublicKeys:
        nonlocal asked
        asked += 1
        return PublicKeys.of([NEW.public])

    store = opened(tmp_path / "store.db", believed=Believed(KEYS, by_now))
    topics = Topics()
    values = (
        Chain(CONSOLE).next(action("note", which="by-the-old"), ""),
        Chain(NEW).next(action("note", which="by-the-new"), ""),
        Chain(STRANGER).next(action("note", which="by-a-stranger"), ""),
        Chain(STRANGER).next(action("note", which="by-a-stranger-2"), ""),
    )
    store.take([topics.write("fbs.alerts", alert(1))])
    store.take([topics.write("fbs.actions", value) for value in values])
    trail = store.read(audit, None, 5)
    assert [(one["action_id"], one["refusal"]) for one in reversed(trail)] == [
        ("by-the-old", None),
        ("by-the-new", None),
        ("by-a-stranger", "unknown_key"),
        ("by-a-stranger-2", "unknown_key"),
    ]
    assert asked == 1, "a flood of strangers costs one look for each batch"
    store.close()


def test_after_an_uncertain_write_a_new_chain_begins(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db", believed=Believed(KEYS))
    publisher = Loopback(store, Sealing(CONSOLE))
    store.take([publisher.topics.write("fbs.alerts", alert(1))])
    asyncio.run(publisher.act(action("note", which="note-1")))
    send = publisher._send

    async def fails(*_: Any, **__: Any) -> None:
        raise OSError("cut off")

    publisher._send = fails  # type: ignore[method-assign,assignment]
    with pytest.raises(OSError, match="cut off"):
        asyncio.run(publisher.act(action("note", which="note-2")))
    publisher._send = send  # type: ignore[method-assign]
    asyncio.run(publisher.act(action("note", which="note-3")))
    values = [r.value or b"" for r in publisher.topics.records if r.topic == "fbs.actions"]
    assert looked(values).problems == []
    assert looked(values).writers == 2
    store.close()


@pytest.mark.parametrize("role", ["viewer", "boss"])
def test_what_a_role_may_not_do_counts_for_nothing_and_stays_in_the_trail(
    tmp_path: Path, role: str
) -> None:
    store = opened(tmp_path / "store.db")
    topics = Topics()
    forged = msgspec.to_builtins(action("false_alarm")) | {"role": role}
    store.take([topics.write("fbs.alerts", alert(1)), topics.write("fbs.actions", forged)])
    known = store.alert(f"{1:032x}")
    assert known is not None
    assert known.state == "new"
    trail = store.read(audit, None, 5)
    assert [(one["accepted"], one["refusal"]) for one in trail] == (
        [(False, "role")] if role == "viewer" else []
    )
    store.close()


def test_an_old_mute_until_2100_ends_after_thirty_days(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db")
    topics = Topics()
    forged = action("false_alarm", details={"mute_until_ts": 4_102_444_800_000})
    store.take([topics.write("fbs.alerts", alert(1)), topics.write("fbs.actions", forged)])
    known = store.alert(f"{1:032x}")
    assert known is not None
    assert msgspec.json.decode(known.summary)["muted_until"] == forged.ts + 30 * 86_400_000
    store.close()
