"""What channels put before all else: that nobody needs to act, or that it was long ago."""

from zoneinfo import ZoneInfo

import pytest

from detectors.model.words import Language
from field.channels import wording
from field.channels.delivery.sender import Notice
from tests.field.channels.example import an_alert

ONE, BOTH = (an_alert(),), (an_alert("a"), an_alert("b"))


def written(notice: Notice, language: Language = "en") -> tuple[str, str]:
    return wording.title(notice, language), wording.body(notice, language, ZoneInfo("UTC"))


@pytest.mark.parametrize(("language", "word"), [("en", "[REPLAY] "), ("zh", "[回放] ")])
def test_a_replay_is_marked_in_title_and_first_line(language: Language, word: str) -> None:
    live, live_body = written(Notice(ONE), language)
    title, body = written(Notice(ONE, replay=True), language)
    assert title == word + live
    assert body.splitlines()[1:] == live_body.splitlines()


def test_a_digest_of_a_replay_is_marked_too() -> None:
    title, body = written(Notice(BOTH, digest=True, replay=True))
    assert title == "[REPLAY] 2 alerts"
    assert len(body.splitlines()) == 3


def test_a_test_amid_a_replay_is_both() -> None:
    assert written(Notice(ONE, test=True, replay=True))[0].startswith("[TEST] [REPLAY] ")
    assert not written(Notice(ONE))[0].startswith("[")
