"""What a channel that shows all open alerts has to show: told anew to whoever connects.

What closed is kept for a while too, so that a receiver that was away learns of it.
"""

from detectors.alert import Alert


class Picture:
    """Newest revisions by alert.

    ``keep_s`` is how long an open one is shown that nothing is heard of, ``closed_s`` how long a
    closed one is told of.
    """

    def __init__(self, keep_s: float, closed_s: float) -> None:
        self._keep_s, self._closed_s = keep_s, closed_s
        self._newest: dict[str, tuple[float, Alert]] = {}

    def take(self, alert: Alert, now_s: float) -> None:
        """A revision to show from now on."""
        known = self._newest.get(alert.alert_id)
        if known is None or known[1].revision <= alert.revision:
            self._newest[alert.alert_id] = (now_s, alert)

    def shown(self, now_s: float) -> tuple[list[Alert], list[Alert]]:
        """What is open, and what has closed lately."""
        self._newest = {
            name: (taken_s, alert)
            for name, (taken_s, alert) in self._newest.items()
            if now_s - taken_s < (self._closed_s if alert.status == "closed" else self._keep_s)
        }
        alerts = [alert for _, alert in self._newest.values()]
        return (
            [alert for alert in alerts if alert.status != "closed"],
            [alert for alert in alerts if alert.status == "closed"],
        )
