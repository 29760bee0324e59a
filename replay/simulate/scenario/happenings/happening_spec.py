"""The base of all happenings' YAML, and the types that they share."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from replay.simulate.scenario.scenario_types import Strict

OperatorIndex: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
RatName: TypeAlias = Literal["gsm", "lte", "nr"]
FeedName: TypeAlias = Literal["measurements", "signalling", "sms"]


class HappeningSpec(Strict, frozen=True, tag_field="kind"):
    """One happening. Where ``announced``, the operator announces it in `network.changes`."""

    announced: bool = False

    def operators_named(self) -> tuple[int, ...]:
        """The places in the scenario's operators that it names."""
        several: tuple[int, ...] = getattr(self, "operators", ())
        single = (getattr(self, name, None) for name in ("operator", "host", "guest"))
        return (*several, *(each for each in single if each is not None))
