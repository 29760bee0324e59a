"""What all parts of a scenario share: number ranges, the strict base classes, the error.

In all of them places are metres east and north of the city centre, and times are seconds after the
start.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Share: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive: TypeAlias = Annotated[float, Meta(gt=0.0)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0.0)]
Span: TypeAlias = tuple[NotNegative, NotNegative]
Point: TypeAlias = tuple[float, float]
OperatorIndex: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
RatName: TypeAlias = Literal["gsm", "lte", "nr"]
FeedName: TypeAlias = Literal["measurements", "signalling", "sms"]


class ScenarioError(ValueError):
    """A scenario that cannot be used; the text names file, key and allowed values."""


class Strict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Common settings of all parts of a scenario."""


class HappeningSpec(Strict, frozen=True, tag_field="kind"):
    """One happening. Where ``announced``, the operator announces it in `network.changes`."""

    announced: bool = False

    def operators_named(self) -> tuple[int, ...]:
        """The places in the scenario's operators that it names."""
        several: tuple[int, ...] = getattr(self, "operators", ())
        single = (getattr(self, name, None) for name in ("operator", "host", "guest"))
        return (*several, *(each for each in single if each is not None))
