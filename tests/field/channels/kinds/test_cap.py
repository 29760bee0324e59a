"""CAP as a channel: into a folder or by POST; updates name the message that they follow."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from field.channels.delivery.policy import LastSent
from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.cap import CapSender
from streams.config.channels import CapSettings
from tests.field.channels.example import an_alert
from tests.field.channels.receiver import receiver

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
FIRST = an_alert(revision=1)
SECOND = an_alert(revision=4)
LAST = an_alert(revision=9, status="closed")


def follow_up(alert: object, revision: int, ts: int) -> Notice:
    return Notice((alert,), before=LastSent(revision, "high", 0.0, ts))  # type: ignore[arg-type]


def send_all(channel: CapSettings, *notices: Notice) -> list[str]:
    async def send() -> list[str]:
        sender = CapSender(channel)
        try:
            return [await sender.send(notice) for notice in notices]
        finally:
            await sender.stop()

    return asyncio.run(send())


def test_a_folder_gets_one_file_a_revision_and_nothing_half(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cap"
    channel = CapSettings(name="hub", sender="noc@example.org", folder=str(folder))
    names = send_all(
        channel,
        Notice((FIRST,)),
        follow_up(SECOND, 1, FIRST.ts),
        follow_up(LAST, 4, SECOND.ts),
        follow_up(LAST, 4, SECOND.ts),
    )
    assert names == ["a1-1.xml", "a1-4.xml", "a1-9.xml", "a1-9.xml"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(names))
    read = [etree.parse(folder / name).getroot() for name in names[:3]]
    assert [one.findtext(f"{CAP}msgType") for one in read] == ["Alert", "Update", "Cancel"]
    for earlier, later in pairwise(read):
        parts = [earlier.findtext(CAP + part) for part in ("sender", "identifier", "sent")]
        assert later.findtext(f"{CAP}references") == ",".join(str(part) for part in parts)
    assert read[0].findtext(f"{CAP}status") == "Actual"


def test_a_replay_is_an_exercise(tmp_path: Path) -> None:
    channel = CapSettings(name="hub", sender="noc@example.org", folder=str(tmp_path))
    (name,) = send_all(channel, Notice((FIRST,), replay=True))
    assert etree.parse(tmp_path / name).getroot().findtext(f"{CAP}status") == "Exercise"


def test_an_id_that_leads_elsewhere_writes_nothing_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "cap"
    channel = CapSettings(name="hub", sender="noc@example.org", folder=str(folder))
    (name,) = send_all(channel, Notice((an_alert("../../a/b"),)))
    assert [path.name for path in tmp_path.rglob("*")] == ["cap", name]


def test_a_time_that_no_calendar_reaches_is_sent_all_the_same(tmp_path: Path) -> None:
    channel = CapSettings(name="hub", sender="noc@example.org", folder=str(tmp_path))
    assert send_all(channel, Notice((an_alert(ts=10**18),))) == ["a1-1.xml"]


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    channel = CapSettings(name="hub", sender="a@b.example", folder=str(tmp_path / "file" / "x"))
    with pytest.raises(SendError, match="not written"):
        send_all(channel, Notice((FIRST,)))


def test_a_test_is_an_exercise_and_posted_as_cap() -> None:
    async def send() -> None:
        async with receiver() as there:
            channel = CapSettings(
                name="hub", sender="noc@example.org", url=there.url, timeout_s=60.0
            )
            sender = CapSender(channel, "t0ken")
            assert await sender.send(Notice((FIRST,), test=True)) == "answered 200"
            await sender.stop()
            (posted,) = there.posted
        assert posted.headers["content-type"] == "application/cap+xml; charset=utf-8"
        assert posted.headers["authorization"] == "Bearer t0ken"
        assert etree.fromstring(posted.body).findtext(f"{CAP}status") == "Exercise"

    asyncio.run(send())
