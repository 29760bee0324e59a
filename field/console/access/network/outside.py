"""Action links for who sends without a console: signed by the key that the consoles' accounts hold.

Only a key that a console has made is used. One that is made here would sign links which no console
takes, and a button that does nothing is worse than none.
"""

import time
from collections.abc import Callable

from field.console.access.credentials.signing import LINK_S, Signer
from field.console.access.credentials.stored_keys import SIGNING, known_key
from field.console.access.database import place
from field.console.databases import asked
from streams.config.console import ConsoleSettings


def outside_link(
    settings: ConsoleSettings, clock: Callable[[], float] = time.time
) -> Callable[[str, str], str] | None:
    """From an alert's id and an action to the address that does it.

    ``None`` without ``console.public_url``, and where no console's accounts are to be had here.
    """
    if not settings.public_url:
        return None
    key = asked(place(settings.accounts), lambda engine: known_key(engine, SIGNING))
    if key is None:
        return None
    signer, base = Signer(key, clock), settings.public_url.rstrip("/")

    def link(alert_id: str, action: str) -> str:
        return f"{base}/api/act/{signer.link(alert_id, action, LINK_S, 'channel:link')}"

    return link
