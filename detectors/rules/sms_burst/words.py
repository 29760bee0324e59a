"""How `sms_burst` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    sender, here, receivers = values.get("sender"), values.get("here"), values.get("all")
    return (
        f"{who} of one place received the same SMS as {sender}, "
        f"{here} of the {receivers} receivers in all"
    )


def _chinese(who: str, claimed: str, values: Values) -> str:
    sender, here = shown(values, "sender", "未知"), shown(values, "here", "未知")
    receivers = shown(values, "all", "未知")
    return (
        f"在同一地点，{who}收到以 {sender} 名义发来的相同短信，"
        f"全部 {receivers} 个接收者中有 {here} 个在此"
    )


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Burst of like SMS",
        name="sms burst",
        sentence=_english,
        values={
            "here": "here",
            "all": "all",
            "others_here": "others here",
            "others": "others",
        },
    ),
    "zh": RuleWords(
        title="短信突发",
        name="同地短信突发",
        sentence=_chinese,
        values={
            "here": "此处",
            "all": "总数",
            "others_here": "此处其他",
            "others": "其他",
        },
    ),
}
