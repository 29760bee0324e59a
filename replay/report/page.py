"""The report of a run: one HTML file in English and Chinese, which loads nothing and runs nothing.

Everything stands in it twice, once a language; a choice at its head shows one of them, by the style
sheet alone. There is no script, and the content security policy allows none: whatever somebody
wrote into a text message stays text.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from detectors.model.words import LANGUAGES, Language
from replay.alert_table import in_order_of_weight
from replay.report.alert_parts import alert_section, alerts_table
from replay.report.contents import Contents
from replay.report.figures.charts import delay_chart, evidence_chart, reliability_chart, sure_chart
from replay.report.figures.markup import Element, document, tag
from replay.report.figures.place_map import place_map
from replay.report.score_parts import scores_table, transmitters_table
from replay.report.series import delays
from replay.report.words import WORDS
from replay.scoring.calibration import reliability
from replay.scoring.call_tables import shown
from replay.scoring.scores import scored

#: Alerts that are shown with all that is known of them, and those in the table.
MOST_WHOLE, MOST_LISTED = 50, 500
_TAGS: Final[dict[Language, str]] = {"en": "en", "zh": "zh-CN"}


def write_report(path: Path, contents: Contents, language: Language = "en") -> Path:
    """Writes the page; ``language`` is the one that it opens with. Raises `OSError`."""
    path.write_bytes(document(page(contents, language)))
    return path


def page(contents: Contents, language: Language = "en") -> Element:
    """The page as a tree."""
    style = (Path(__file__).parent / "report.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", contents.title),
        tag("style", style),
    )
    choices = [part for each in LANGUAGES for part in _choice(each, each == language)]
    articles = (_article(contents, each) for each in LANGUAGES)
    return tag("html", head, tag("body", *choices, *articles), lang=_TAGS[language])


def _choice(language: Language, chosen: bool) -> tuple[Element, Element]:
    name = f"pick-{language}"
    checked = "checked" if chosen else None
    pick = {"type": "radio", "name": "language", "id": name, "class": "pick", "checked": checked}
    return tag("input", **pick), tag("label", WORDS[language]["name"], for_=name, class_="choice")


def _article(contents: Contents, language: Language) -> Element:
    parts = [
        tag("h1", contents.title),
        *_summary(contents, language),
        *_scores(contents, language),
        *_alerts(contents, language),
        *_map(contents, language),
        *_evidence(contents, language),
        *_one_by_one(contents, language),
        tag("footer", tag("p", WORDS[language]["made"])),
    ]
    return tag("article", *parts, lang=_TAGS[language])


def _summary(contents: Contents, language: Language) -> Iterator[Element]:
    words = WORDS[language]["summary"]
    summary = contents.summary
    known = [f"{words[name]}: {summary[name]}" for name in words if name in summary]
    if known:
        yield tag("p", " · ".join(known), class_="note")


def _scores(contents: Contents, language: Language) -> Iterator[Element]:
    if contents.run is None:
        return
    words = WORDS[language]
    figures = scored(contents.run)
    yield tag("h2", words["score"])
    if figures.by_transmitter or figures.alerts or contents.calls is None:
        yield scores_table(figures, language)
        yield tag("p", words["score_note"], class_="note")
    if figures.by_transmitter:
        yield transmitters_table(figures, language)
    table, late = reliability(contents.run.samples), delays(contents.run)
    drawn = []
    if table.bins:
        drawn.append(_figure(reliability_chart(table, language), words["reliability_note"]))
    if late.from_switch_on:
        drawn.append(_figure(delay_chart(late, language), words["delay_note"]))
    if drawn:
        yield tag("div", *drawn, class_="pair")
    if contents.calls is not None:
        yield tag("h3", words["calls_score"])
        yield tag("pre", shown(contents.calls))


def _map(contents: Contents, language: Language) -> Iterator[Element]:
    words = WORDS[language]
    newest = in_order_of_weight(contents.alerts)[:MOST_LISTED]
    if not newest and not contents.truth:
        return
    yield tag("h2", words["map"])
    drawn = place_map(newest, language, contents.cells, contents.truth)
    if drawn is None:
        yield tag("p", words["no_place"])
    else:
        yield _figure(drawn, words["map_note"])


def _evidence(contents: Contents, language: Language) -> Iterator[Element]:
    words = WORDS[language]
    if contents.found is None and not contents.alerts:
        return
    yield tag("h2", words["evidence"])
    if contents.found is not None:
        yield _figure(evidence_chart(contents.found, language), words["evidence_note"])
    if contents.alerts:
        yield _figure(sure_chart(contents.alerts, language), words["sure_note"])


def _alerts(contents: Contents, language: Language) -> Iterator[Element]:
    """What was found, before anything is drawn: a line for each, which leads to all about it."""
    words = WORDS[language]
    newest = in_order_of_weight(contents.alerts)
    if not newest and contents.run is not None:
        return
    yield tag("h2", words["alerts"])
    if not newest:
        yield tag("p", words["no_alerts"])
        return
    whole = {alert.alert_id for alert in newest[:MOST_WHOLE]}
    yield alerts_table(newest[:MOST_LISTED], language, whole)
    if (left := len(newest) - MOST_LISTED) > 0:
        yield tag("p", words["and_more"].format(left))


def _one_by_one(contents: Contents, language: Language) -> Iterator[Element]:
    words = WORDS[language]
    newest = in_order_of_weight(contents.alerts)
    if not newest:
        return
    yield tag("h2", words["one_by_one"])
    yield tag("p", words["weight_note"], class_="note")
    # One place is on the map above already.
    mapped = len([alert for alert in newest if alert.position]) > 1
    for alert in newest[:MOST_WHOLE]:
        yield alert_section(alert, language, contents.cells, mapped)


def _figure(drawn: Element, note: str) -> Element:
    return tag("figure", drawn, tag("figcaption", note))
