"""Which of the page's files its worker keeps, and when it takes them anew."""

import re
import shutil
from pathlib import Path

from field.console.routes.shell import shell_of

STATIC = Path(__file__).parents[4] / "field" / "console" / "static"


def test_the_page_s_worker_is_small_and_keeps_the_page_s_files_alone() -> None:
    worker = (STATIC / "sw.js").read_text()
    assert worker.startswith("// ")
    assert worker.count("\n") <= 160
    shell = shell_of(STATIC)
    named = re.findall(r'(?:href|src)="([^"]+)"', (STATIC / "index.html").read_text())
    of_page = [path for path in named if path.startswith("/static/") and "/vendor/" not in path]
    assert [path for path in of_page if path not in shell.files] == []
    for path in (*shell.files, *shell.more):
        assert path.startswith("/static/"), path
        # The server's own table is served among the page's files.
        assert "life_cycle" in path or (STATIC / path.removeprefix("/static/")).is_file(), path


def test_another_file_of_the_page_is_another_version(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    shutil.copytree(STATIC, folder, ignore=shutil.ignore_patterns("vendor"))
    first = shell_of(folder)
    assert first == shell_of(folder)
    assert first.more == ()
    (folder / "js" / "main.js").write_text("// another")
    second = shell_of(folder)
    assert second.version != first.version
    assert second.files == first.files
