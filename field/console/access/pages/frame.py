"""What the door's own pages share: one frame, one style, one policy, the reader's language.

The style stands in the page, since nothing else is served to those who aren't logged in, and is
allowed by its hash alone.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final, Literal

from detectors.model.words import Language
from field.formats.words.wording import words_of

#: Why the page is shown again: a word of it.
Problem = Literal["", "wrong", "often", "over", "code_wrong", "password_wrong"]

_FOLDER: Final = Path(__file__).parent
_FRAME: Final = (_FOLDER / "frame.html").read_text("utf-8")
_STYLE: Final = _FRAME.partition("<style>")[2].partition("</style>")[0]
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: The policy of these pages alone: their style, their form, nothing else.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_WORDS: Final = words_of("login")


def framed(
    parts: Sequence[str], accept_language: str, values: Mapping[str, str], problem: Problem = ""
) -> str:
    """The page of the files ``parts``, in Chinese or English, with ``values`` as plain text."""
    language = preferred(accept_language)
    words = _WORDS[language]
    filled = {name: escape(value) for name, value in values.items()}
    return Template(_FRAME).substitute(
        words,
        language="zh-CN" if language == "zh" else "en",
        alert=f'<p role="alert">{words[problem]}</p>' if problem else "",
        body=Template("".join(map(_text, parts))).substitute({**words, **filled}),
    )


def preferred(accept_language: str) -> Language:
    """The language of ours that a browser likes better.

    >>> preferred("zh-CN,zh;q=0.9,en;q=0.8"), preferred("de, en;q=0.5, zh;q=0.1"), preferred("")
    ('zh', 'en', 'en')
    """
    liked = {"en": 0.0, "zh": 0.0}
    for part in accept_language.lower().split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip()[:2]
        if language in liked:
            liked[language] = max(liked[language], _weight(weight))
    return "zh" if liked["zh"] > liked["en"] else "en"


def safe_path(text: str) -> str:
    """``text`` where it is a path of ours; else the start page, never another site.

    >>> safe_path("/?state=new"), safe_path("//evil.example"), safe_path("/\\\\evil.example")
    ('/?state=new', '/', '/')
    """
    plain = text.isprintable() and "\\" not in text and len(text) <= 2000
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


@cache
def _text(part: str) -> str:
    return (_FOLDER / part).read_text("utf-8")
