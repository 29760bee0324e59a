"""What channels say to people: title and text of a notice, also of a digest and of a test."""

from typing import Final
from zoneinfo import ZoneInfo

from field.channels.delivery.sender import Notice
from field.formats.words import text
from field.formats.words.text import Language

_TEST: Final[dict[Language, tuple[str, str]]] = {
    "en": ("TEST", "This is a test of the channel. Nobody needs to do anything."),
    "zh": ("测试", "这是通道测试消息，无需任何操作。"),
}
_REPLAY: Final[dict[Language, tuple[str, str]]] = {
    "en": ("REPLAY", "A recording is played: what this tells is not on the air now."),
    "zh": ("回放", "正在回放录制数据：以下内容并非当前空口情况。"),
}
_DIGEST: Final[dict[Language, str]] = {"en": "{} alerts", "zh": "{} 条告警"}
_NAVIGATE: Final[dict[Language, str]] = {"en": "Navigate", "zh": "导航"}
_ACKNOWLEDGE: Final[dict[Language, str]] = {"en": "Acknowledge", "zh": "确认"}
#: How much of a digest is told one by one.
_MOST_LINES: Final = 40


def title(notice: Notice, language: Language) -> str:
    """One line."""
    if notice.digest:
        told = _DIGEST[language].format(len(notice.alerts))
    else:
        told = text.title(notice.alerts[0], language)
    told = " ".join(told.split())
    marks = "".join(f"[{word}] " for word, _ in _said(notice, language))
    return f"{marks}{told}"


def body(notice: Notice, language: Language, zone: ZoneInfo) -> str:
    """Some lines of text; of a digest a line for each alert, the worst first."""
    lines = [sentence for _, sentence in _said(notice, language)]
    if not notice.digest:
        return "\n".join([*lines, text.body(notice.alerts[0], language, zone)])
    told = notice.alerts[:_MOST_LINES]
    lines += [f"- {text.headline(alert, language)}" for alert in told]
    left = len(notice.alerts) - len(told)
    return "\n".join([*lines, *([f"... + {left}"] if left else [])])


def _said(notice: Notice, language: Language) -> list[tuple[str, str]]:
    """What must be said before all else, as a word and as a sentence."""
    marks = (_TEST[language], notice.test), (_REPLAY[language], notice.replay)
    return [said for said, holds in marks if holds]


def navigate(language: Language) -> str:
    """The label of a button."""
    return _NAVIGATE[language]


def acknowledge(language: Language) -> str:
    """The label of a button."""
    return _ACKNOWLEDGE[language]


def shortened(told: str, most_bytes: int) -> str:
    """A text cut to so many bytes of UTF-8, never within a character.

    >>> shortened("伪基站", 7), shortened("short", 7)
    ('伪…', 'short')
    """
    encoded = told.encode()
    if len(encoded) <= most_bytes:
        return told
    return encoded[: most_bytes - len("…".encode())].decode(errors="ignore") + "…"


def console_link(public_url: str, alert_id: str) -> str:
    """Where the console shows an alert; empty without a console that others can reach."""
    return f"{public_url.rstrip('/')}/?alert={alert_id}" if public_url else ""
