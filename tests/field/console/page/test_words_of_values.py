"""Values, identities and shares in words, as the page's modules write them."""

import shutil

import msgspec
import pytest

from detectors.model.finding import Identity
from detectors.model.words import LANGUAGES, Language
from field.console.store.alert_rows import networks
from field.formats.words.wording import WORDINGS
from tests.field.console.page.page_program import asked_of_the_page, with_words

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node here")


def test_no_probability_is_written_as_certainty_and_shares_may_be_whole() -> None:
    printed = asked_of_the_page(
        "import { percent, sure } from './js/base/words.js';"
        "const chances = [0, 0.004, 0.005, 0.006, 0.5, 0.985, 0.994, 0.995, 0.9999, 1, null];"
        "console.log(JSON.stringify([chances.map(sure), [0, 1].map(percent)]));"
    )
    few, many = ["<1 %"] * 3, [">99 %"] * 3
    assert printed == [[*few, "1 %", "50 %", "98 %", "99 %", *many, "–"], ["0 %", "100 %"]]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                *("unknown area", "no", "5", "under 1", "foreign numbers (GB)", "400 number"),
                *("12", "-90 dBm", "88 m"),
            ],
        ),
        (
            "zh",
            [
                *("未知位置区", "否", "5", "不到 1", "境外号码（GB）", "400 号码"),
                *("12", "-90 dBm", "88 m"),
            ],
        ),
    ],
)
def test_values_are_in_words_and_phones_are_whole(language: Language, expected: list[str]) -> None:
    printed = asked_of_the_page(
        with_words(language) + "const { held } = await import('./js/base/values.js');"
        "console.log(JSON.stringify(["
        "held('unknown_cell', 'grade', 'unknown_area'), held('unknown_cell', 'heard_only', 0),"
        "held('lost_area', 'seen', 5), held('lost_area', 'expected', 0.559),"
        "held('group_surge', 'origin', 'cc:GB'), held('spoofed_ingress', 'number_class', '400'),"
        "held('group_surge', 'expected_here', 12.4),"
        "held('odd_level', 'level_dbm', -90), held('odd_shape', 'site_distance_m', 88)]));"
    )
    assert printed == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_identities_as_messages_do(language: Language) -> None:
    claims = [
        Identity("gsm", 460, 0, 61234, 12, 87, 33),
        Identity("umts", 460, 1, 61234, 12, 10713, 300),
        Identity("lte", 460, 77, 4100, None, 1300, 201),
        Identity("nr", 1, 1, None, None, 504990, 5),
    ]
    given = msgspec.json.encode([claims, networks(claims[:2] + claims[3:])]).decode()
    printed = asked_of_the_page(
        with_words(language)
        + "const { identityText, radioText } = await import('./js/alert/identities.js');"
        f"const [claims, networks] = {given};"
        "console.log(JSON.stringify(claims.map((one) =>"
        " `${identityText(one, networks)} · ${radioText(one)}`)));"
    )
    texts = [WORDINGS[language].identity_text(one, radio=True) for one in claims]
    assert [text.replace(" · ", " ").replace(" （", "（") for text in printed] == texts


def test_what_is_not_seen_to_move_has_no_way_and_no_forecast_on_the_map() -> None:
    """Its place, estimated anew, is no way; one that leads farther than the place is known is."""
    printed = asked_of_the_page(
        with_words("en") + "const { state } = await import('./js/data/state.js');"
        "const { forecast, track } = await import('./js/map/overlays.js');"
        "const shown = (speed_mps, radius_m) => {"
        " const position = { lat: 39.9, lon: 116.4 };"
        " const track_ = [[0, 39.902, 116.4], [60000, 39.901, 116.4], [120000, 39.9, 116.4]];"
        " const ring = [[116.4, 39.9], [116.5, 39.9], [116.5, 40], [116.4, 39.9]];"
        " const region = { type: 'Polygon', coordinates: [ring] };"
        " const ahead = { ts: 165000, lat: 39.9, lon: 116.4, region };"
        " state.detail = { position, radius_m, speed_mps, track: track_, forecast: ahead };"
        " return [track().features.length > 0, forecast().features.length > 0];"
        "};"
        "console.log(JSON.stringify([shown(null, 300), shown(null, 100), shown(8, 300)]));"
    )
    assert printed == [[False, False], [True, False], [True, True]]


@pytest.mark.parametrize(("language", "honest"), [("en", "honest cell"), ("zh", "合法小区")])
def test_the_map_names_the_nearest_cell_in_words(language: Language, honest: str) -> None:
    (label,) = asked_of_the_page(
        with_words(language) + "const { state } = await import('./js/data/state.js');"
        "const { nearest } = await import('./js/map/overlays.js');"
        "const nearest_cell = {"
        " key: 'gsm-460-0-34817-20200', lat: 39.9, lon: 116.4, distance_m: 510 };"
        "state.detail = { position: { lat: 39.9, lon: 116.41 }, nearest_cell };"
        "const labels = nearest().features.map((one) => one.properties.label);"
        "console.log(JSON.stringify(labels.filter(Boolean)));"
    )
    assert label == f"{honest} 20200\n510 m"
