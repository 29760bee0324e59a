"""How `odd_level` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    level, expected = values.get("level_dbm"), values.get("expected_dbm")
    return f"{who} heard {claimed} at {level} dBm where it used to be at {expected} dBm"


def _chinese(who: str, claimed: str, values: Values) -> str:
    level, expected = shown(values, "level_dbm", "未知"), shown(values, "expected_dbm", "未知")
    return f"{who}测到{claimed}的电平为 {level} dBm，而此处以往为 {expected} dBm"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Too loud for the place",
        name="odd level",
        sentence=_english,
        values={
            "level_dbm": "level",
            "jump_db": "jump",
        },
    ),
    "zh": RuleWords(
        title="电平异常",
        name="电平异常",
        sentence=_chinese,
        values={
            "level_dbm": "电平",
            "jump_db": "跃升",
        },
    ),
}
