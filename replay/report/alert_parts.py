"""Alerts in a report: a table of all, and a section for each with all that stands behind it."""

from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Final

from detectors.alert.headline import is_by_mute, is_ruled_out
from detectors.alert.record import Alert
from detectors.model.words import Language
from field.formats.scrubbed import clean, scrubbed
from field.formats.words.calls import is_about_calls, number_text
from field.formats.words.moments import local
from field.formats.words.text import explain, headline, innocent_zh, title
from field.formats.words.wording import WORDINGS, tables_of
from replay.report.figures.markup import Element, tag
from replay.report.figures.place_map import place_map
from replay.report.words import WORDS

_PEOPLE: Final = tables_of("people")
_MOST_NAMED: Final = 12


def alerts_table(
    alerts: Sequence[Alert], language: Language, whole: Collection[str] = ()
) -> Element:
    """A row for each alert: what, how sure, where, when, its state. Those of ``whole``, by id, have
    a section of their own, to which their row leads."""
    words = WORDS[language]
    names = ("alerts", "sure", "place", "seen", "status")
    rows = [tag("tr", *(tag("th", words[name]) for name in names))]
    for alert in map(scrubbed, alerts):
        name = f"{title(alert, language)} ({alert.alert_id[:8]})"
        section = f"#{section_id(alert, language)}"
        cells = (
            tag("a", name, href=section) if alert.alert_id in whole else name,
            _sure(alert, language),
            _where(alert, language),
            local(alert.last_seen, UTC),
            _status(alert, language),
        )
        rows.append(tag("tr", *(tag("td", cell) for cell in cells)))
    return tag("table", *rows)


def alert_section(
    alert: Alert,
    language: Language,
    cells: Sequence[tuple[float, float]] = (),
    mapped: bool = True,
) -> Element:
    """All that is known of one alert, in its last revision; ``mapped``: with a map of its own."""
    words, shown = WORDS[language], scrubbed(alert)
    tone = f" tone-{shown.severity}" if shown.severity.isalpha() else ""
    facts = [
        tag("tr", tag("th", words[name]), tag("td", value))
        for name, value in _facts(shown, language)
    ]
    parts = [tag("h3", headline(shown, language)), tag("table", *facts)]
    drawn = place_map([shown], language, cells) if mapped else None
    return tag(
        "section",
        *parts,
        *([] if drawn is None else [tag("figure", drawn)]),
        _evidence(shown, language),
        class_=f"alert{tone}",
        id=section_id(shown, language),
    )


def section_id(alert: Alert, language: Language) -> str:
    """What the section of an alert is called in the page."""
    return f"{language}-{alert.alert_id}"


def _facts(alert: Alert, language: Language) -> list[tuple[str, str]]:
    """What there is to say in a line, by the key of its words."""
    words, wording = WORDS[language], WORDINGS[language]
    behind = words["behind_calls" if is_about_calls(alert) else "behind_text"]
    severity = wording.severities.get(alert.severity, alert.severity)
    over = is_ruled_out(alert)
    facts = [
        ("sure", _sure(alert, language) + ("" if over else f" ({severity})")),
        ("place", _where(alert, language)),
        ("seen", f"{local(alert.first_seen, UTC)} – {local(alert.last_seen, UTC)}"),
        ("decided", f"{local(alert.ts, UTC)}, {words['revision'].format(alert.revision)}"),
        ("status", _status(alert, language)),
        ("behind", behind.format(devices=alert.devices, reports=alert.reports)),
    ]
    named = [wording.identity_text(one, radio=True) for one in alert.identities]
    if named:
        facts.append(("identities", "; ".join(named[:_MOST_NAMED])))
    if alert.numbers:
        numbers = [number_text(one, language) for one in alert.numbers[::-1][:_MOST_NAMED]]
        facts.append(("numbers", "; ".join(dict.fromkeys(numbers))))
    if alert.hypotheses and not over:
        names = wording.hypotheses
        each = (
            f"{names.get(one.name, one.name)} {one.probability:.0%}" for one in alert.hypotheses
        )
        facts.append(("hypotheses", "; ".join(each)))
    if alert.considered:
        causes = (
            innocent_zh(one) if language == "zh" else one.explanation for one in alert.considered
        )
        facts.append(("considered", "; ".join(causes)))
    return facts


def _evidence(alert: Alert, language: Language) -> Element:
    """Rule by rule what it adds, and why; the weightiest first."""
    words, wording = WORDS[language], WORDINGS[language]
    names = ("rule", "weight", "findings", "why")
    rows = [tag("tr", *(tag("th", words[name]) for name in names))]
    for share in alert.evidence:
        rows.append(
            tag(
                "tr",
                tag("td", clean(wording.rule_name(share.detector))),
                tag("td", f"{share.weight:+.1f}", class_="number"),
                tag("td", str(share.count), class_="number"),
                tag("td", explain(share, language, is_about_calls(alert))),
            )
        )
    return tag("table", *rows)


def _status(alert: Alert, language: Language) -> str:
    """How it stands, as in a report of evidence."""
    known = _PEOPLE[language]["status"]
    return str(known.get("over" if alert.status == "closed" else alert.status, alert.status))


def _sure(alert: Alert, language: Language) -> str:
    """How sure it is: not at all once it was ruled out, whatever its evidence came to."""
    if is_by_mute(alert):
        before = WORDINGS[language].before_text(alert.ruled_out_before, alert.ts)
        return before or str(WORDS[language]["ruled_out_before"])
    if is_ruled_out(alert):
        return str(WORDS[language]["ruled_out"])
    return WORDINGS[language].sure_text(alert.probability)


def _where(alert: Alert, language: Language) -> str:
    words = WORDS[language]
    if alert.position is None:
        return "–" if is_about_calls(alert) else str(words["unknown"])
    place = f"{alert.position['lat']:.5f}, {alert.position['lon']:.5f}"
    if alert.radius_m is None:
        return place
    radius = WORDINGS[language].distance(alert.radius_m)
    return str(words["within"].format(place=place, radius=radius))
