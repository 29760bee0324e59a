"""Push messages to phones by an ntfy server (ntfy.sh, publishing as JSON).

Priority and tags follow the severity. Two buttons: one opens a map app at the place, one
acknowledges the alert by a POST to the console, where that can be reached.
"""

from base64 import b64encode
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.alerts.severity import IN_FORMATS
from field.channels import wording
from field.channels.delivery.sender import ActionLink, Notice
from field.channels.kinds.http import HttpSender
from field.formats.coordinates import links
from field.formats.words.wording import WORDINGS
from streams.config.channels import NtfySettings

#: ntfy makes an attachment of a longer message.
_MOST_BYTES: Final = 4000
_UNKNOWN: Final = {"ntfy": (3, "warning")}
_CLOSED_TAG: Final = "white_check_mark"


def message(
    notice: Notice, channel: NtfySettings, public_url: str, action_link: ActionLink | None
) -> dict[str, Any]:
    """The notice as ntfy takes it, the fields of its JSON."""
    alert = notice.alerts[0]
    closed = alert.status == "closed" and not notice.digest
    priority, tag = IN_FORMATS.get(alert.severity, _UNKNOWN)["ntfy"]
    fields: dict[str, Any] = {
        "topic": channel.topic,
        "title": wording.title(notice, channel.language),
        "message": wording.shortened(
            wording.body(notice, channel.language, ZoneInfo(channel.zone)), _MOST_BYTES
        ),
        "priority": 2 if closed else priority,
        "tags": [_CLOSED_TAG if closed else tag, _kind(alert.kind, channel.language)],
    }
    page = public_url.rstrip("/") if notice.digest else ""
    if not notice.digest:
        page = wording.console_link(public_url, alert.alert_id)
        fields["actions"] = _actions(notice, channel, action_link)
    there = _geo(alert) if not notice.digest else ""
    click = (there or page) if channel.click == "geo" else (page or there)
    if click:
        fields["click"] = click
    return fields


def _kind(kind: str, language: Language) -> str:
    """A kind by its word: what is no name of an emoji stands under the message as it is."""
    return WORDINGS[language].kinds.get(kind, kind.replace("_", " "))


def _geo(alert: Alert) -> str:
    if alert.position is None:
        return ""
    return links(alert.position["lat"], alert.position["lon"], alert.kind)["geo"]


def _actions(
    notice: Notice, channel: NtfySettings, action_link: ActionLink | None
) -> list[dict[str, Any]]:
    alert = notice.alerts[0]
    actions: list[dict[str, Any]] = []
    if there := _geo(alert):
        label = wording.label("navigate", channel.language)
        actions.append({"action": "view", "label": label, "url": there})
    if action_link is not None and alert.status != "closed" and not notice.test:
        actions.append(
            {
                "action": "http",
                "label": wording.label("acknowledge", channel.language),
                "url": action_link(alert.alert_id, "acknowledge"),
                "method": "POST",
                "clear": True,
            }
        )
    return actions


class NtfySender(HttpSender):
    """Publishes to one topic of one server."""

    def __init__(
        self,
        channel: NtfySettings,
        secrets: dict[str, str],
        public_url: str = "",
        action_link: ActionLink | None = None,
    ) -> None:
        super().__init__(channel.timeout_s, channel.ca_file)
        self._channel, self._public_url, self._action_link = channel, public_url, action_link
        self._headers = {"content-type": "application/json"}
        if token := secrets.get("token"):
            self._headers["authorization"] = f"Bearer {token}"
        elif channel.username:
            pair = f"{channel.username}:{secrets.get('password', '')}"
            self._headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"

    async def send(self, notice: Notice) -> str:
        fields = message(notice, self._channel, self._public_url, self._action_link)
        content = msgspec.json.encode(fields)
        answer = await self.post(self._channel.url, content, self._headers)
        return f"answered {answer.status_code}"
