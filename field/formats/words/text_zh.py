"""Alerts in Chinese (zh-CN): words, and a sentence for the findings of each rule."""

import re
from collections.abc import Callable
from typing import Final

from detectors.model.words import metres_text
from field.formats.words.terms_zh import (
    DISTANCES_ZH,
    EXPOSURES_ZH,
    GRADES_ZH,
    LURES_ZH,
    NAMES_ZH,
    NETWORKS_ZH,
)
from field.formats.words.wording import Values, Words

Sentence = Callable[[str, str, Values], str]


def _metres(values: Values, name: str) -> str:
    return metres_text(float(values.get(name) or 0.0))


def _told(values: Values, name: str) -> str | int | float:
    value = values.get(name)
    return "未知" if value is None else value


def _broadcast_lure(who: str, claimed: str, values: Values) -> str:
    words = str(values.get("lures", "")).split()
    told = [LURES_ZH[word] for word in words if word in LURES_ZH]
    return f"{who}收听到{claimed}的广播：{'，并且'.join(told) or '引诱手机接入'}"


def _identity_exposure(who: str, claimed: str, values: Values) -> str:
    if values.get("kind") == "ratio":
        share = float(values.get("share") or 0.0)
        return f"{who}在{claimed}上不得不表明身份，该处全部手机中有 {share:.0%} 如此"
    sentence = EXPOSURES_ZH.get(str(values.get("reason")), "{who}向{claimed}暴露了身份")
    return sentence.format(who=who, claimed=claimed) + "，而后者未能证明自己属于该网络"


def _security_downgrade(who: str, claimed: str, values: Values) -> str:
    if values.get("aspect") == "authentication":
        return f"{who}在{claimed}上既无鉴权也无加密，与该处其他手机不同"
    used = _told(values, "algorithm")
    return f"{who}在{claimed}上只能使用 {used}，保护弱于该网络通常所给"


def _wrong_channel(who: str, claimed: str, values: Values) -> str:
    heard = f"频点 {_told(values, 'arfcn')}、码 {_told(values, 'pci')}"
    planned = f"频点 {_told(values, 'planned_arfcn')}、码 {_told(values, 'planned_pci')}"
    return f"{who}收听到{claimed}使用{heard}，而规划为{planned}"


#: A sentence for each rule, without a full stop: who (如 “7 部手机”), claimed identity, values.
SENTENCES: Final[dict[str, Sentence]] = {
    "broadcast_lure": _broadcast_lure,
    "failed_handover": lambda who, claimed, values: (
        f"{who}未能切换到{claimed}，而登记表中该处没有这样的小区"
    ),
    "fallback_share": lambda who, claimed, values: (
        f"{who}从 4G 或 5G 回落到 2G，此处有 {_told(values, 'seen')} 部，"
        f"通常为 {_told(values, 'expected')} 部"
    ),
    "identity_exposure": _identity_exposure,
    "impossible_distance": lambda who, claimed, values: (
        f"{who}在距登记站址 {_metres(values, 'site_distance_m')} 处测到{claimed}"
        f"（{_word(DISTANCES_ZH, values.get('reason'))}）"
    ),
    "impossible_network": lambda who, claimed, values: (
        f"{who}收听到{claimed}，这个网络不可能出现在此处"
        f"（{_word(NETWORKS_ZH, values.get('reason'))}）"
    ),
    "lost_area": lambda who, claimed, values: (
        f"{who}返回网络时不带任何位置区，如同刚被拒绝接入，而核心网并未拒绝过"
    ),
    "odd_level": lambda who, claimed, values: (
        f"{who}测到{claimed}的电平为 {_told(values, 'level_dbm')} dBm，"
        f"而此处以往为 {_told(values, 'expected_dbm')} dBm"
    ),
    "odd_shape": lambda who, claimed, values: (
        f"{who}测到{claimed}相对邻区强出 {_told(values, 'excess_db')} dB，"
        f"距登记站址 {_metres(values, 'site_distance_m')} 处不可能如此"
    ),
    "phantom_sms": lambda who, claimed, values: (
        f"{who}收到以 {_told(values, 'sender')} 名义发来的短信，而运营商从未发送过"
    ),
    "security_downgrade": _security_downgrade,
    "sms_burst": lambda who, claimed, values: (
        f"在同一地点，{who}收到以 {_told(values, 'sender')} 名义发来的相同短信，"
        f"全部 {_told(values, 'all')} 个接收者中有 {_told(values, 'here')} 个在此"
    ),
    "transient_cell": lambda who, claimed, values: (
        f"{who}收听到{claimed}，它在 {int(float(values.get('age_s') or 0) // 60)} 分钟前才出现，"
        "此前该处没有"
    ),
    "unexpected_old_area": lambda who, claimed, values: (
        f"{who}自称从{claimed}返回，而核心网并无其在该处的记录"
    ),
    "unknown_cell": lambda who, claimed, values: (
        f"{who}测到{claimed}，登记表中没有它（{_word(GRADES_ZH, values.get('grade'))}）"
    ),
    "unknown_old_area": lambda who, claimed, values: (
        f"{who}从{claimed}返回网络，而该网络没有这个位置区"
    ),
    "unplanned_code": lambda who, claimed, values: (
        f"{who}收听到频点 {_told(values, 'arfcn')}、码 {_told(values, 'pci')}，附近没有小区使用它们"
    ),
    "vanish_and_return": lambda who, claimed, values: f"{who}在其原本所在的位置区重新登记",
    "wrong_channel": _wrong_channel,
}


