"""What all senders have in common: they deliver a notice, or raise the reason why not."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Final

from detectors.alert.record import Alert
from field.channels.delivery.policy import LastSent

#: From an alert's id and an action to the address that does it when something is posted there.
ActionLink = Callable[[str, str], str]
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def plain_name(alert_id: str) -> str:
    """The id where it can be part of a file's name, a topic and a mail's id, as ours can; of any
    other, which a foreign producer may have made, a digest.

    >>> plain_name("a1"), plain_name("../a1")
    ('a1', '6298e500792bc4b1efb2f23a72e39165')
    """
    if _PLAIN.fullmatch(alert_id):
        return alert_id
    return blake2b(alert_id.encode("utf-8", "replace"), digest_size=16).hexdigest()


class SendError(Exception):
    """A notice could not be sent; the text is the answer, without any secret.

    ``final``: the receiver will never accept it, so it is not tried again. ``away``: the receiver
    can't be reached or asks to wait, so it has not refused the notice. ``wait_s``: how long it asks
    to wait.
    """

    def __init__(
        self, detail: str, final: bool = False, wait_s: float | None = None, away: bool = False
    ) -> None:
        super().__init__(detail)
        self.final, self.wait_s, self.away = final, wait_s, away


@dataclass(frozen=True)
class Notice:
    """One message: an alert's revision, or several alerts as a digest.

    ``before`` is what was sent last about it. A ``test`` asks nobody to do anything; a ``replay``
    reports what was on the air when a recording was made, and is marked so.
    """

    alerts: tuple[Alert, ...]
    digest: bool = False
    before: LastSent | None = None
    test: bool = False
    replay: bool = False

    @property
    def key(self) -> str:
        """The same for the same notice, however often it is sent; letters, digits and dashes."""
        if not self.digest:
            return f"{plain_name(self.alerts[0].alert_id)}-{self.alerts[0].revision}"
        digest = blake2b(digest_size=16)
        for alert in self.alerts:
            digest.update(f"{alert.alert_id}-{alert.revision} ".encode())
        return f"digest-{digest.hexdigest()}"


class Sender(ABC):
    """One channel's way out. ``digests``: whether several alerts can be one message."""

    digests: ClassVar[bool] = True

    async def start(self) -> None:  # noqa: B027 - most have nothing to do
        """Gets ready; a receiver that is away is no error."""

    @abstractmethod
    async def send(self, notice: Notice) -> str:
        """Sends a notice; what was answered, in a few words. Raises SendError.

        May be called again with the same notice.
        """

    async def stop(self) -> None:  # noqa: B027
        """Lets go of connections."""
