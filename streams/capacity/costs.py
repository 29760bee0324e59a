"""What a message, a phone and a cell cost, as `python -m benchmarks.costs` has measured them."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from streams.config_error import ConfigError

Form = Literal["single", "arrays", "arrow"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
SHIPPED: Final = Path(__file__).with_name("costs.toml")
_CALLS: Final = Path(__file__).with_name("calls.toml")

Positive = Annotated[float, Meta(gt=0.0, le=1e12)]


class ByForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure for each form in which messages are sent."""

    single: Positive
    arrays: Positive
    arrow: Positive

    def of(self, form: Form) -> float:
        """That of a form."""
        found: float = getattr(self, form)
        return found


class CallCosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What calls cost: times in µs a record, memory in bytes a caller of two hours.

    ``second_us`` is of the one correlator that has all calls.
    """

    json_us: Positive
    arrow_us: Positive
    second_us: Positive
    caller_bytes: Positive

    def first_us(self, form: Form) -> float:
        """Decoding and the first stage."""
        return self.arrow_us if form == "arrow" else self.json_us


def read_calls() -> CallCosts:
    """Those that ship."""
    return msgspec.convert(tomllib.loads(_CALLS.read_text("utf-8")), CallCosts)


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Processor times in µs; memory of one worker in bytes; start-up in s and µs.

    ``report_us`` is the whole worker, both stages; ``screened_us`` fetching, decoding and the first
    stage alone; ``promise_us`` what a watermark costs each correlator that takes it. ``calls`` are
    those that ship, where a file has none.
    """

    machine: str
    report_us: ByForm
    screened_us: ByForm
    report_bytes: ByForm
    promise_us: Positive
    base_bytes: Positive
    device_bytes: Positive
    cell_bytes: Positive
    start_s: Positive
    cell_start_us: Positive
    calls: CallCosts = msgspec.field(default_factory=read_calls)

    def decided_us(self, form: Form) -> float:
        """The second stage's share of a report's cost."""
        return max(0.0, self.report_us.of(form) - self.screened_us.of(form))


def read_costs(file: Path = SHIPPED) -> Costs:
    """Costs from a file (TOML). Raises `ConfigError` for one that isn't right."""
    try:
        given = tomllib.loads(file.read_text("utf-8"))
        return msgspec.convert(given, Costs)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{file}: {error}") from error
