"""Alerts in words: what a dispatcher and a team need, in both languages."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from detectors.model.rare_messages import RuledOut
from detectors.model.words import LANGUAGES, Language
from field.formats.words.text import body, explain, headline, title

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOVING = {"speed_mps": 6.4, "bearing_deg": 47}


def test_the_english_headline_is_that_of_the_alert(golden_alerts: list[Alert]) -> None:
    assert [headline(alert, "en") for alert in golden_alerts] == [
        alert.headline for alert in golden_alerts
    ]


def test_english_explanations_made_anew_are_those_of_the_alert(golden_alerts: list[Alert]) -> None:
    evidence = [each for alert in golden_alerts for each in alert.evidence]
    assert len(evidence) > 20
    assert all(each.devices > 0 for each in evidence)
    assert [explain(each, "en") for each in evidence] == [each.explanation for each in evidence]


def test_golden_alerts_are_explained_in_chinese_with_nothing_unknown(
    golden_alerts: list[Alert],
) -> None:
    for alert in golden_alerts:
        for sentence in (body(alert, "zh", SHANGHAI), headline(alert, "zh"), title(alert, "zh")):
            assert "未知" not in sentence.replace("未知位置区", "").replace("未知小区", "")
            assert "None" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_moves_has_a_forecast(
    make_alert: Callable[..., Alert], language: Language
) -> None:
    """Else a message says in one breath that it doesn't move, and where it will be."""
    forecast = {"en": "Forecast for", "zh": "预计 "}[language]
    moving, still = make_alert(), make_alert(speed_mps=None, bearing_deg=None)
    assert moving.forecast == still.forecast is not None
    assert forecast in body(moving, language, SHANGHAI)
    assert forecast not in body(still, language, SHANGHAI)


def test_headlines_in_chinese_say_the_same(make_alert: Callable[..., Alert]) -> None:
    assert headline(make_alert(), "zh") == (
        "很可能是群发短信的伪基站，位于 30.65000, 104.05000 周围 120 m 内，"
        "正以 6 m/s（23 km/h）向东北移动，冒充 GSM 中国移动 460-00 LAC 61234 小区 12；"
        "9 部手机受影响（可信度 93 %）"
    )


@pytest.mark.parametrize(
    ("status", "probability", "english", "chinese"),
    [
        ("open", 0.6, "Possible SMS blaster", "疑似群发短信的伪基站"),
        ("update", 0.9, "Probable SMS blaster", "很可能是群发短信的伪基站"),
        ("closed", 0.9, "No longer heard: SMS blaster", "信号已消失：群发短信的伪基站"),
    ],
)
def test_words_go_with_certainty(
    make_alert: Callable[..., Alert], status: str, probability: float, english: str, chinese: str
) -> None:
    alert = make_alert(status=status, probability=probability)
    assert title(alert, "en").startswith(english)
    assert title(alert, "zh").startswith(chinese)
    assert title(alert, "en").endswith("GSM China Mobile 460-00 LAC 61234 cell 12 (high)")


def test_what_a_team_ruled_out_is_called_so(make_alert: Callable[..., Alert]) -> None:
    alert = make_alert(status="closed", verdict="false_alarm")
    assert headline(alert, "en").startswith("Ruled out by a field team: SMS blaster within 120 m")
    assert headline(alert, "zh").startswith("现场核查已排除：群发短信的伪基站")
    assert headline(make_alert(verdict="confirmed"), "en").startswith("Probable SMS blaster")


