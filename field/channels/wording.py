"""The text that channels send to people: title and body of a notice, a digest or a test."""

from typing import Final, Literal
from zoneinfo import ZoneInfo

from detectors.model.words import Language
from field.channels.delivery.sender import Notice
from field.formats.words import text
from field.formats.words.wording import words_of

_WORDS: Final = words_of("channels")
#: How many alerts of a digest have a line each.
_MOST_LINES: Final = 40


def title(notice: Notice, language: Language) -> str:
    """One line."""
    if notice.digest:
        line = _WORDS[language]["digest"].format(len(notice.alerts))
    else:
        line = text.title(notice.alerts[0], language)
    line = " ".join(line.split())
    marks = "".join(f"[{tag}] " for tag, _ in _marks(notice, language))
    return f"{marks}{line}"


def body(notice: Notice, language: Language, zone: ZoneInfo) -> str:
    """Some lines of text; of a digest a line for each alert, the worst first."""
    lines = [sentence for _, sentence in _marks(notice, language)]
    if not notice.digest:
        return "\n".join([*lines, text.body(notice.alerts[0], language, zone)])
    shown = notice.alerts[:_MOST_LINES]
    lines += [f"- {text.headline(alert, language)}" for alert in shown]
    left = len(notice.alerts) - len(shown)
    return "\n".join([*lines, *([f"... + {left}"] if left else [])])


def _marks(notice: Notice, language: Language) -> list[tuple[str, str]]:
    """What comes before all else, as a tag for the title and as a sentence for the body."""
    words, marks = _WORDS[language], (("test", notice.test), ("replay", notice.replay))
    return [(words[mark], words[f"{mark}_sentence"]) for mark, holds in marks if holds]


def label(button: Literal["navigate", "acknowledge"], language: Language) -> str:
    """What stands on a button."""
    return _WORDS[language][button]


def shortened(text: str, most_bytes: int) -> str:
    """A text cut to so many bytes of UTF-8, never within a character.

    >>> shortened("伪基站", 7), shortened("short", 7)
    ('伪…', 'short')
    """
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len("…".encode())].decode(errors="ignore") + "…"


def console_link(public_url: str, alert_id: str) -> str:
    """Where the console shows an alert; empty without a console that others can reach."""
    return f"{public_url.rstrip('/')}/?alert={alert_id}" if public_url else ""
