"""Alerts as messages of the Common Alerting Protocol 1.2 (OASIS, 2010).

A revision is a message of its own: the first is an Alert, later ones an Update and the last a
Cancel, which refer to what was sent before. What has nothing to refer to is an Alert whatever its
revision: a Cancel of nothing is no valid message. Each has an info block in each language. Sections
named below are those of the standard.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from detectors.alert.headline import is_ruled_out
from detectors.alert.record import Alert
from detectors.model.words import Language
from field.alerts.severity import IN_FORMATS
from field.formats.areas import parts_of, place_of
from field.formats.coordinates import written
from field.formats.markup import Element, child, element, encoded
from field.formats.scrubbed import scrubbed
from field.formats.words.calls import is_about_calls
from field.formats.words.text import body, headline, title
from field.formats.words.wording import words_of

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_CODES: Final[dict[Language, str]] = {"en": "en-US", "zh": "zh-CN"}
#: 3.2.1: identifiers and senders have no spaces, commas, ``<`` or ``&``.
_FORBIDDEN: Final = re.compile(r"[\s,<&]")
_SEVERITIES: Final = {name: one["cap"] for name, one in IN_FORMATS.items()}
_CERTAINTIES: Final = ((0.9, "Observed"), (0.5, "Likely"), (0.0, "Possible"))
_WHO: Final = "the operator's field teams and public authorities"
_WORDS: Final = words_of("cap")


def identifier(alert: Alert) -> str:
    """The identifier of this revision's message.

    It is the same whoever sends it, and has nothing that 3.2.1 forbids.
    """
    return _FORBIDDEN.sub("-", f"cellhound-{scrubbed(alert).alert_id}-{alert.revision}")


def reference(alert: Alert, sender: str, sent: datetime) -> str:
    """How a later message refers to the one that `message` made of the same arguments."""
    return f"{_checked(sender)},{identifier(alert)},{_time(sent)}"


def message(
    alert: Alert,
    sender: str,
    sent: datetime,
    references: tuple[str, ...] = (),
    exercise: bool = False,
    language: Language = "en",
    zone: tzinfo | None = None,
    valid_s: float = 3600.0,
) -> bytes:
    """One message with an info block in each language, ``language`` first.

    ``references`` are those of all earlier messages about the alert. ``exercise`` marks replays.
    ``sent`` is in any zone; texts give times in ``zone`` and UTC. The message expires ``valid_s``
    seconds later, a closed alert's at once. ValueError where
    ``sender`` isn't one by 3.2.1.
    """
    alert = scrubbed(alert)
    over = alert.status == "closed"
    kind = ("Cancel" if over else "Update") if references else "Alert"
    root = element("alert", xmlns=NAMESPACE)
    child(root, "identifier", identifier(alert))
    child(root, "sender", _checked(sender))
    child(root, "sent", _time(sent))
    child(root, "status", "Exercise" if exercise else "Actual")
    child(root, "msgType", kind)
    child(root, "source", "cellhound")
    child(root, "scope", "Restricted")
    child(root, "restriction", _WHO)
    if references:
        child(root, "references", " ".join(references))
    child(root, "incidents", _FORBIDDEN.sub("-", f"cellhound-{alert.alert_id}"))
    expires = sent if over else sent + timedelta(seconds=valid_s)
    order: list[Language] = [language, *(other for other in _CODES if other != language)]
    for one in order:
        _info(root, alert, one, zone or UTC, (sent, expires))
    return encoded(root)


def _info(
    root: Element,
    alert: Alert,
    language: Language,
    zone: tzinfo,
    span: tuple[datetime, datetime],
) -> None:
    over = alert.status == "closed"
    certainty = next(name for least, name in _CERTAINTIES if alert.probability >= least)
    certainty = "Unlikely" if is_ruled_out(alert) else certainty
    info = child(root, "info")
    child(info, "language", _CODES[language])
    child(info, "category", "Security")
    child(info, "category", "Infra")
    child(info, "event", title(alert, language))
    child(info, "responseType", "AllClear" if over else "Assess")
    child(info, "urgency", "Past" if over else "Immediate")
    child(info, "severity", _SEVERITIES.get(alert.severity, "Unknown"))
    child(info, "certainty", certainty)
    child(info, "effective", _time(span[0]))
    child(info, "expires", _time(span[1]))
    child(info, "senderName", "cellhound")
    child(info, "headline", headline(alert, language))
    child(info, "description", body(alert, language, zone))
    if not over:
        advice = "calls" if is_about_calls(alert) else "instruction"
        child(info, "instruction", _WORDS[language][advice])
    for name, value in _parameters(alert):
        parameter = child(info, "parameter")
        child(parameter, "valueName", name)
        child(parameter, "value", value)
    _area(info, alert, language)


def _parameters(alert: Alert) -> list[tuple[str, str]]:
    named: list[tuple[str, str | int | float | None]] = [
        ("alert_id", alert.alert_id),
        ("revision", alert.revision),
        ("status", alert.status),
        ("kind", alert.kind),
        ("probability", alert.probability),
        ("severity", alert.severity),
        ("devices", alert.devices),
        ("reports", alert.reports),
        ("radius_m", alert.radius_m),
        ("region_level", alert.region_level),
        ("speed_mps", alert.speed_mps),
        ("bearing_deg", alert.bearing_deg),
    ]
    if alert.identities:
        one = alert.identities[0]
        named += [(name, getattr(one, name)) for name in one.__struct_fields__]
    if place := place_of(alert.position):
        named += [("lat", place[0]), ("lon", place[1]), ("mgrs", written(*place).mgrs)]
    if is_about_calls(alert):
        named += [("numbers", len(alert.numbers)), ("campaign", alert.campaign)]
        named += [("number_prefix", one) for one in dict.fromkeys(n.prefix for n in alert.numbers)]
    named += [("rule", evidence.detector) for evidence in alert.evidence]
    return [(name, str(value)) for name, value in named if value is not None]


def _area(info: Element, alert: Alert, language: Language) -> None:
    """The region's outer rings as polygons (3.2.4: latitude first), else a circle."""
    place, parts = place_of(alert.position), parts_of(alert.region)
    area = child(info, "area")
    named = f": WGS84 {written(*place).dd}" if place else ""
    known = "area" if place or parts else "everywhere" if is_about_calls(alert) else "nowhere"
    child(area, "areaDesc", _WORDS[language][known] + named)
    for part in parts:
        child(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in part[0]))
    if place and not parts:
        radius_km = (alert.radius_m or 0.0) / 1000.0
        child(area, "circle", f"{place[0]:.6f},{place[1]:.6f} {radius_km:.3f}")


def _checked(sender: str) -> str:
    if not sender or _FORBIDDEN.search(sender):
        raise ValueError(f"a CAP sender has no spaces, commas, < or & and isn't empty: {sender!r}")
    return sender


def _time(ts: datetime) -> str:
    """3.3.2: no Z, and UTC as -00:00."""
    return f"{ts.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"