def test_of_what_a_mute_closed_nobody_is_written_to_have_looked_at_it(
    make_alert: Callable[..., Alert],
) -> None:
    alert = make_alert(
        status="closed",
        closed_because="ruled_out",
        ruled_out_before=RuledOut("a", "false_alarm", 1748916600000 - 7_200_000, 288.0),
    )
    english, chinese = (body(alert, each, SHANGHAI).splitlines() for each in LANGUAGES)
    assert english[-1] == (
        "Closed: its identity was ruled out 2 h ago, 290 m away; "
        "nobody gave a verdict on this alert itself"
    )
    assert chinese[-1] == "已关闭：该身份曾于 2 小时前在 290 m 外被核查排除；本告警本身未经核查"
    for text in (english, chinese):
        assert not [line for line in text if "who looked" in line or "核查认定" in line]
    assert "How sure: its identity was ruled out earlier; 9 phones, 12 reports" in english
    assert title(alert, "en").startswith("Ruled out earlier: SMS blaster")
    assert headline(alert, "zh").startswith("此前已核查排除：群发短信的伪基站")
    # A verdict that came later says that somebody did look.
    looked_at = msgspec.structs.replace(alert, verdict="legitimate_cell")
    assert body(looked_at, "en", SHANGHAI).endswith("Closed: who looked found it honest")
    confirmed = msgspec.structs.replace(alert, verdict="confirmed")
    assert body(confirmed, "en", SHANGHAI).endswith("ruled out 2 h ago, 290 m away")
    unknown = msgspec.structs.replace(alert, ruled_out_before=None)
    assert "its identity was ruled out earlier; nobody" in body(unknown, "en", SHANGHAI)


@pytest.mark.parametrize("of_calls", [False, True])
def test_nobody_is_sure_of_what_was_ruled_out(
    make_alert: Callable[..., Alert], of_calls: bool
) -> None:
    """Also where the revision is of a release that left its probability as it was."""
    what = {"kind": "scam_caller"} if of_calls else {}
    alert = make_alert(status="closed", verdict="legitimate_cell", probability=0.996, **what)
    for language, sure, ruled_out in (
        ("en", "sure)", "How sure: ruled out by who looked"),
        ("zh", "可信度 ", "可信度：核查已排除"),
    ):
        assert sure not in headline(alert, language)
        assert "99 %" not in body(alert, language, SHANGHAI)
        assert ruled_out in body(alert, language, SHANGHAI)


def test_the_body_says_what_where_how_sure_why_whether_it_moves_and_when(
    make_alert: Callable[..., Alert],
) -> None:
    assert body(make_alert(), "en", SHANGHAI).splitlines() == [
        "What: Probable SMS blaster, posing as GSM China Mobile 460-00 LAC 61234 cell 12 ARFCN 87 "
        "BSIC 33 (NCC 4, BCC 1)",
        "Where: WGS84 30.650000, 104.050000; MGRS 48R VU 08975 91198; GCJ-02 30.647547, 104.052472",
        "Within 120 m of it with 90 %",
        "Moving north-east at 6 m/s (23 km/h)",
        "Forecast for 2025-06-03 10:10:35 CST (02:10:35 UTC): WGS84 30.66000, 104.06000",
        "How sure: 93 %, severity high; 9 phones, 12 reports",
        "Why: 9 phones received SMS as 95588 that the operator never sent",
        "Innocent explanations that hold for a part: F4: areas are renumbered",
        "First heard: 2025-06-03 10:08:20 CST (02:08:20 UTC)",
        "Last heard: 2025-06-03 10:09:50 CST (02:09:50 UTC)",
    ]


@pytest.mark.parametrize(
    ("less", "english", "chinese"),
    [
        (
            {"speed_mps": 1.4, "bearing_deg": None},
            "Moving at 1.4 m/s (5 km/h), where to is not known",
            "移动：1.4 m/s（5 km/h），方向不明",
        ),
        ({"speed_mps": None, "bearing_deg": None}, "Not seen to move", "移动：未见移动"),
        (
            {"status": "closed"},
            "Last seen moving north-east at 6 m/s (23 km/h)",
            "移动：末次发现时以 6 m/s（23 km/h）向东北",
        ),
        (
            {"status": "closed", "bearing_deg": None},
            "Last seen moving at 6 m/s (23 km/h), where to is not known",
            "移动：末次发现时 6 m/s（23 km/h），方向不明",
        ),
    ],
)
def test_of_its_motion_no_more_is_stated_than_is_known(
    make_alert: Callable[..., Alert], less: dict[str, Any], english: str, chinese: str
) -> None:
    alert = make_alert(**less)
    assert english in body(alert, "en", SHANGHAI).splitlines()
    assert chinese in body(alert, "zh", SHANGHAI).splitlines()


