"""The page of a run: it holds all that it shows, fetches nothing, and runs only its own script.

Long because all of it is asked of one page and the parts it is put together from.
"""

import json
import math
import re
import subprocess
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from detectors.model.words import LANGUAGES, Language
from field.formats.words.text import explain, headline
from replay.map_words import MARKUP, map_words
from replay.mapview import embedded_json, write_map
from tests.field.alerts_and_fates import golden
from tests.field.call_alert import a_call_alert

NOON = 1_714_737_600_000  # 3 May 2024, 12:00 UTC
LAT, LON = 30.65, 104.06
NORTH_M, EAST_M = 1 / 110_852.0, 1 / 95_800.0  # degrees a metre there
HOSTILE = "</script><script>document.title = 'owned'</script><!-- \u2028 &amp; {{script}}"
#: Words of so many of something, whose names the script puts together.
COUNTED = ("one_", "some_")
PARTS = Path(__file__).parents[2] / "replay" / "map"


def region(lat: float, lon: float, radius_m: float) -> dict[str, object]:
    """A lopsided ring, as a posterior draws it."""
    ring = []
    for step in range(0, 361, 6):
        angle = math.radians(step % 360)
        away = radius_m * (1 + 0.25 * math.sin(2 * angle) + 0.12 * math.cos(3 * angle))
        ring.append([lon + away * math.sin(angle) * EAST_M, lat + away * math.cos(angle) * NORTH_M])
    return {"type": "Polygon", "coordinates": [ring]}


def alert(name: str, revision: int = 1, at_s: float = 0.0, **changes: object) -> Alert:
    lat, lon, radius_m = LAT, LON, 140.0
    ts = NOON + round(at_s * 1000)
    plain = Alert(
        alert_id=name.ljust(32, "0"),
        revision=revision,
        status="open",
        ts=ts,
        first_seen=NOON - 240_000,
        last_seen=ts - 20_000,
        kind="fake_base_station",
        identities=[Identity("gsm", 460, 0, 61001, 12, 77)],
        probability=0.83,
        severity="medium",
        position={"lat": lat, "lon": lon},
        region=region(lat, lon, radius_m),
        region_level=0.9,
        radius_m=radius_m,
        track=None,
        speed_mps=None,
        bearing_deg=None,
        devices=9,
        reports=31,
        evidence=[
            Evidence(
                "unknown_old_area",
                1,
                6.41,
                9,
                NOON - 240_000,
                ts - 20_000,
                "9 phones came back to the network from GSM 460-00 LAC 61001, an area that it "
                "does not have",
            ),
            Evidence(
                "unknown_cell",
                1,
                2.2,
                14,
                NOON - 200_000,
                ts - 30_000,
                "6 phones saw GSM 460-00 LAC 61001 cell 12, which the register does not have",
            ),
            Evidence("quiet_crowd", 1, -1.1, 40, NOON, ts, "40 phones near by heard nothing"),
        ],
        headline=f"Possible rogue base station within {radius_m:.0f} m of {lat:.5f}, {lon:.5f}, "
        "posing as GSM 460-00 LAC 61001 cell 12; 9 phones affected (83% sure)",
    )
    return msgspec.structs.replace(plain, **changes)


def moving(step: int) -> Alert:
    """A van on its way north-east, one of its revisions."""
    track = [
        (
            NOON + 30_000 * fix,
            LAT - 0.012 + 300 * fix * NORTH_M,
            LON + 0.008 + (220 * fix + 60 * math.sin(fix)) * EAST_M,
        )
        for fix in range(step + 2)
    ]
    _, lat, lon = track[-1]
    return alert(
        "b",
        step + 1,
        40 + 30 * step,
        status="update" if step else "open",
        kind="sms_spammer",
        severity="critical",
        probability=0.97,
        position={"lat": lat, "lon": lon},
        region=region(lat, lon, 210.0),
        radius_m=210.0,
        track=track,
        speed_mps=12.4 if step else None,
        bearing_deg=36 if step else None,
        devices=24 + 3 * step,
        reports=80 + 11 * step,
        headline=f"Probable SMS blaster within 210 m of {lat:.5f}, {lon:.5f}, moving north-east at "
        f"45 km/h, posing as GSM 460-00 LAC 9 cell 4; {24 + 3 * step} phones affected (97% sure)",
    )


def closed(revision: int) -> Alert:
    lat, lon = LAT + 0.011, LON - 0.016
    return alert(
        "c",
        revision,
        -100 + 300 * (revision - 1),
        status="closed" if revision == 2 else "open",
        severity="high",
        probability=0.92,
        kind="cloned_cell",
        identities=[Identity("lte", 460, 11, 4100, 100000001, 1825, 301)],
        position={"lat": lat, "lon": lon},
        region=region(lat, lon, 320.0),
        radius_m=320.0,
        headline=f"No longer heard: cloned cell within 320 m of {lat:.5f}, {lon:.5f}, posing as "
        "LTE 460-11 TAC 4100 cell 100000001; 9 phones affected (92% sure)",
    )