def _word(words: dict[str, str], name: str | int | float | None) -> str:
    return words.get(str(name), str(name or "未知").replace("_", " "))


def _explained(detector: str, who: str, claimed: str, values: Values) -> str | None:
    """Latin text stands apart from Chinese, though not from its punctuation."""
    sentence = SENTENCES.get(detector)
    if sentence is None:
        return None
    apart = f" {claimed} " if claimed[:1].isascii() else claimed
    return re.sub(r" (?=[，。；：、（）])", "", sentence(who, apart, values))


CHINESE: Final = Words(
    kinds={
        "fake_base_station": "伪基站",
        "sms_spammer": "群发短信的伪基站",
        "imsi_catcher": "IMSI 捕获器",
        "cloned_cell": "克隆小区",
    },
    severities={"info": "提示", "low": "低", "medium": "中", "high": "高", "critical": "紧急"},
    points=("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    identity={
        "lac": "LAC {}",
        "tac": "TAC {}",
        "cell": "小区 {}",
        "arfcn": "频点 {}",
        "pci": "码 {}",
    },
    phones="{} 部手机".format,
    no_identity="身份未知的小区",
    distance=metres_text,
    explained=_explained,
    unexplained="{who}：{detector}，{claimed}",
    rule_name=lambda detector: NAMES_ZH.get(detector, detector),
    untold="{rule}（{count} 次）",
    certainties=("疑似{kind}", "很可能是{kind}", "信号已消失：{kind}", "现场核查已排除：{kind}"),
    sure="{} %",
    very_sure="99 % 以上",
    headline="{what}，{where}{as_whom}；{who}受影响（可信度 {sure}）",
    nowhere="位置未知",
    where="位于 {place} 周围 {radius} 内",
    where_alone="位于 {place}",
    moving="，正以 {speed} km/h 向{point}移动",
    as_whom="，冒充 {}",
    title="{what}，{identity}（{severity}）",
    title_alone="{what}（{severity}）",
    lines={
        "what": "目标：{}",
        "where": "位置：{}",
        "unknown_place": "位置：未知",
        "within": "范围：{level} % 可能在其周围 {radius} 内",
        "moves": "移动：以 {speed} km/h 向{point}",
        "stands": "移动：未见移动",
        "forecast": "预计 {time}：{place}",
        "sure": "可信度：{sure}，等级 {severity}；{who}，{reports} 条报告",
        "conflict": "时间提前量相互矛盾，未予采用",
        "why": "依据：{}",
        "considered": "部分成立的正常原因：{}",
        "first": "首次发现：{}",
        "last": "最近发现：{}",
        "over": "信号已消失",
    },
    and_so_on="；",
)
