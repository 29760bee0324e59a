"""How `transient_cell` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    minutes = int(float(values.get("age_s") or 0) // 60)
    return f"{who} heard {claimed}, which began {minutes} min before where nothing was"


def _chinese(who: str, claimed: str, values: Values) -> str:
    minutes = int(float(values.get("age_s") or 0) // 60)
    return f"{who}收听到{claimed}，它在 {minutes} 分钟前才出现，此前该处没有"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Cell that comes and goes",
        name="transient cell",
        sentence=_english,
        values={
            "age_s": "age",
        },
    ),
    "zh": RuleWords(
        title="短暂出现的小区",
        name="短暂出现的小区",
        sentence=_chinese,
        values={
            "age_s": "时长",
        },
    ),
}
