"""All open alerts, for a channel that shows them to each new connection.

What closed is kept for a while too, so that a receiver that was away learns of it.
"""

from field.channels.delivery.sender import Notice


class Picture:
    """Newest revisions by alert.

    ``keep_s`` is how long an open alert is shown without a new revision, ``closed_s`` how long a
    closed one is sent.
    """

    def __init__(self, keep_s: float, closed_s: float) -> None:
        self._keep_s, self._closed_s = keep_s, closed_s
        self._newest: dict[str, tuple[float, Notice]] = {}

    def take(self, notice: Notice, now_s: float) -> None:
        """A revision to show from now on."""
        alert = notice.alerts[0]
        known = self._newest.get(alert.alert_id)
        if known is None or known[1].alerts[0].revision <= alert.revision:
            self._newest[alert.alert_id] = (now_s, notice)

    def shown(self, now_s: float) -> tuple[list[Notice], list[Notice]]:
        """What is open, and what has closed lately."""
        self._newest = {
            name: (taken_s, notice)
            for name, (taken_s, notice) in self._newest.items()
            if now_s - taken_s < (self._closed_s if _is_over(notice) else self._keep_s)
        }
        notices = [notice for _, notice in self._newest.values()]
        return (
            [notice for notice in notices if not _is_over(notice)],
            [notice for notice in notices if _is_over(notice)],
        )


def _is_over(notice: Notice) -> bool:
    return notice.alerts[0].status == "closed"
