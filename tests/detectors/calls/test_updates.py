"""Updates of an alert come so often that each call is in one of them."""

import msgspec
import pytest

from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.model.finding import Finding, OfCalls, Source
from tests.detectors.calls.conftest import SOURCE, T0


def test_every_call_is_in_some_revision_where_each_finding_names_many() -> None:
    settings = CallSettings(update_calls=137)
    one, count, alerts = "h-" + 24 * "a", 0, []
    life = CallLifecycle(settings, CallsState())
    source = Source(*SOURCE, 0, -1)
    for n, many in enumerate((1, 1, 136, *(64 for _ in range(20)), 9)):
        calls = tuple(f"ref-{count + at}" for at in range(many))
        about = OfCalls(number=one, calls=calls)
        family = {"family": "pace", "detector": "caller_rate"} if n % 2 else {"family": "number"}
        made = {"detector": "spoofed_ingress", "version": 1, "weight": 3.0, "cap": 5.0, **family}
        made |= {"ts": T0 + n, "rx_ts": T0 + n, "space": "number", "who": one}
        alerts += life.take(Finding(source=source, of_calls=about, **made), T0 + n)
        count += many
    alerts += life.flush()
    assert {call for alert in alerts for call in alert.calls} == {f"ref-{n}" for n in range(count)}
    with pytest.raises(msgspec.ValidationError, match="137"):
        msgspec.convert({"update_calls": 138}, CallSettings)
