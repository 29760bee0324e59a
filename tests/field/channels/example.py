"""An alert to send, and small doubles that channels' tests share."""

from typing import Any

import msgspec

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from field.channels.delivery.sender import Notice, Sender, SendError

#: A time (ms) that all examples happen at.
NOW_MS = 1_790_000_000_000
BEIJING = {"lat": 39.9042, "lon": 116.4074}
SQUARE = [[116.40, 39.90], [116.41, 39.90], [116.41, 39.91], [116.40, 39.91], [116.40, 39.90]]


def an_alert(name: str = "a1", revision: int = 1, **changes: Any) -> Alert:
    """A fake base station in Beijing; what is named is otherwise."""
    alert = Alert(
        alert_id=name,
        revision=revision,
        status="open" if revision == 1 else "update",
        ts=NOW_MS + 1000 * revision,
        first_seen=NOW_MS - 60_000,
        last_seen=NOW_MS,
        kind="fake_base_station",
        identities=[Identity(rat="lte", mcc=460, mnc=0, area=65534, cell=77, arfcn=1300, pci=5)],
        probability=0.93,
        severity="high",
        position=BEIJING,
        region={"type": "Polygon", "coordinates": [SQUARE]},
        region_level=0.9,
        radius_m=420.0,
        track=[(NOW_MS - 30_000, 39.903, 116.406), (NOW_MS, 39.9042, 116.4074)],
        speed_mps=4.0,
        bearing_deg=45.0,
        devices=12,
        reports=40,
        evidence=[Evidence("unknown_cell", 1, 3.2, 12, NOW_MS - 60_000, NOW_MS, "12 phones")],
        headline="A fake base station near here",
    )
    return msgspec.structs.replace(alert, **changes)


class Recorder(Sender):
    """A receiver within the test: keeps what it is sent, and fails as often as the test asks."""

    def __init__(self, failures: int = 0, final: bool = False, away: bool = False) -> None:
        self.sent: list[Notice] = []
        self.failures, self.final, self.away = failures, final, away
        self.attempts = 0

    async def send(self, notice: Notice) -> str:
        self.attempts += 1
        if self.failures:
            self.failures -= 1
            raise SendError("is away", final=self.final, away=self.away)
        self.sent.append(notice)
        return "taken"
