"""Alerts in Chinese (zh-CN); the sentences about findings stand in the rooms of the rules."""

import re
from typing import Final

from detectors.model.words import Values, metres_text
from field.formats.words.wording import Wording, rule_sentence


def _explained(detector: str, who: str, claimed: str, values: Values) -> str | None:
    """Latin text stands apart from Chinese, though not from its punctuation."""
    apart = f" {claimed} " if claimed[:1].isascii() else claimed
    sentence = rule_sentence("zh", detector, who, apart, values)
    return sentence and re.sub(r" (?=[，。；：、（）])", "", sentence)


CHINESE: Final = Wording(
    language="zh",
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
    without_values="{rule}（{count} 次）",
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
