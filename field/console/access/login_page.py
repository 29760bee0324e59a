"""The login page: the body of a 401 for somebody who opens a page. Works without scripts.

Its style stands in it, since nothing else is served to those who aren't logged in, and is allowed
by its hash alone.
"""

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template
from typing import Final, Literal

from detectors.model.words import Language
from field.formats.words.wording import words_of

Problem = Literal["", "wrong", "often"]

_PAGE: Final = (Path(__file__).parent / "login_page.html").read_text("utf-8")
_STYLE: Final = _PAGE.partition("<style>")[2].partition("</style>")[0]
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: The policy of this page alone: its style, its form, nothing else.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_WORDS: Final = words_of("login")


def page(
    accept_language: str, next_path: str, problem: Problem = "", from_elsewhere: bool = False
) -> str:
    """The page, in Chinese or English. ``next_path`` is where the form leads once it was right.

    ``from_elsewhere``: a link on another site led here, so that the browser kept the cookie back;
    following a link of ours sends it.
    """
    language = preferred(accept_language)
    words = _WORDS[language]
    path = escape(next_path)
    return Template(_PAGE).substitute(
        words,
        language="zh-CN" if language == "zh" else "en",
        next_path=path,
        alert=f'<p role="alert">{words[problem]}</p>' if problem else "",
        again_link=f'<p><a href="{path}">{words["again"]}</a></p>' if from_elsewhere else "",
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
