"""Requests of all kinds, made from our own OpenAPI: whatever is sent, nothing breaks."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.field.console.full_console import Whole, whole

#: Would never end, or read topics; tests with a broker ask them.
_NOT_HERE = ("/api/stream", "/evidence.zip", "/companions")
#: Of each operation; in the short form, and beside it in the long one.
_EXAMPLES = (2, pytest.param(15, marks=pytest.mark.long))
#: What hasn't been asked by then is left, once there are enough answers: the test shall end on a
#: busy machine too.
_AT_MOST_S, _AT_LEAST = 30.0, 100


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("examples", _EXAMPLES)
def test_no_request_is_answered_with_a_500(
    console: Whole, mode: GenerationMode, examples: int
) -> None:
    begun = time.monotonic()
    answers: Counter[int] = Counter()
    left = []
    token = {"Authorization": f"Bearer {console.access.tokens.make('di')}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", console.app, headers=token)
    for result in schema.get_all_operations():
        operation: Any = result.ok()
        if operation.path.endswith(_NOT_HERE):
            continue
        if time.monotonic() - begun > _AT_MOST_S and sum(answers.values()) > _AT_LEAST:
            left.append(operation.label)
            continue
        answers += _ask(console, operation, mode, examples)
    print(f"{mode.value}: answers {dict(sorted(answers.items()))}; left {left}")
    assert not {status for status in answers if status >= 500}
    assert sum(answers.values()) > _AT_LEAST


def _ask(console: Whole, operation: Any, mode: GenerationMode, examples: int) -> Counter[int]:
    """Answers to some requests of one operation, by an admin at a page."""
    # Anew for each, since some operations end the session.
    browser = console.logged_in("ada")
    cookies = {cookie.name: str(cookie.value) for cookie in browser.cookies.jar}
    headers = {"X-CSRF-Token": browser.csrf, "Host": "127.0.0.1:8340"}
    answers: Counter[int] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(headers=headers, cookies=cookies)
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, case.as_curl_command())
        assert "content-security-policy" in answer.headers
        assert "Traceback" not in answer.text

    # What takes no parameters can't be asked wrongly.
    with suppress(Unsatisfiable):
        ask()
    return answers
