"""Which of the page's files its worker keeps, and when it takes them anew."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from field.console.routes.shell import shell_of
from tests.field.console.loopback_console import desk
from tests.field.console.page.page_program import asked_of_the_page

STATIC = Path(__file__).parents[5] / "field" / "console" / "static"


def test_the_page_s_worker_is_small_and_keeps_the_page_s_files_alone() -> None:
    worker = (STATIC / "sw.js").read_text()
    assert worker.startswith("// ")
    assert worker.count("\n") <= 160
    shell = shell_of(STATIC)
    named = re.findall(r'(?:href|src)="([^"]+)"', shell.frame)
    of_page = [path for path in named if path.startswith("/static/") and "/vendor/" not in path]
    assert [path for path in of_page if path not in shell.files] == []
    for path in (*shell.files, *shell.more):
        assert path.startswith("/static/"), path
        # The server's own table is served among the page's files.
        assert "life_cycle" in path or (STATIC / path.removeprefix("/static/")).is_file(), path


def test_another_file_of_the_page_is_another_version(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    shutil.copytree(STATIC, folder, ignore=shutil.ignore_patterns("vendor", "built"))
    first = shell_of(folder)
    assert first == shell_of(folder)
    assert first.more == ()
    (folder / "js" / "main.js").write_text("// another")
    second = shell_of(folder)
    assert second.version != first.version
    assert second.files == first.files


def test_the_files_that_were_put_together_are_served_while_they_are_those_that_lie_there(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "static"
    shutil.copytree(STATIC, folder, ignore=shutil.ignore_patterns("vendor", "built"))
    modules = shell_of(folder)
    assert "/static/js/main.js" in modules.files
    (folder / "built").mkdir()
    for name in ("page.js", "page.css"):
        (folder / "built" / name).write_text("")
    parts = [*(folder / "js").rglob("*.js"), *(folder / "css").rglob("*.css")]
    sources = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "index.html", *parts)
    }
    (folder / "built" / "sources.json").write_text(json.dumps(sources))
    built = shell_of(folder)
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', built.frame)
    assert sorted(named) == [
        *("/static/built/page.css", "/static/built/page.js", "/static/icon.svg"),
    ]
    assert set(named) <= set(built.files)
    assert built.modules == modules.frame
    main = folder / "js" / "main.js"
    main.write_text(main.read_text() + "// changed")
    assert shell_of(folder).frame == modules.frame


@pytest.mark.parametrize(
    ("query", "language", "lists"),
    [
        ("", "en-GB,en", 2),
        ("?lang=zh&alert=abc", "en", 2),
        ("?severity=high", "zh-CN,zh;q=0.9", 0),
        ("?kept", "en", 0),
    ],
)
def test_the_frame_names_what_the_page_asks_for_at_once(
    tmp_path: Path, query: str, language: str, lists: int
) -> None:
    with desk(tmp_path) as console:
        answer = console.browser().get(f"/{query}", headers={"Accept-Language": language})
        ahead = re.findall(r'as="fetch" crossorigin="anonymous" href="([^"]+)"', answer.text)
        assert len([path for path in ahead if path.startswith("/api/alerts?")]) == lists
        words = "zh" if "zh" in query + language else "en"
        assert (f"/static/words/{words}.json" in ahead) == (query != "?kept")
        for path in ahead:
            assert console.browser().get(path).status_code == 200
        assert answer.headers["X-Shell"] == console.get("/api/me")["shell"]
        assert console.get("/static/shell.json")["version"] == answer.headers["X-Shell"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize("phone", [True, False])
def test_the_list_that_the_frame_names_is_what_the_page_asks_for(
    tmp_path: Path, phone: bool
) -> None:
    media, path = asked_of_the_page(
        f"const asked = [], matches = {json.dumps(phone)};"
        "globalThis.matchMedia = (media) => { asked.push(media); return { matches }; };"
        "globalThis.fetch = async (address) => { asked.push(address); throw new Error('none'); };"
        "const alerts = await import('./js/data/alerts.js');"
        "alerts.ahead();"
        "console.log(JSON.stringify(asked));"
    )
    with desk(tmp_path) as console:
        frame = console.browser().get("/").text
    # By the same query on a phone; tests in a browser hold the other one to be its opposite.
    assert f'href="{path}" media="{media if phone else "not all and "}' in frame


def test_words_are_packed_once_and_asked_after(tmp_path: Path) -> None:
    with desk(tmp_path) as console:
        packed = console.browser().get("/static/words/zh.json")
        assert packed.headers["Content-Encoding"] == "gzip"
        plain = console.browser().get("/static/words/zh.json", headers={"Accept-Encoding": ""})
        assert "Content-Encoding" not in plain.headers
        assert packed.json() == plain.json()
        again = {"If-None-Match": packed.headers["ETag"]}
        assert console.browser().get("/static/words/zh.json", headers=again).status_code == 304
        assert console.browser().get("/static/built/nothing.js").status_code == 404
