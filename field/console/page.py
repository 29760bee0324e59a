"""The page, its files, and the operator's base map."""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from detectors.model.words import LANGUAGES, Language
from detectors.rules import ROOMS
from field.alerts.life_cycle import FOR_PAGE
from field.console.routes.shell import Shell, shell_of
from field.formats.words.wording import WORDINGS, tables_of
from streams.config.console import BasemapSettings

STATIC: Final = Path(__file__).parent / "static"
#: In the words of rules: a field that their sentences fill.
_FIELD: Final = re.compile(r"\{(?!rest)\w+\}")
#: The first list, as the page asks for it on a phone (`isPhone` of its scripts) and elsewhere.
_LISTS: Final = (
    ("/api/alerts?limit=15", "(max-width: 820px), (max-width: 1023px) and (max-height: 480px)"),
    (
        "/api/alerts?limit=40",
        "not all and (max-width: 1023px), (max-width: 1023px) and (min-width: 820.02px)"
        " and (min-height: 480.02px)",
    ),
)
#: Names in the page's address that leave its first list as it is.
_NO_FILTERS: Final = frozenset(("lang", "theme", "alert", "modules"))
_PMTILES: Final = "/basemap.pmtiles"
#: Looked at anew each time, so that a new version of the console is seen at once.
_FRESH: Final = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.get("/")
def page(request: Request) -> Response:
    """The console's page; ``?kept`` is for its worker, which keeps it, and ``?modules`` for whoever
    looks into its modules one by one."""
    shell = shell_now()
    frame = shell.modules if "modules" in request.query_params else shell.frame
    if "kept" not in request.query_params:
        frame = frame.replace("    <link", f"{_ahead(request)}    <link", 1)
    return HTMLResponse(frame, headers={**_FRESH, "X-Shell": shell.version})


def _ahead(request: Request) -> str:
    """What the page will ask for at once, so that browsers fetch it beside the scripts."""
    asked = request.query_params
    wish = asked.get("lang") or request.headers.get("accept-language", "")
    language = "zh" if wish.startswith("zh") else "en"
    files = ("/api/me", "/static/life_cycle.json", f"/static/words/{language}.json")
    lists = _LISTS if set(asked) <= _NO_FILTERS else ()
    paths = [*((path, "all") for path in files), *lists]
    preload = '    <link rel="preload" as="fetch" crossorigin="anonymous" href="{}" media="{}" />\n'
    return "".join(preload.format(*path) for path in paths)


@router.get("/api/docs")
def docs() -> Response:
    """The API's description to read: for whoever may read ``/openapi.json``, from our own files."""
    return _file(STATIC / "docs" / "index.html", {})


@router.get("/static/shell.json")
def shell() -> Response:
    """What the page's worker keeps: its files, and of which version they are."""
    known = shell_now()
    kept = {"version": known.version, "files": known.files, "more": known.more}
    return JSONResponse(kept, headers=_FRESH)


def shell_now() -> Shell:
    """The page's files as they are."""
    return shell_of(STATIC, _words_of_rules())


@lru_cache(maxsize=1)
def _words_of_rules() -> bytes:
    """What the release brings of the page's words beside its files."""
    return json.dumps([page_words(language) for language in LANGUAGES]).encode()


@router.get("/static/words/{language}.json")
def words(request: Request, language: Language) -> Response:
    """The page's words, in a place of its own among the files, since the rules bring some."""
    return _small(request, json.dumps(page_words(language)).encode(), "application/json")


@router.get("/static/built/{name}")
def built(request: Request, name: str) -> Response:
    """One of the files that `bundle.mjs` made."""
    path = STATIC / "built" / name
    if path.parent != STATIC / "built" or not path.is_file():
        raise HTTPException(404, "no such file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _small(request, path.read_bytes(), kind)


def _small(request: Request, content: bytes, kind: str) -> Response:
    """What a phone waits for: packed better than answers are, once, and asked after."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**_FRESH, "ETag": tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = _packed(content)
    return Response(content, headers=headers, media_type=kind)


@lru_cache(maxsize=16)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def page_words(language: Language) -> dict[str, str]:
    """By key; ``rule.NAME`` is a rule's title, ``value.RULE.NAME`` what a rule calls a value of its
    findings: several may have one of that name, and mean another.

    ``term.RULE.NAME.VALUE`` is what the rule's sentence calls a value that is a word; fields in it
    are left out, but for ``{rest}``. Kinds, severities, hypotheses and classes of numbers are
    called as channels call them.
    """
    file = STATIC / "words" / f"{language}.json"
    words: dict[str, str] = json.loads(file.read_text("utf-8"))
    shared = WORDINGS[language]
    for group, known in (
        *(("kind", shared.kinds), ("severity", shared.severities)),
        *(("hypothesis", shared.hypotheses), *tables_of("people")[language].items()),
    ):
        words |= {f"{group}.{name}": word[:1].upper() + word[1:] for name, word in known.items()}
    classes: dict[str, str] = tables_of("calls")[language]["classes"]
    for group in ("class", "term.number_class"):
        words |= {f"{group}.{name}": word for name, word in classes.items()}
    for name, room in ROOMS.items():
        of_rule = room.words[language]
        words[f"rule.{name}"] = of_rule.title
        words |= {f"value.{name}.{value}": word for value, word in of_rule.values.items()}
        words |= {
            f"term.{name}.{value}.{held}": _FIELD.sub("…", word)
            for value, terms in of_rule.terms.items()
            for held, word in terms.items()
        }
    return words


@router.get("/static/life_cycle.json")
def life_cycle() -> Response:
    """The server's own table, by which the page offers what may be done."""
    return Response(FOR_PAGE, headers=_FRESH, media_type="application/json")


@router.get(_PMTILES)
def basemap(request: Request) -> Response:
    """The operator's tiles; parts of them by Range."""
    source = request.app.state.settings.console.basemap.source
    if not source or _is_web_address(source):
        raise HTTPException(404, "no PMTiles file is set (console.basemap.source)")
    return _file(Path(source), {"media_type": "application/vnd.pmtiles"})


def install_page(app: FastAPI) -> None:
    """The page's routes and files."""
    # Not known to every system; browsers run no module of another type.
    mimetypes.add_type("text/javascript", ".mjs")
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("application/geo+json", ".geojson")
    app.include_router(router)
    if STATIC.is_dir():
        app.mount("/static", _Fresh(directory=STATIC), name="static")


def basemap_for_page(settings: BasemapSettings) -> Mapping[str, Any]:
    """The base map's settings as the page reads them."""
    source = settings.source
    kind, url = "none", ""
    if "{z}" in source:
        kind, url = "xyz", source
    elif source:
        kind, url = "pmtiles", source if _is_web_address(source) else _PMTILES
    return {
        "kind": kind,
        "url": url,
        "datum": settings.datum,
        "attribution": settings.attribution,
        "min_zoom": settings.min_zoom,
        "max_zoom": settings.max_zoom,
    }


class _Fresh(StaticFiles):
    """Files that a browser may keep, but asks after."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers.setdefault("Cache-Control", "no-cache")
        if Path(args[0]).name == "sw.js":
            # The page's worker stands among its files, and serves the page itself.
            response.headers["Service-Worker-Allowed"] = "/"
        return response


def _file(path: Path, more: dict[str, Any]) -> Response:
    if not path.is_file():
        raise HTTPException(404, f"{path.name} is not there")
    return FileResponse(path, headers=_FRESH, **more)


def _is_web_address(source: str) -> bool:
    return urlsplit(source).scheme in ("http", "https")
