"""The bundle in plain words, English and Chinese: what it is about, what is in it, what isn't."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from detectors.model.words import Language
from field.evidence.gathering import Gathered
from field.formats.words.moments import iso, moment
from field.formats.words.text import body, headline
from field.formats.words.wording import tables_of, words_of

_WORDS: Final = words_of("report")
_PEOPLE: Final = tables_of("people")


def report(gathered: Gathered, created_ms: int, by: str, software: str) -> str:
    """The text, first in English, then in Chinese."""
    texts = (
        "\n".join(_lines(language, words, gathered, created_ms, by, software))
        for language, words in _WORDS.items()
    )
    return "\n\n".join(texts) + "\n"


def _lines(
    language: Language,
    words: Mapping[str, str],
    gathered: Gathered,
    created_ms: int,
    by: str,
    software: str,
) -> list[str]:
    alert, known = gathered.revisions[-1], _PEOPLE[language]
    lines = [
        words["title"].format(
            id=alert.alert_id,
            revision=alert.revision,
            status=known["status"]["over" if alert.status == "closed" else alert.status],
        ),
        words["made"].format(created=iso(moment(created_ms)), by=by, software=software),
        "",
        headline(alert, language),
        body(alert, language, UTC),
        "",
        words["did"],
    ]
    lines += [
        f"  {iso(moment(action.ts))} {action.by} ({known['role'].get(action.role, action.role)}): "
        + known["action"].get(action.action, action.action.replace("_", " "))
        + (f" - {action.note}" if action.note else "")
        for action in gathered.actions
    ] or [words["nothing"]]
    lines += [
        "",
        words["holds"].format(
            revisions=len(gathered.revisions),
            actions=len(gathered.actions),
            feedback=len(gathered.feedback),
            findings=len(gathered.findings),
            messages=sum(map(len, gathered.messages.values())),
        ),
        words["missing" if gathered.missing else "complete"].format(missing=len(gathered.missing)),
        words["people"],
        words["check"],
    ]
    return lines
