"""The page's files hold together: words, tables that repeat the server's, and what is forbidden."""

import hashlib
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from detectors.context.zone_routing import CALLS, PLACELESS
from detectors.model.finding import CALL_ALERTS, StationKind
from detectors.model.words import LANGUAGES, Language
from detectors.rules import ROOMS
from field.alerts.life_cycle import NEXT, REMARKS, VERDICTS
from field.alerts.severity import SEVERITIES
from field.console.page import page_words
from field.formats.words.wording import WORDINGS, tables_of
from geo.earth.gcj02 import is_shifted_here, to_bd09, to_gcj02
from geo.earth.gcj02_border import HONG_KONG, MACAU, MAINLAND
from replay.map_words import map_words
from streams.kafka.topics import INPUTS
from tests.field.alerts_and_fates import golden
from tests.field.console.page.page_program import asked_of_the_page

STATIC = Path(__file__).parents[4] / "field" / "console" / "static"
WEB = STATIC.parent / "web"
MODULES = sorted((STATIC / "js").rglob("*.js"))
LITERAL = re.compile(r"""\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`""")
#: Names of styles, which are words in a row too.
CLASSES = re.compile(r"""class: ("[^"]*"|`[^`]*`)""")
#: A word with a capital and one without, or three words in a row.
SENTENCE = re.compile(r"^.[A-Z][a-z]+,? [a-z]|[a-z]{2,},? [a-z]{2,} [a-z]{2,}")
CHINESE = re.compile(r"[一-鿿]")


def words(language: Language) -> dict[str, str]:
    """As the page gets them: its own and those of the rooms, none of them given twice."""
    whole = page_words(language)
    own = json.loads((STATIC / "words" / f"{language}.json").read_text())
    rooms = [room.words[language] for room in ROOMS.values()]
    of_rooms = [1 + len(of.values) + sum(map(len, of.terms.values())) for of in rooms]
    shared = WORDINGS[language]
    of_people = tables_of("people")[language].values()
    classes = tables_of("calls")[language]["classes"]
    of_channels = (shared.kinds, shared.severities, shared.hypotheses, classes, classes, *of_people)
    assert len(whole) == len(own) + sum(of_rooms) + sum(map(len, of_channels))
    return whole


def without_comments(module: Path) -> list[str]:
    return [line for line in module.read_text().splitlines() if not line.lstrip().startswith("//")]


def test_both_languages_have_the_same_texts_and_places_in_them() -> None:
    english, chinese = words("en"), words("zh")
    assert list(english) == list(chinese)
    for key, word in english.items():
        assert word.strip(), key
        assert chinese[key].strip(), key
        assert slots(word) == slots(chinese[key]), key


