"""Pictures of the console's page for the docs: desk and phone, English and Chinese, light and
dark.

Starts a real console on the broker (KAFKA_BOOTSTRAP), sends it a made-up evening in Beijing, and
photographs what a browser shows::

    python benchmarks/screens.py --out docs/screens
"""

import argparse
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measuring.console.city_alerts import CENTRE, evening, onward
from benchmarks.measuring.console.made_up_streets import streets
from benchmarks.measuring.console.page_stage import (
    CHROMIUM,
    CHROMIUM_ARGS,
    Stage,
    stage_on_broker,
    until,
)

_DESK: Final = {"viewport": {"width": 1440, "height": 900}}
_PHONE: Final = {"viewport": {"width": 412, "height": 860}, "is_mobile": True, "has_touch": True}
_FIRST: Final = f"{1:032x}"
#: Name, device, address, and what is opened.
SCREENS: Final[tuple[tuple[str, dict[str, Any], str, str], ...]] = (
    ("desk-en-light", _DESK, f"?lang=en&theme=light&alert={_FIRST}", ""),
    ("desk-zh-dark", _DESK, f"?lang=zh&theme=dark&alert={_FIRST}", ""),
    ("desk-en-why", _DESK, f"?lang=en&theme=light&alert={_FIRST}", "why"),
    ("desk-zh-health", _DESK, "?lang=zh&theme=light", "health"),
    ("phone-zh-light", _PHONE, "?lang=zh&theme=light", ""),
    ("phone-en-dark", _PHONE, f"?lang=en&theme=dark&alert={_FIRST}", ""),
    ("phone-zh-map", _PHONE, "?lang=zh&theme=dark", "map"),
)
_PATIENCE_MS: Final = 60_000
_COLOURS: Final = 256


def main() -> None:
    """Takes all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with stage_on_broker("screens") as stage:
        if tiles := streets(stage.folder / "streets.pmtiles"):
            stage.settings["CELLHOUND__CONSOLE__BASEMAP__SOURCE"] = str(tiles)
            stage.settings["CELLHOUND__CONSOLE__BASEMAP__ATTRIBUTION"] = "made-up streets"
        stage.start()
        set_up(stage)
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
            for name, device, query, opened in SCREENS:
                if not asked.names or name in asked.names:
                    stage.beat()
                    shoot(browser, stage, device, query, opened, asked.out / f"{name}.png")
            browser.close()


def set_up(stage: Stage) -> None:
    """The evening: alerts, the register about them, teams with bearings, and what was done."""
    now = int(time.time() * 1000)
    alerts = evening(now)
    stage.beat()
    stage.send("cell.register", register())
    stage.send("field.measurements", bearings(now))
    stage.send_alerts(*alerts)
    until(lambda: stage.holds(len(alerts)), "the console has all alerts")
    until(lambda: bool(stage.get("/api/measurements")["measurements"]), "the bearings are there")
    deeds = (
        (1, "acknowledge", {"note": "patrol asked to look"}),
        (1, "dispatch", {}),
        (1, "assign", {"assignee": "van 2"}),
        (2, "acknowledge", {}),
        (4, "dispatch", {}),
        (4, "arrive", {}),
        (6, "dispatch", {}),
        (6, "found", {"note": "car boot, two antennas"}),
    )
    for at, action, more in deeds:
        stage.post(f"/api/alerts/{alerts[at].alert_id}/actions", {"action": action, **more})


def register() -> Iterator[tuple[str, Any]]:
    """Honest cells of the made-up city on a loose grid."""
    for number in range(60):
        lat, lon = onward(*CENTRE, number * 137.5, 500.0 + 110.0 * number)
        row = {"radio": "GSM", "mcc": 460, "net": 0, "area": 34_817, "cell": 20_200 + number}
        place = {"lat": round(lat, 6), "lon": round(lon, 6), "range": 900, "samples": 40}
        yield f"gsm-460-0-34817-{20_200 + number}", row | place | {"changeable": 0, "kind": "macro"}


def bearings(now: int) -> Iterator[tuple[str, Any]]:
    """Two vans that received the first alert's transmitter, from where they were."""
    target = onward(*CENTRE, 75.0, 300.0)
    for name, towards, far, late_s in (("van 2", 38.0, 1400.0, 40), ("van 5", 316.0, 1750.0, 20)):
        lat, lon = onward(*target, towards + 180.0, far)
        what = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 34_817, "cell": 20_113, "arfcn": 62}
        where = {"lat": round(lat, 6), "lon": round(lon, 6), "signal_dbm": -68.0}
        angle = {"bearing_to_deg": towards + 3.0, "bearing_sigma_deg": 4.0}
        yield name, {"ts": now - late_s * 1000, "device": name, **what, **where, **angle}


def shoot(
    browser: Browser, stage: Stage, device: dict[str, Any], query: str, opened: str, to: Path
) -> None:
    """One picture, once the map is drawn, if it is seen: a phone's list has none."""
    context = browser.new_context(**device)
    page = context.new_page()
    page.goto(f"{stage.url}/{query}")
    page.wait_for_selector("[data-alert]", state="attached", timeout=_PATIENCE_MS)
    show(page, opened)
    if page.locator("#map").is_visible():
        page.wait_for_selector("#map[data-drawn]", state="attached", timeout=_PATIENCE_MS)
    page.wait_for_timeout(2500)
    picture = page.screenshot()
    context.close()
    # A palette takes a third of the room and looks the same.
    with Image.open(BytesIO(picture)) as image:
        image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)
    print(f"{to}: {to.stat().st_size / 1000:.0f} kB")


def show(page: Page, opened: str) -> None:
    """What the picture is about."""
    if opened == "health":
        page.locator("#live").click()
    elif opened == "map":
        page.locator('#views [data-view="map"]').click()
    elif opened == "why":
        page.locator("#detail .section.why").evaluate("node => node.scrollIntoView()")


if __name__ == "__main__":
    main()
