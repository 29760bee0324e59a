"""The report: it shows what is known in two languages, loads nothing, and runs nothing."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lxml import html

from detectors.model.words import LANGUAGES, Language
from field.formats.words.text import headline
from replay.report.alert_parts import alert_section, alerts_table
from replay.report.contents import Contents
from replay.report.page import MOST_LISTED, MOST_WHOLE, write_report
from replay.report.series import found_of
from replay.report.words import WORDS
from replay.scoring.calibration import Sample
from replay.scoring.scores import Match, MatchedRun
from replay.traces.truth import Transmitter
from tests.field.alerts_and_fates import fates_of, golden
from tests.field.call_alert import a_call_alert
from tests.field.contradictions import wrong_in
from tests.replay.report.hostile import ATTACK, hostile_contents
from tests.replay.test_alert_files import alert

#: All that a report is made of: nothing that fetches, frames or runs.
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "input", "label", "article", "section"),
    *("h1", "h2", "h3", "p", "pre", "table", "tr", "th", "td", "div", "figure", "figcaption"),
    *("footer", "a", "svg", "line", "text", "circle", "polyline", "path", "rect"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "type", "id", "class", "checked", "for"),
    *("viewbox", "role", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "d", "points"),
    *("width", "height", "fill", "fill-rule", "text-anchor", "href"),
}
TS = 1748916600000
VAN = Transmitter(
    *("van", "gsm", "sms_spammer", []), [(TS, TS + 600_000)], [(TS, 30.65, 104.05)], TS + 10_000
)
LOST = Transmitter("lost", "gsm", "imsi_catcher", [], [(TS, TS + 1)], [(TS, 30.66, 104.06)])
MATCH = Match("a", 2, 0, TS + 40_000, 0.9, 50.0, True, 0.9)
RUN = MatchedRun([VAN, LOST], ["a"], [MATCH], [Sample(0.9, True, "a", TS)])


def written(contents: Contents, path: Path, language: Any = "en") -> tuple[Any, str]:
    write_report(path / "report.html", contents, language)
    text = (path / "report.html").read_text("utf-8")
    return html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8")), text


def article(page: Any, language: str) -> Any:
    (found,) = page.xpath(f"//article[@lang='{language}']")
    return found


def a_run(**more: Any) -> Contents:
    found = found_of(
        ["unknown_cell", "lost_area", "unknown_cell"],
        np.array([TS, TS + 1, TS + 60_000]),
        np.array([0.5, 3.0, 0.5]),
    )
    summary = {"messages": 1324, "findings": 3, "alerts": 1}
    return Contents("A run", [alert(revision=1), alert()], [(30.651, 104.049)], summary, found)


def test_nothing_in_it_loads_or_runs_whatever_the_texts_are(tmp_path: Path) -> None:
    page, text = written(hostile_contents(), tmp_path)
    assert {node.tag for node in page.iter()} <= ELEMENTS
    assert {name for node in page.iter() for name in node.attrib} <= ATTRIBUTES
    assert all(place.startswith("#") for place in page.xpath("//@href"))
    assert page.xpath("string(//title)").startswith("</style></script></title><script>document.ti")
    shown = page.xpath("string(//article[@lang='en'])")
    assert shown.count("onmouseover=alert(1)") > 10  # It is there, as text.
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "://" not in text


def test_the_policy_forbids_scripts_and_names_the_one_style(tmp_path: Path) -> None:
    page, _ = written(a_run(), tmp_path)
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,) = page.xpath("//style/text()")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert page.xpath("//@style") == []


def test_both_languages_have_the_same_parts(tmp_path: Path) -> None:
    page, _ = written(a_run().scored_by(RUN, None), tmp_path)
    english, chinese = article(page, "en"), article(page, "zh-CN")
    assert [node.tag for node in english.iter()] == [node.tag for node in chinese.iter()]
    heads = [[head.text for head in each.xpath(".//h2")] for each in (english, chinese)]
    names = ("score", "alerts", "map", "evidence", "one_by_one")
    assert heads == [[WORDS[language][name] for name in names] for language in ("en", "zh")]
    for language, each in (("en", english), ("zh", chinese)):
        assert headline(alert(), language) in each.xpath("string()")


def test_both_languages_have_the_same_words() -> None:
    def keys(tree: Any, before: str = "") -> set[str]:
        return {
            key
            for name, value in tree.items()
            for key in (keys(value, f"{name}.") if isinstance(value, dict) else {before + name})
        }

    assert keys(WORDS["en"]) == keys(WORDS["zh"])
    holes = re.compile(r"\{[^}]*\}")
    for name, value in WORDS["en"].items():
        if isinstance(value, str):
            assert holes.findall(value) == holes.findall(WORDS["zh"][name]), name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_language_that_is_asked_for_comes_first(tmp_path: Path, language: str) -> None:
    page, _ = written(a_run(), tmp_path, language)
    assert page.xpath("//input[@checked]/@id") == [f"pick-{language}"]
    assert page.xpath("//label/@for") == page.xpath("//input/@id") == ["pick-en", "pick-zh"]


def test_it_shows_scores_figures_and_what_was_not_found(tmp_path: Path) -> None:
    page, _ = written(a_run().scored_by(RUN, None), tmp_path)
    english = article(page, "en")
    rows = [[cell.text for cell in row] for row in english.xpath(".//tr")]
    assert ["transmitters", "2"] in rows
    assert ["recall", "0.5"] in rows
    assert ["van", "SMS blaster", "yes", "40", "50", "1"] in rows
    assert ["lost", "IMSI catcher", "no", "–", "–", "0"] in rows
    titles = english.xpath(".//svg/title/text()")
    assert titles == [
        WORDS["en"]["figures"][name]
        for name in ("reliability", "delays", "map", "evidence", "sure")
    ]
    # The second of two was never found: the line of delays ends half way up.
    (line,) = english.xpath(".//svg[title='How soon transmitters were found']/polyline[1]/@points")
    assert {point.partition(",")[2] for point in line.split()} == {"328.0", "178.0"}


def test_dots_of_evidence_are_where_and_as_many_as_the_findings(tmp_path: Path) -> None:
    page, _ = written(a_run(), tmp_path)
    hints = article(page, "en").xpath(
        ".//svg[title='Findings by rule and time']//circle/title/text()"
    )
    assert sorted(hints) == ["lost area: 1", "unknown cell: 1", "unknown cell: 1"]


def test_an_alert_has_its_evidence_and_its_place(tmp_path: Path) -> None:
    page, _ = written(Contents("t", [alert(), a_call_alert()]), tmp_path)
    text = article(page, "en").xpath("string()")
    assert "30.65000, 104.05000, within 120 m" in text
    assert "75 people, 80 calls" in text
    assert "8695588… (short code, impersonated" in text
    assert "h-0" not in text
    sections = article(page, "en").xpath(".//section/@class")
    assert sections == ["alert tone-critical", "alert tone-high"]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_was_found_comes_first_and_leads_to_all_about_it(
    tmp_path: Path, language: str
) -> None:
    page, _ = written(Contents("t", [alert(), a_call_alert()]), tmp_path)
    parts = article(page, language)
    shown = [node.tag for node in parts if node.tag in ("table", "figure", "section")]
    assert shown == ["table", "figure", "figure", "section", "section"]
    (table,) = parts.xpath("./table")
    places = table.xpath(".//a/@href")
    assert places == [f"#{name}" for name in parts.xpath("./section/@id")]
    assert len(places) == len(table.xpath(".//tr")) - 1 == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_alert_contradicts_itself_or_shows_a_key(language: Language) -> None:
    found = set()
    for one in (golden()[0], a_call_alert(2)):
        for each in fates_of(one):
            parts = (alerts_table([each], language), alert_section(each, language, mapped=False))
            text = "\n".join(words for part in parts for words in part.itertext())
            found |= set(wrong_in(each, text, language))
    assert sorted(found) == []


def test_of_very_many_alerts_the_weightiest_are_shown(tmp_path: Path) -> None:
    many = [alert(f"{n:032x}", probability=0.5 + n / 2000) for n in range(MOST_LISTED + 20)]
    page, text = written(Contents("t", many), tmp_path)
    english = article(page, "en")
    assert len(english.xpath(".//section")) == MOST_WHOLE
    assert english.xpath(".//section/@id")[0] == f"en-{MOST_LISTED + 19:032x}"
    # Only what has a section leads to it.
    assert len(english.xpath(".//table//a")) == MOST_WHOLE
    assert "and 20 more, in alerts.jsonl" in english.xpath("string()")
    assert len(text) < 3_000_000


def test_without_alerts_it_says_what_that_means(tmp_path: Path) -> None:
    page, _ = written(Contents("t", []), tmp_path)
    assert "no proof that the air was clean" in article(page, "en").xpath("string()")
    assert article(page, "en").xpath(".//svg") == []


def test_places_about_the_date_line_lie_beside_each_other(tmp_path: Path) -> None:
    alerts = [
        msgspec.structs.replace(alert(name, None), position={"lat": -17.0, "lon": lon})
        for name, lon in (("a", 179.99), ("b", -179.99))
    ]
    page, _ = written(Contents("t", alerts), tmp_path)
    (drawn,) = article(page, "en").xpath("(.//svg[title='Map of the alerts'])[1]")
    assert len(drawn.xpath("./circle")) == 2
    assert "200 m" in drawn.xpath("string()")


def test_the_attack_is_one() -> None:
    """Were it put into a page as it is, it would run."""
    page = html.fromstring(f"<p>{ATTACK[:-16]}</p>")
    assert page.xpath("//script | //*[@onerror]")
