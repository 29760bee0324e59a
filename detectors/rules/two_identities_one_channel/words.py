"""How `two_identities_one_channel` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    channel, code = shown(values, "arfcn", "unknown"), shown(values, "pci", "unknown")
    other = shown(values, "other", "another cell")
    return (
        f"{who} received {claimed} on channel {channel} with code {code}, "
        f"on which others there receive {other}"
    )


def _chinese(who: str, claimed: str, values: Values) -> str:
    channel, code = shown(values, "arfcn", "未知"), shown(values, "pci", "未知")
    other = shown(values, "other", "另一小区")
    return f"{who}在频点 {channel}、码 {code} 上收到{claimed}，而该处其他手机在此收到 {other}"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Two cells on one channel",
        name="two identities on one channel",
        sentence=_english,
        values={"other": "the other cell"},
    ),
    "zh": RuleWords(
        title="同一频点两个小区",
        name="同一频点和码上的两个小区身份",
        sentence=_chinese,
        values={"other": "另一小区"},
    ),
}