def slots(word: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", word))


def test_every_text_that_a_module_asks_for_is_in_the_catalogue() -> None:
    known = words("en")
    asked = set()
    for module in MODULES:
        text = "\n".join(without_comments(module))
        asked |= set(
            re.findall(r"""\b(?:t|tool|step|fact|chips)\(\s*"([a-z_]+(?:\.[a-z_0-9]+)*)\"""", text)
        )
    page = (STATIC / "index.html").read_text()
    asked |= set(re.findall(r'data-word(?:-label)?="([^"]+)"', page))
    assert asked
    assert asked - set(known) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_kinds_and_severities_have_one_word_on_the_page_and_in_messages(
    language: Language,
) -> None:
    page, shared = words(language), WORDINGS[language]
    assert set(shared.kinds) == set(get_args(StationKind)) | CALL_ALERTS
    assert tuple(shared.severities) == SEVERITIES
    for group, known in (("kind", shared.kinds), ("severity", shared.severities)):
        assert {page[f"{group}.{name}"].lower() for name in known} == {
            word.lower() for word in known.values()
        }
        assert len(set(known.values())) == len(known)
    own = json.loads((STATIC / "words" / f"{language}.json").read_text())
    assert [key for key in own if key.partition(".")[0] in ("kind", "severity")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_inputs_zones_and_what_texts_have_in_common_have_words(language: Language) -> None:
    page = words(language)
    assert [topic for topic in INPUTS if f"feed.{topic}" not in page] == []
    assert [zone for zone in (CALLS, PLACELESS) if f"zone.{zone}" not in page] == []
    common = ("sender", "content", "domain", "callback")
    assert [name for name in common if f"value.{name}" not in page] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_of_a_trace_calls_kinds_as_the_page_does(language: Language) -> None:
    kinds, page = list(WORDINGS[language].kinds), words(language)
    alerts = [msgspec.structs.replace(golden()[0], kind=kind) for kind in kinds]
    shown = [text["kind"] for text in map_words(alerts, language)["texts"]]
    # Its script begins them with a capital.
    named = [page[f"kind.{kind}"] for kind in kinds]
    assert [text[:1].upper() + text[1:] for text in shown] == named


def test_every_listed_value_has_a_text() -> None:
    known = words("en")
    filters = (STATIC / "js" / "data" / "filters.js").read_text()
    for name, group in (
        *(("SEVERITIES", "severity"), ("STATES", "state"), ("STATUSES", "status")),
        *(("RATS", "rat"), ("KINDS", "kind")),
    ):
        listed = re.search(rf"{name} = \[(.*?)\]", filters, re.DOTALL)
        assert listed
        values = re.findall(r'"([^"]+)"', listed[1])
        assert values
        assert [value for value in values if f"{group}.{value}" not in known] == []
    actions = {action for _, action in NEXT} | set(REMARKS)
    assert [action for action in sorted(actions) if f"action.{action}" not in known] == []
    assert [name for name in ROOMS if f"rule.{name}" not in known] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_is_short_begins_with_what_it_is_and_holds_no_sentence(module: Path) -> None:
    text = module.read_text()
    assert text.startswith("// ")
    assert text.count("\n") < 200
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in text, forbidden
    for line in without_comments(module):
        assert not CHINESE.search(line), line
        for literal in LITERAL.findall(CLASSES.sub("", line.partition(" // ")[0])):
            assert not SENTENCE.search(literal), literal


def test_the_frame_holds_no_sentence_no_script_and_no_style() -> None:
    page = (STATIC / "index.html").read_text()
    printed = re.findall(r">([^<>]*[A-Za-z一-鿿]{2,}[^<>]*)<", page)
    assert {text.strip() for text in printed} == {"cellhound", "JavaScript"}
    assert " style=" not in page
    assert not re.search(r"\son[a-z]+=", page)
    assert not re.search(r"https?://", page)


def test_all_modules_are_loaded_at_once() -> None:
    page = (STATIC / "index.html").read_text()
    ahead = re.findall(r'rel="modulepreload" href="/static/js/([^"]+)"', page)
    modules = [module.relative_to(STATIC / "js").as_posix() for module in MODULES]
    assert sorted([*ahead, "main.js"]) == sorted(modules)


def test_the_verdicts_of_the_page_are_the_server_s() -> None:
    roles = (STATIC / "js" / "alert" / "roles.js").read_text()
    listed = re.search(r"VERDICTS = new Set\(\[(.*?)\]\)", roles, re.DOTALL)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(VERDICTS)


def test_the_outlines_of_the_page_are_the_server_s() -> None:
    printed = json.loads((STATIC / "mainland.json").read_text())
    for name, outline in (("mainland", MAINLAND), ("hong_kong", HONG_KONG), ("macau", MACAU)):
        assert np.allclose(printed[name], list(outline.exterior.coords), atol=1e-6), name


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize(("datum", "shift"), [("gcj02", to_gcj02), ("bd09", to_bd09)])
def test_the_page_shifts_places_as_the_server_does(datum: str, shift: Any, tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    lats, lons = draw.uniform(18.0, 50.0, 2000), draw.uniform(75.0, 132.0, 2000)
    cities = [(39.9042, 116.4074), (22.2793, 114.1628), (25.0330, 121.5654), (22.193, 113.545)]
    lats = np.concatenate([lats, [lat for lat, _ in cities]])
    lons = np.concatenate([lons, [lon for _, lon in cities]])
    places = tmp_path / "places.json"
    places.write_text(json.dumps(np.stack([lons, lats], axis=1).tolist()))
    printed = asked_of_the_page(
        "import { readFileSync } from 'node:fs';"
        "import * as datum from './js/map/datum.js';"
        f"datum.choose('{datum}', JSON.parse(readFileSync('{STATIC / 'mainland.json'}')));"
        f"const places = JSON.parse(readFileSync('{places}'));"
        "const there = places.map(datum.toMap);"
        "console.log(JSON.stringify({ there, back: there.map(datum.fromMap) }));"
    )
    expected_lat, expected_lon = shift(lats, lons)
    assert (
        np.abs(np.array(printed["there"]) - np.stack([expected_lon, expected_lat], 1)).max() < 1e-9
    )
    # On the way back a place within a shift's length of the border may be taken for the other side.
    back = np.hypot(*(np.array(printed["back"]) - np.stack([lons, lats], 1)).T)
    assert np.median(back) < 1e-8
    assert (back > 1e-7).mean() < 0.01
    assert is_shifted_here(lats, lons).any()
    assert not is_shifted_here(lats, lons).all()


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_an_address_of_tiles_may_have_several_hosts() -> None:
    printed = asked_of_the_page(
        "globalThis.location = { href: 'http://127.0.0.1:8340/' };"
        "const { state } = await import('./js/data/state.js');"
        "const { base } = await import('./js/map/basemap.js');"
        "const tiles = (url) => { state.me.basemap = { kind: 'xyz', url };"
        " return base({}, null).sources.base.tiles; };"
        "console.log(JSON.stringify([tiles('https://{s}.tiles.test/{z}/{x}/{y}?k=1'),"
        " tiles('/tiles/{z}/{x}/{y}.png')]));"
    )
    hosts = [f"https://{one}.tiles.test/{{z}}/{{x}}/{{y}}?k=1" for one in "abc"]
    assert printed == [hosts, ["http://127.0.0.1:8340/tiles/{z}/{x}/{y}.png"]]


def test_third_party_parts_are_pinned_and_name_no_registry() -> None:
    package = json.loads((WEB / "package.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in package["dependencies"].values())
    lock = json.loads((WEB / "package-lock.json").read_text())
    for name, printed in lock["packages"].items():
        assert "resolved" not in printed, name
        assert not name or printed["integrity"].startswith("sha512-"), name


def test_third_party_parts_that_are_here_are_those_that_were_reviewed() -> None:
    vendor = STATIC / "vendor"
    if not vendor.is_dir():
        pytest.skip("the page's third-party parts are not installed")
    for line in (WEB / "vendor.sha256").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


def test_no_line_of_the_land_outline_goes_all_across_the_map() -> None:
    """Rings that cross the date line go on beyond 180 degrees; only along a pole may they turn."""
    land = STATIC / "vendor" / "land-50m.geojson"
    if not land.is_file():
        pytest.skip("the page's third-party parts are not installed")
    rings = 0
    for feature in json.loads(land.read_text())["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                rings += 1
                for (west, south), (east, north) in pairwise(ring):
                    assert abs(east - west) < 180.0 or south == north == -90.0, ring[:3]
    assert rings > 1000
