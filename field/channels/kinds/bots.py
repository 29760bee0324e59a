"""Group bots of WeCom, DingTalk and Feishu: one sender, three payloads.

Their documents were read, the services themselves not reached. All three answer 200 with an error
code in the body, which is a failure here. A bot takes 20 messages a minute (WeCom, DingTalk), so
above that rate alerts are sent in digests.
"""

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, quote_plus
from zoneinfo import ZoneInfo

import msgspec

from field.channels import wording
from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.http import HttpSender
from streams.config.channels import DingtalkSettings, FeishuSettings, WecomSettings

Bot = WecomSettings | DingtalkSettings | FeishuSettings
#: WeCom's bound for a markdown text; the others take more.
_MOST_BYTES: Final = 4096
#: Senders of short messages are text by an attacker: it must make no links and mention nobody.
_PLAIN: Final = str.maketrans("[]<>`*", "［］＜＞＇＊")
#: Codes of "too many messages", after which trying later helps.
_TOO_MANY: Final = frozenset((45009, 130101, 9499, 11232))
_TOO_MANY_WAIT_S: Final = 60.0


def request(
    bot: Bot, notice: Notice, secrets: dict[str, str], public_url: str, now_s: float
) -> tuple[str, dict[str, Any]]:
    """Where to post and what: the address, with its secret, and the JSON."""
    title = wording.title(notice, bot.language).translate(_PLAIN)
    body = wording.body(notice, bot.language, ZoneInfo(bot.zone)).translate(_PLAIN)
    if link := wording.console_link(public_url, notice.alerts[0].alert_id):
        body += f"\n{public_url.rstrip('/') if notice.digest else link}"
    base, token = bot.url.rstrip("/"), quote(secrets["token"], safe="")
    secret = secrets.get("secret", "")
    if isinstance(bot, WecomSettings):
        return f"{base}/cgi-bin/webhook/send?key={token}", _wecom(title, body)
    if isinstance(bot, DingtalkSettings):
        address = f"{base}/robot/send?access_token={token}"
        return address + dingtalk_sign(secret, int(now_s * 1000)), _dingtalk(title, body)
    content = _feishu(title, body) | feishu_sign(secret, int(now_s))
    return f"{base}/open-apis/bot/v2/hook/{token}", content


def dingtalk_sign(secret: str, timestamp_ms: int) -> str:
    """What is put behind the address: HMAC of ``<timestamp>\\n<secret>``, keyed by the secret."""
    if not secret:
        return ""
    digest = hmac.digest(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), "sha256")
    return f"&timestamp={timestamp_ms}&sign={quote_plus(b64encode(digest))}"


def feishu_sign(secret: str, timestamp_s: int) -> dict[str, str]:
    """What is put into the JSON: HMAC of nothing, keyed by ``<timestamp>\\n<secret>``."""
    if not secret:
        return {}
    digest = hmac.digest(f"{timestamp_s}\n{secret}".encode(), b"", "sha256")
    return {"timestamp": str(timestamp_s), "sign": b64encode(digest).decode()}


def _wecom(title: str, body: str) -> dict[str, Any]:
    content = wording.shortened(f"**{title}**\n{body}", _MOST_BYTES)
    return {"msgtype": "markdown", "markdown": {"content": content}}


def _dingtalk(title: str, body: str) -> dict[str, Any]:
    # Their markdown makes one line of two unless an empty one is between them.
    text = wording.shortened(f"#### {title}\n\n" + body.replace("\n", "\n\n"), 4 * _MOST_BYTES)
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def _feishu(title: str, body: str) -> dict[str, Any]:
    lines = wording.shortened(body, 4 * _MOST_BYTES).splitlines()
    content = [[{"tag": "text", "text": line}] for line in lines]
    post = {"zh_cn": {"title": title, "content": content}}
    return {"msg_type": "post", "content": {"post": post}}


class BotSender(HttpSender):
    """Sends to one group."""

    def __init__(
        self,
        bot: Bot,
        secrets: dict[str, str],
        public_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(bot.timeout_s, bot.ca_file)
        self._bot, self._secrets, self._public_url, self._clock = bot, secrets, public_url, clock

    async def send(self, notice: Notice) -> str:
        url, payload = request(self._bot, notice, self._secrets, self._public_url, self._clock())
        headers = {"content-type": "application/json; charset=utf-8"}
        answer = await self.post(url, msgspec.json.encode(payload), headers)
        try:
            content = answer.json()
            code = content.get("errcode", content.get("code", content.get("StatusCode")))
            why = content.get("errmsg", content.get("msg", content.get("StatusMessage", "")))
        except (ValueError, AttributeError) as error:
            raise SendError("answered no JSON object") from error
        if code != 0:
            busy = code in _TOO_MANY
            wait_s = _TOO_MANY_WAIT_S if busy else None
            raise SendError(f"answered code {code}: {str(why)[:200]}", wait_s=wait_s, away=busy)
        return "answered code 0"