ALERTS = [alert("a", 1, 0), alert("a", 2, 150), *(moving(step) for step in range(6)), closed(1)]
ALERTS.append(closed(2))
CELLS = [
    (LAT + 0.006 * row + 0.001 * (col % 3), LON + 0.007 * col + 0.001 * (row % 2))
    for row in range(-6, 7)
    for col in range(-6, 7)
]
TRUTH = [
    {
        "id": "van",
        "rat": "gsm",
        "kind": "sms_spammer",
        "identities": [{"rat": "gsm", "mcc": 460, "mnc": 0, "area": 9, "cell": 4}],
        "active": [[NOON, NOON + 600_000]],
        "track": [
            [NOON + 600_000, LAT + 0.046, LON + 0.056],
            [NOON, LAT - 0.012, LON + 0.0075],
        ],
    }
]


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., str]:
    def draw(*args: object, **kwargs: object) -> str:
        write_map(tmp_path / "map.html", *args, **kwargs)  # type: ignore[arg-type]
        return (tmp_path / "map.html").read_text(encoding="utf-8")

    return draw


def inside(page: str, tag: str) -> str:
    """The content of the only element that opens with exactly this tag."""
    found = re.findall(rf"<{re.escape(tag)}>(.*?)</{tag.split()[0]}>", page, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def data_of(page: str) -> dict[str, list[object]]:
    held: dict[str, list[object]] = json.loads(
        inside(page, 'script type="application/json" id="data"')
    )
    return held


def test_data_come_back_as_they_went_in(draw: Callable[..., str]) -> None:
    held = data_of(draw(ALERTS, CELLS, TRUTH))
    assert [msgspec.convert(one, Alert) for one in held["alerts"]] == ALERTS
    assert held["cells"] == [[round(lat, 5), round(lon, 5)] for lat, lon in CELLS]
    assert held["truth"] == [
        {"id": "van", "active": TRUTH[0]["active"], "track": TRUTH[0]["track"][::-1]}
    ]


def test_cells_of_one_mast_are_one_dot(draw: Callable[..., str]) -> None:
    assert data_of(draw([], [(30.0, 104.0), (30.000001, 104.0)]))["cells"] == [[30.0, 104.0]]


def test_a_truth_that_is_no_transmitter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match="track"):
        write_map(tmp_path / "map.html", [], truth=[{**TRUTH[0], "track": []}])


def test_the_page_fetches_nothing(draw: Callable[..., str]) -> None:
    page = draw(ALERTS, CELLS, TRUTH)
    assert "://" not in page
    assert not re.search(r"\b(src|href|srcset|action|url|import|fetch)\s*[=(]", page)
    assert not re.search(r"\son\w+\s*=", page[: page.index("<script")])


def test_text_is_never_made_markup(draw: Callable[..., str]) -> None:
    script = inside(draw([]), "script")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script


