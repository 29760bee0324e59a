"""The page's names of streets, its first view, and the way there on a phone."""

from typing import Any

import pytest

from tests.field.console.page.page_program import asked_of_the_page

LINKS = {
    "geo": "geo:1,2",
    "amap": "https://amap",
    "google": "https://google",
    "apple": "https://apple",
}
ANDROID = "Mozilla/5.0 (Linux; Android 14)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
DESK = "Mozilla/5.0 (X11; Linux x86_64)"
#: What modules ask of a browser as they are loaded.
BROWSER = """
globalThis.document = { documentElement: {}, body: {}, getElementById: () => null };
globalThis.location = { href: "http://x/", search: "" };
"""


@pytest.mark.parametrize(
    ("language", "fields"),
    [
        ("zh", ["name:zh", "name:zh-Hans", "name_zh", "name", "ref"]),
        ("en", ["name:en", "name_en", "name", "ref"]),
    ],
)
def test_names_are_in_the_page_s_language_where_the_map_has_them(
    language: str, fields: list[str]
) -> None:
    found = asked_of_the_page(
        BROWSER
        + f"""
        const {{ label }} = await import("./js/ground/labels.js");
        console.log(JSON.stringify(label("{language}")));
        """
    )
    assert found == ["coalesce", *(["get", field] for field in fields), ""]


def test_home_is_a_view_that_goes_on_over_the_antimeridian() -> None:
    found = asked_of_the_page(
        BROWSER
        + """
        const { corners, view } = await import("./js/ground/home.js");
        const boxes = [[104, 30, 105, 31], [176, -40, -176, -30]];
        console.log(JSON.stringify([view(), ...boxes.map(corners)]));
        """
    )
    assert found == [
        {"center": [104, 34], "zoom": 3},
        [[104, 30], [105, 31]],
        [[176, -40], [184, -30]],
    ]


@pytest.mark.parametrize(
    ("agent", "language", "links", "app"),
    [
        (ANDROID, "zh", LINKS, "geo:1,2"),
        (IPHONE, "zh", LINKS, "https://apple"),
        (DESK, "zh", LINKS, "https://amap"),
        (DESK, "en", LINKS, "https://google"),
        (ANDROID, "en", {"google": "https://google"}, "https://google"),
        (DESK, "en", {"geo": "geo:1,2"}, "geo:1,2"),
        (ANDROID, "en", None, None),
    ],
)
def test_the_phone_s_own_app_shows_the_way(
    agent: str, language: str, links: Any, app: str | None
) -> None:
    found = asked_of_the_page(
        BROWSER
        + f"""
        const {{ appOf }} = await import("./js/ground/going.js");
        const links = {str(links).replace("None", "null")};
        console.log(JSON.stringify(appOf(links, {agent!r}, {language!r}) ?? null));
        """
    )
    assert found == app
