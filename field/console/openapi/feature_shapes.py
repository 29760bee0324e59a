"""What routes of GeoJSON and of OGC API Features answer."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from field.console.openapi.alert_shapes import Geometry


class Feature(msgspec.Struct, kw_only=True):
    """A feature of GeoJSON."""

    type: Literal["Feature"]
    id: str | UnsetType = UNSET
    geometry: Geometry | None
    properties: dict[str, Any]


class FeatureCollection(msgspec.Struct):
    """Features of GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


class OgcLink(msgspec.Struct):
    """A link of OGC API."""

    href: str
    rel: str
    type: str
    title: str


class OgcLanding(msgspec.Struct):
    """A landing page."""

    title: str
    description: str
    links: list[OgcLink]


class Conformance(msgspec.Struct, rename={"conforms_to": "conformsTo"}):
    """Classes of standards."""

    conforms_to: list[str]


class Extent(msgspec.Struct):
    """Where a collection's features may be."""

    spatial: dict[str, Any]


class CollectionInfo(msgspec.Struct, kw_only=True):
    """A collection of OGC API Features."""

    id: str
    title: str
    description: str
    item_type: str = field(name="itemType")
    crs: list[str]
    storage_crs: str = field(name="storageCrs")
    extent: Extent
    links: list[OgcLink]


class Collections(msgspec.Struct):
    """All collections."""

    links: list[OgcLink]
    collections: list[CollectionInfo]
    crs: list[str]


class Items(msgspec.Struct, kw_only=True):
    """A page of features."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    number_matched: int = field(name="numberMatched")
    number_returned: int = field(name="numberReturned")
    time_stamp: str = field(name="timeStamp")
    links: list[OgcLink]


class Item(Feature, kw_only=True):
    """One feature, with links."""

    links: list[OgcLink]
