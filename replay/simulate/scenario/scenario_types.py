"""What all parts of a scenario share: number ranges, the strict base class, the error."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

Share: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive: TypeAlias = Annotated[float, Meta(gt=0.0)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0.0)]
Span: TypeAlias = tuple[NotNegative, NotNegative]
Point: TypeAlias = tuple[float, float]


class ScenarioError(ValueError):
    """A scenario that cannot be used; the text names file, key and allowed values."""


class Strict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Common settings of all parts of a scenario."""
