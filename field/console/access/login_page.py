"""The login page: the body of a 401 for somebody who opens a page. Works without scripts.

Its style stands in it, since nothing else is served to those who aren't logged in, and is allowed
by its hash alone.
"""

import base64
import hashlib
from html import escape
from typing import Final, Literal

Problem = Literal["", "wrong", "often"]

_STYLE: Final = """
:root { color-scheme: light dark; --edge: #8a8f98; --sure: #0b5cad; --bad: #a61b1b; }
@media (prefers-color-scheme: dark) { :root { --sure: #7db7f5; --bad: #ff9a8f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 1rem/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
main { width: 100%; max-width: 22rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
label { display: block; margin: 0.75rem 0; }
input { display: block; width: 100%; min-height: 2.75rem; padding: 0 0.75rem; margin-top: 0.25rem;
  font: inherit; border: 1px solid var(--edge); border-radius: 0.375rem; }
button { width: 100%; min-height: 2.75rem; margin-top: 0.75rem; font: inherit; font-weight: 600;
  border: 2px solid var(--sure); border-radius: 0.375rem; background: transparent;
  color: var(--sure); cursor: pointer; }
:focus-visible { outline: 3px solid var(--sure); outline-offset: 2px; }
[role="alert"] { color: var(--bad); font-weight: 600; }
a { color: var(--sure); }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: The policy of this page alone: its style, its form, nothing else.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_WORDS: Final = {
    "en": {
        "title": "Log in",
        "name": "Account",
        "password": "Password",
        "enter": "Log in",
        "wrong": "Account and password don't fit.",
        "often": "Too many attempts. Wait a minute and try again.",
        "again": "Logged in already? Continue",
    },
    "zh": {
        "title": "登录",
        "name": "账号",
        "password": "密码",
        "enter": "登录",
        "wrong": "账号或密码不正确。",
        "often": "尝试次数过多，请一分钟后再试。",
        "again": "已经登录？继续",
    },
}


def page(
    accept_language: str, next_path: str, problem: Problem = "", from_elsewhere: bool = False
) -> str:
    """The page, in Chinese or English. ``next_path`` is where the form leads once it was right.

    ``from_elsewhere``: a link on another site led here, so that the browser kept the cookie back;
    following a link of ours sends it.
    """
    language = preferred(accept_language)
    words = _WORDS[language]
    alert = f'<p role="alert">{words[problem]}</p>' if problem else ""
    again = f'<p><a href="{escape(next_path)}">{words["again"]}</a></p>' if from_elsewhere else ""
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cellhound: {words["title"]}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>cellhound</h1>
{alert}
<form method="post" action="/api/login">
<input type="hidden" name="next" value="{escape(next_path)}">
<label>{words["name"]}
<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"
 required autofocus></label>
<label>{words["password"]}
<input name="password" type="password" autocomplete="current-password" required></label>
<button>{words["enter"]}</button>
</form>
{again}
</main>
</body>
</html>
"""


def preferred(accept_language: str) -> Literal["en", "zh"]:
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