def test_the_policy_names_exactly_the_style_and_the_script(draw: Callable[..., str]) -> None:
    page = draw(ALERTS)
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    rules = dict(rule.split(" ", 1) for rule in unescape(found[1]).split("; "))
    assert rules["default-src"] == "'none'"
    for rule, tag in (("script-src", "script"), ("style-src", "style")):
        digest = b64encode(sha256(inside(page, tag).encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def test_hostile_text_stays_text(draw: Callable[..., str]) -> None:
    page = draw([alert("a", headline=HOSTILE)], title=HOSTILE)
    assert data_of(page)["alerts"][0]["headline"] == HOSTILE  # type: ignore[index]
    assert unescape(inside(page, "h1")) == HOSTILE
    assert page.count("</script>") == 2
    assert "owned'</script>" not in page


@given(st.text())
def test_embedded_json_means_the_same_and_cannot_leave_its_element(text: str) -> None:
    embedded = embedded_json([text])
    assert json.loads(embedded) == [text]
    assert not set(embedded) & set("<>&\u2028\u2029")


def test_without_alerts_the_page_says_what_that_means(draw: Callable[..., str]) -> None:
    page = draw([])
    held = data_of(page)
    assert (held["alerts"], held["cells"], held["truth"], held["texts"]) == ([], [], [], [])
    assert "No alerts" in page
    assert "no proof that the air was clean" in page


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
@pytest.mark.parametrize("hostile", [False, True])
def test_a_browser_shows_what_was_known(
    draw: Callable[..., str], tmp_path: Path, hostile: bool
) -> None:
    alerts = [*ALERTS, alert("d", 1, 10, position=None, region=None, radius_m=None)]
    if hostile:
        alerts = [msgspec.structs.replace(one, headline=HOSTILE) for one in alerts]
    draw(alerts, CELLS, TRUTH, title="Trial")
    dom, complaints = open_in_browser(tmp_path, "#" + alerts[1].alert_id)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    assert inside(dom, "title") == "Trial"
    assert "4 alerts: 3 open, 1 closed" in dom
    assert dom.count('class="marker') == 3
    assert dom.count('aria-expanded="true"') == 1
    text = unescape(re.sub(r"<[^>]*>", "", dom[: dom.index("<template")]))
    for one in (alerts[1], alerts[7], alerts[9], alerts[10]):
        assert one.headline in text
    assert "revision 2 of 2" in text
    assert "12:02:30 UTC" in text


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
def test_a_browser_lists_an_alert_about_calls_and_maps_it_not(
    draw: Callable[..., str], tmp_path: Path
) -> None:
    draw([a_call_alert(), *ALERTS])
    dom, complaints = open_in_browser(tmp_path, "#" + a_call_alert().alert_id)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    assert dom.count('class="marker') == 3
    text = unescape(re.sub(r"<[^>]*>", "", dom[: dom.index("<template")]))
    assert "Campaign of fraudulent calls · 75 people" in text
    assert (
        "8695588… (short code, impersonated: its owner is a victim too)\n8610555… (fixed line"
        in text
    )
    assert "None: calls and texts" in text
    assert "h-0" not in text


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
def test_a_browser_is_not_sure_of_what_was_ruled_out(
    draw: Callable[..., str], tmp_path: Path
) -> None:
    over = alert("a", status="closed", verdict="legitimate_cell", headline="Ruled out: a cell")
    draw([over])
    dom, complaints = open_in_browser(tmp_path, "#" + over.alert_id)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    assert 'aria-label="Ruled out, closed. Ruled out: a cell"' in dom
    shown = dom[dom.index("<main") : dom.index("<template")]
    # In its line, and as its probability; no severity stands beside it.
    assert shown.count(">ruled out<") == 2
    assert shown.count('<b data-is="severity"></b>') == 1
    assert "83 %" not in shown


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
def test_what_a_mute_closed_was_ruled_out_earlier(draw: Callable[..., str], tmp_path: Path) -> None:
    draw([alert("a", status="closed", closed_because="ruled_out", headline="One")])
    dom, complaints = open_in_browser(tmp_path)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    assert 'aria-label="Ruled out earlier, closed. One"' in dom
    shown = dom[dom.index("<main") : dom.index("<template")]
    assert shown.count(">ruled out earlier<") == 2


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
@pytest.mark.usefixtures("own_networks")
def test_a_browser_shows_the_page_in_chinese(draw: Callable[..., str], tmp_path: Path) -> None:
    """With the names of networks that the installation gives."""
    alerts = golden()[-3:-1]  # the last poses as another network
    assert 'lang="zh-CN"' in draw(alerts, CELLS, TRUTH, language="zh")
    dom, complaints = open_in_browser(tmp_path, "#" + alerts[1].alert_id)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    text = unescape(re.sub(r"<[^>]*>", "", dom[dom.index("<body") : dom.index("<template")]))
    for words in ("条告警：未关闭", "时的已知情况", "冒充", "可信度", "本网 460-00"):
        assert words in text
    for one in alerts[1].evidence:
        assert explain(one, "zh") in text
    assert headline(alerts[1], "zh") in text
    # Its title, names of files, units, technologies and ids alone are in Latin letters.
    plain = re.sub(r"[a-z_]+\.jsonl|[0-9a-f]{12,}", "", text)
    left = set(re.findall(r"[A-Za-z][a-z]{3,}", plain))
    assert left <= {"cellhound"}, left


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_page_is_there_and_used(language: Language) -> None:
    markup, script = MARKUP[language], map_words([], language)["words"]
    page = (PARTS / "map.html").read_text()
    named = set(re.findall(r"{{(\w+)}}", page)) - {"policy", "title", "style", "script", "data"}
    assert named == set(markup)
    source = "".join(path.read_text() for path in sorted(PARTS.glob("*.js")))
    missing = {name for name in script if name not in source and not name.startswith(COUNTED)}
    assert missing == set()
    english = map_words([], "en")["words"]
    assert {name: set(re.findall(r"{\w+}", text)) for name, text in script.items()} == {
        name: set(re.findall(r"{\w+}", text)) for name, text in english.items()
    }


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")
def test_a_browser_shows_the_empty_state(draw: Callable[..., str], tmp_path: Path) -> None:
    draw([], truth=TRUTH)
    dom, complaints = open_in_browser(tmp_path)
    assert not re.findall(r".*(?:Uncaught|Refused|violates).*", complaints)
    assert '<div id="empty">' in dom
    assert "1 transmitter: missed here." in dom


def open_in_browser(folder: Path, fragment: str = "") -> tuple[str, str]:
    """The page's document as a browser built it, and what the browser had to complain about."""
    assert CHROMIUM is not None
    shown = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1280,800",
            "--virtual-time-budget=2000",
            "--dump-dom",
            (folder / "map.html").as_uri() + fragment,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return shown.stdout, shown.stderr