def test_the_headline_says_where_it_goes_as_far_as_that_is_known(
    make_alert: Callable[..., Alert],
) -> None:
    assert ", moving north-east at 6 m/s (23 km/h), posing" in headline(make_alert(), "en")
    somewhere = make_alert(bearing_deg=None)
    assert ", moving at 6 m/s (23 km/h), posing" in headline(somewhere, "en")
    assert "，正以 6 m/s（23 km/h）移动，冒充" in headline(somewhere, "zh")
    for other in (make_alert(speed_mps=None, bearing_deg=None), make_alert(status="closed")):
        assert "mov" not in headline(other, "en")
        assert "km/h" not in headline(other, "zh")


def test_the_chinese_body_has_as_many_lines_and_the_same_figures(
    make_alert: Callable[..., Alert],
) -> None:
    english, chinese = (body(make_alert(), language, SHANGHAI) for language in ("en", "zh"))
    assert len(english.splitlines()) == len(chinese.splitlines())
    for figure in (
        "GCJ-02",
        "48R",
        "120 m",
        "93 %",
        "95588",
        "02:08:20 UTC",
        "BSIC 33（NCC 4，BCC 1）",
    ):
        assert figure in chinese
    assert chinese.splitlines()[0].startswith("目标：很可能是群发短信的伪基站")


def test_outside_the_mainland_no_shifted_coordinates_are_given(
    make_alert: Callable[..., Alert],
) -> None:
    for language in LANGUAGES:
        text = body(make_alert(position={"lat": 22.2793, "lon": 114.1628}), language, SHANGHAI)
        assert "GCJ-02" not in text
        assert "MGRS 50Q" in text


@pytest.mark.parametrize(
    "less",
    [
        {"position": None, "radius_m": None, "region": None, "forecast": None},
        {"speed_mps": None, "bearing_deg": None, "ta_conflict": True},
        {"identities": [], "evidence": [], "considered": []},
        {"identities": [Identity()], "kind": "two_faced", "severity": "odd"},
        {"radius_m": None},
        {"first_seen": -(10**17), "last_seen": 10**17},
    ],
)
def test_what_is_not_known_is_not_invented(
    make_alert: Callable[..., Alert], less: dict[str, Any]
) -> None:
    alert = make_alert(**less)
    for language in LANGUAGES:
        for text in (headline(alert, language), title(alert, language)):
            assert text
            assert "None" not in text
            assert "\n" not in text
        assert "None" not in body(alert, language, SHANGHAI)


def test_directions_are_the_eight_points(make_alert: Callable[..., Alert]) -> None:
    courses = [0, 45, 90, 135, 180, 225, 270, 315, 359]
    points = ["北", "东北", "东", "东南", "南", "西南", "西", "西北", "北"]
    for course, point in zip(courses, points, strict=True):
        assert f"向{point}移动" in headline(make_alert(bearing_deg=course), "zh")


def test_older_evidence_without_values_keeps_its_sentence() -> None:
    old = Evidence("phantom_sms", 1, 4.5, 9, 0, 0, "9 phones received SMS as 95588")
    assert explain(old, "en") == "9 phones received SMS as 95588"
    assert explain(old, "zh") == "运营商未发送过的短信（9 次）"
    silent = msgspec.structs.replace(old, explanation="")
    assert explain(silent, "en") == "phantom sms (9 findings)"


def test_a_rule_of_another_version_goes_by_its_name() -> None:
    strange = Evidence("two_faced", 1, 4.5, 9, 0, 0, "", 3, Identity("gsm", 460, 0, 61234))
    assert explain(strange, "en") == "3 phones: two faced, GSM China Mobile 460-00 LAC 61234"
    assert explain(strange, "zh") == "3 部手机：two faced，GSM 中国移动 460-00 LAC 61234"
