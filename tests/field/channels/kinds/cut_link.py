"""Sends alerts by CoT over a link that is then cut without a word; run in a network of its own,
with the file of an alert to send.

Prints how many seconds later a failure was raised, -1 where none was within two minutes.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from detectors.alert.record import Alert
from field.alerts.reading import decode_alert
from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.cot import CotSender
from streams.config.channels import CotSettings

_PORT, _MOST_S = 9999, 120.0


def link(state: str) -> None:
    """Sets the only link up or down."""
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


async def failed_after_s(alert: Alert) -> float:
    """A server that takes everything, a sender, and the cut."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", _PORT)
    sender = CotSender(CotSettings(name="tak", url=f"tcp://127.0.0.1:{_PORT}"))
    await sender.start()
    await sender.send(Notice((alert,)))
    link("down")
    begin_s = time.monotonic()
    revision = 1
    while (now_s := time.monotonic() - begin_s) < _MOST_S:
        revision += 1
        try:
            await sender.send(Notice((msgspec.structs.replace(alert, revision=revision),)))
        except SendError:
            return now_s
        await asyncio.sleep(1.0)
    server.close()
    return -1.0


if __name__ == "__main__":
    read = decode_alert(Path(sys.argv[1]).read_bytes())
    assert read is not None
    link("up")
    print(asyncio.run(failed_after_s(read)))
