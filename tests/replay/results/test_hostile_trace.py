"""A text message whose sender and link are markup: from the trace to the pages, it stays text."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import html

import cellhound
from tests.replay.results.conftest import KEY

pytestmark = pytest.mark.slow

SENDER = "95588\"><img src=x onerror=alert(1)><script>document.title='owned'</script>"
DOMAIN = "</script><script>alert(2)</script>.example"


@pytest.fixture(scope="module")
def result(village: Path, tmp_path_factory: pytest.TempPathFactory) -> cellhound.Result:
    trace = tmp_path_factory.mktemp("hostile") / "<b>trace"
    shutil.copytree(village, trace)
    texts = trace / "sms.jsonl.gz"
    lines = [json.loads(line) for line in gzip.decompress(texts.read_bytes()).splitlines()]
    changed = [
        {**line, "sender": SENDER, "url_domain": DOMAIN} if line["sender"] == "95588" else line
        for line in lines
    ]
    assert changed != lines
    texts.write_bytes(
        gzip.compress(b"".join(json.dumps(each).encode() + b"\n" for each in changed))
    )
    return cellhound.detect(trace, key=KEY)


def parsed(page: bytes) -> Any:
    return html.fromstring(page, parser=html.HTMLParser(encoding="utf-8"))


def test_the_sender_reaches_the_alert(result: cellhound.Result) -> None:
    """Else nothing would be shown by what follows."""
    assert any("onerror=alert(1)" in share["explanation"] for share in result.alerts[0]["evidence"])


def test_in_the_report_it_is_text(result: cellhound.Result, tmp_path: Path) -> None:
    scores = cellhound.evaluate(result, key=KEY)
    page = parsed(scores.to_html(tmp_path / "report.html").read_bytes())
    assert page.xpath("//script | //img | //b | //@onerror") == []
    assert "onerror=alert(1)" in page.xpath("string(//article[@lang='en'])")


def test_on_the_map_it_is_data(result: cellhound.Result) -> None:
    page = parsed((result.folder / "map.html").read_bytes())
    assert page.xpath("//img | //@onerror") == []
    data, code = page.xpath("//script/text()")
    assert "onerror=alert(1)" in json.dumps(json.loads(data))
    assert "alert(1)" not in code


def test_in_a_notebook_and_on_a_terminal_it_is_text(result: cellhound.Result) -> None:
    assert parsed(result._repr_html_().encode()).xpath("//script | //img | //b") == []
    assert len(result.report.splitlines()) == 2
