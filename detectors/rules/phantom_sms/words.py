"""How `phantom_sms` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} received SMS as {values.get('sender')} that the operator never sent"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}收到以 {shown(values, 'sender', '未知')} 名义发来的短信，而运营商从未发送过"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="SMS that no centre sent",
        name="phantom sms",
        sentence=_english,
    ),
    "zh": RuleWords(
        title="无来源短信",
        name="运营商未发送过的短信",
        sentence=_chinese,
    ),
}
