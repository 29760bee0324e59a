"""How `fallback_share` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    seen, expected = values.get("seen"), values.get("expected")
    return f"{who} fell from 4G or 5G to 2G, {seen} in this place where {expected} are usual"


def _chinese(who: str, claimed: str, values: Values) -> str:
    seen, expected = shown(values, "seen", "未知"), shown(values, "expected", "未知")
    return f"{who}从 4G 或 5G 回落到 2G，此处有 {seen} 部，通常为 {expected} 部"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Many fall back",
        name="fallback share",
        sentence=_english,
    ),
    "zh": RuleWords(
        title="大量回落",
        name="回落到 2G 过多",
        sentence=_chinese,
    ),
}
