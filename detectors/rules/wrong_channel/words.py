"""How `wrong_channel` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    received = f"channel {values.get('arfcn')}, code {values.get('pci')}"
    planned = f"channel {values.get('planned_arfcn')}, code {values.get('planned_pci')}"
    return f"{who} heard {claimed} on {received}, while it is planned on {planned}"


def _chinese(who: str, claimed: str, values: Values) -> str:
    received = f"频点 {shown(values, 'arfcn', '未知')}、码 {shown(values, 'pci', '未知')}"
    channel, code = shown(values, "planned_arfcn", "未知"), shown(values, "planned_pci", "未知")
    return f"{who}收听到{claimed}使用{received}，而规划为频点 {channel}、码 {code}"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="On the wrong channel",
        name="wrong channel",
        sentence=_english,
        values={
            "site": "site",
            "planned_arfcn": "planned channel",
            "planned_pci": "planned code",
            "both": "both codes at once",
            "twice": "twice",
        },
    ),
    "zh": RuleWords(
        title="频点错误",
        name="频点或码与规划不符",
        sentence=_chinese,
        values={
            "site": "站点",
            "planned_arfcn": "规划频点",
            "planned_pci": "规划码",
            "both": "两码同现",
            "twice": "两次",
        },
    ),
}
