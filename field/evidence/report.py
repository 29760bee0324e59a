"""The bundle in plain words, English and Chinese: what it is about, what is in it, what isn't."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from detectors.model.words import Language
from field.evidence.gathering import Gathered
from field.formats.words.moments import iso, moment
from field.formats.words.text import body, headline

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "title": "Evidence of alert {id}, revision {revision} ({status})",
        "made": "Made {created} by {by} with {software}.",
        "did": "What people did:",
        "nothing": "  nothing is recorded",
        "holds": "This bundle holds {revisions} revisions, {actions} actions, {feedback} verdicts,"
        " {findings} findings and {messages} input messages.",
        "missing": "{missing} input messages could not be had any more; raw/missing.jsonl names"
        " each with the reason.",
        "complete": "No input message that a finding names is missing.",
        "people": "People's identifiers are keyed hashes; no text of a message is in here.",
        "check": "Check it with: cellhound evidence verify FILE",
    },
    "zh": {
        "title": "告警 {id} 的证据，第 {revision} 版（{status}）",
        "made": "{created} 由 {by} 用 {software} 生成。",
        "did": "处置记录：",
        "nothing": "  没有记录",
        "holds": "本证据包含 {revisions} 个告警版本、{actions} 条处置记录、{feedback} 条现场结论、"
        "{findings} 条发现和 {messages} 条原始消息。",
        "missing": "{missing} 条原始消息已无法取得，raw/missing.jsonl 逐条列出原因。",
        "complete": "各项发现所引用的原始消息齐全。",
        "people": "个人标识均为带密钥的哈希值，不含任何短信正文。",
        "check": "校验命令：cellhound evidence verify 文件",
    },
}


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
    alert = gathered.revisions[-1]
    lines = [
        words["title"].format(id=alert.alert_id, revision=alert.revision, status=alert.status),
        words["made"].format(created=iso(moment(created_ms)), by=by, software=software),
        "",
        headline(alert, language),
        body(alert, language, UTC),
        "",
        words["did"],
    ]
    lines += [
        f"  {iso(moment(action.ts))} {action.by} ({action.role}): {action.action}"
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
