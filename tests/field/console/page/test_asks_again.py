"""What the page's modules ask for once more, since the first answer may have come too early."""

import shutil
from typing import Any

import pytest

from tests.field.console.page.page_program import TIMERS, asked_of_the_page

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node here")

#: An alert that is chosen: the console answers with what `answer` holds.
CHOSEN = f"""{TIMERS}
globalThis.location = {{ reload() {{}} }};
let answer = {{ alert_id: "a1", measurements: [] }};
let asked = 0;
globalThis.fetch = async (address, options) => {{
  asked++;
  await turn();
  options.signal.throwIfAborted();
  return {{ ok: true, status: 200, headers: new Map([["Content-Type", "json"]]),
    json: async () => structuredClone(answer) }};
}};
const chosen = await import('./js/data/chosen.js');
const {{ state, on }} = await import('./js/data/state.js');
let drawings = 0;
on("detail", () => drawings++);
state.selected = "a1";
"""


def last_sent_by(program: str) -> Any:
    return asked_of_the_page(f"{program} process.exit(0);")


def test_what_was_written_is_asked_for_until_the_console_has_read_it_back() -> None:
    sent = last_sent_by(
        f"""{CHOSEN}
        chosen.refreshUntil("a1", (detail) => detail.measurements.length > 0);
        await next();
        await next();
        const before = [asked, drawings];
        answer.measurements.push({{ ts: 1 }});
        await next();
        await next();
        console.log(JSON.stringify([before, asked, drawings, pauses, state.detail.measurements]));
        """
    )
    # The second answer was the first once more: nothing to draw.
    assert sent == [[2, 1], 3, 2, [400, 800, 1600], [{"ts": 1}]]


def test_what_never_comes_is_not_asked_for_for_ever_nor_of_an_alert_that_was_left() -> None:
    sent = last_sent_by(
        f"""{CHOSEN}
        chosen.refreshUntil("a1", () => false);
        for (let n = 0; n < 20; n++) await next();
        const found = [asked, pauses.reduce((a, b) => a + b) < 60_000];
        chosen.refreshUntil("a1", () => false);
        state.selected = "a2";
        for (let n = 0; n < 20; n++) await next();
        console.log(JSON.stringify([...found, asked]));
        """
    )
    assert sent == [7, True, 7]


def test_an_alert_is_drawn_anew_by_itself_only_where_something_is_another() -> None:
    sent = last_sent_by(
        f"""{CHOSEN}
        const soon = async () => {{
          chosen.refreshSoon("a1");
          await next();
          return drawings;
        }};
        await chosen.refresh();
        const found = [drawings, await soon()];
        answer.state = "dispatched";
        found.push(await soon());
        // The same, but of the past: what can be done about it is another.
        state.at = 5;
        found.push(await soon());
        // Who did something sees what came of it.
        await chosen.refresh();
        found.push(drawings);
        // So they do where another question overtakes theirs.
        chosen.refresh();
        await chosen.refresh(true);
        found.push(drawings);
        console.log(JSON.stringify(found));
        """
    )
    assert sent == [1, 1, 2, 3, 4, 5]
