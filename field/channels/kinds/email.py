"""Alerts by e-mail: text, with the CAP message and a GPX file attached.

All mails about one alert make one thread.
"""

import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from zoneinfo import ZoneInfo

import aiosmtplib

from field.channels import wording
from field.channels.delivery.sender import Notice, Sender, SendError, plain_name
from field.channels.kinds import cap
from field.formats import gpx
from streams.config.channels import EmailSettings

#: Answers of a server that will never take this mail.
_FINAL: Final = range(550, 555)
#: Answers that ask to try later (RFC 5321 4.2.1), as greylisting does, or for another password
#: (RFC 4954 6).
_LATER: Final = (*range(400, 500), 530, 534, 535, 538)


def mail(notice: Notice, channel: EmailSettings, public_url: str, now: datetime) -> EmailMessage:
    """The notice as a mail, dated ``now``."""
    alert, zone = notice.alerts[0], ZoneInfo(channel.zone)
    domain = channel.sender.partition("@")[2]
    made = EmailMessage()
    made["Subject"] = wording.title(notice, channel.language)
    made["From"] = Address("cellhound", addr_spec=channel.sender)
    made["To"] = ", ".join(channel.to)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{notice.key}.{channel.name}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    body = wording.body(notice, channel.language, zone)
    if notice.digest:
        made.set_content(body + "\n")
        if any(one.position is not None for one in notice.alerts):
            _attach(made, gpx.waypoints(notice.alerts, channel.language), "gpx+xml", "alerts.gpx")
        return made
    thread = f"<{plain_name(alert.alert_id)}.{channel.name}@{domain}>"
    made["References"] = thread
    made["In-Reply-To"] = thread
    link = wording.console_link(public_url, alert.alert_id)
    made.set_content("\n".join([body, *([link] if link else [])]) + "\n")
    message = cap.message(alert, notice.before, channel.sender, notice.test, channel.language, zone)
    _attach(made, message, "cap+xml", f"{notice.key}.cap.xml")
    if alert.position is not None:
        _attach(made, gpx.track(alert, channel.language), "gpx+xml", f"{notice.key}.gpx")
    return made


def _attach(made: EmailMessage, content: bytes, subtype: str, name: str) -> None:
    made.add_attachment(content, maintype="application", subtype=subtype, filename=name)


class EmailSender(Sender):
    """Hands mails to one server, a connection each."""

    def __init__(self, channel: EmailSettings, password: str = "", public_url: str = "") -> None:
        self._channel, self._password, self._public_url = channel, password, public_url
        self._tls = None
        if channel.security != "none":
            self._tls = ssl.create_default_context(cafile=channel.ca_file or None)

    async def send(self, notice: Notice) -> str:
        channel = self._channel
        message = mail(notice, channel, self._public_url, datetime.now(UTC))
        try:
            refused, answer = await aiosmtplib.send(
                message,
                hostname=channel.host,
                port=channel.port,
                username=channel.username or None,
                password=self._password or None,
                use_tls=channel.security == "tls",
                start_tls=channel.security == "starttls",
                tls_context=self._tls,
                timeout=channel.timeout_s,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise SendError("all recipients were refused") from error
        except aiosmtplib.SMTPResponseException as error:
            detail = f"answered {error.code}: {error.message[:200]}"
            final, later = error.code in _FINAL, error.code in _LATER
            raise SendError(detail, final=final, away=later) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendError(
                f"not reached: {str(error) or type(error).__name__}", away=True
            ) from error
        if refused:
            return f"{len(channel.to) - len(refused)} of {len(channel.to)} recipients; {answer}"
        return answer[:200]
