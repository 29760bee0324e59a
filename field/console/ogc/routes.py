"""The addresses of OGC API Features: from its landing page to features of collections."""

from typing import Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from field.console.access import require
from field.console.answers import answer, declared
from field.console.ogc.crs import CRS84, SYSTEMS
from field.console.ogc.fields import COLLECTIONS, Collection
from field.console.ogc.schemas import json_schema, queryables, xml_schema
from field.console.routes.exports import GEOJSON
from field.console.routes.own_address import own_address

router = APIRouter(
    prefix="/ogc", dependencies=[Depends(require("viewer"))], tags=["OGC API Features"]
)

Name = Literal["alerts", "cells", "measurements"]
_SPEC: Final = "http://www.opengis.net/spec"
_CONFORMS_TO: Final = (
    *(f"{_SPEC}/ogcapi-common-1/1.0/conf/core", f"{_SPEC}/ogcapi-common-2/1.0/conf/collections"),
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
)
_RELATION: Final = "http://www.opengis.net/def/rel/ogc/1.0"
_OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.1"
SCHEMA: Final = "application/schema+json"
XML: Final = "application/xml"
_WORLD: Final = [[-180.0, -90.0, 180.0, 90.0]]


@router.get("", responses=declared(), include_in_schema=False)
@router.get("/", responses=declared(400))
def landing(request: Request) -> Response:
    """Where to go from here."""
    base = own_address(request)
    return answer(
        {
            "title": "cellhound",
            "description": "Alerts about rogue base stations.",
            "links": [
                link_to(f"{base}/ogc/", "self", "this document"),
                link_to(f"{base}/openapi.json", "service-desc", "the API", _OPENAPI),
                link_to(f"{base}/api/docs", "service-doc", "the API, to read", "text/html"),
                link_to(f"{base}/ogc/conformance", "conformance", "what it conforms to"),
                link_to(f"{base}/ogc/collections", "data", "the collections"),
            ],
        }
    )


@router.get("/conformance", responses=declared(400))
def conformance() -> Response:
    """The classes of the standards that this conforms to."""
    return answer({"conformsTo": _CONFORMS_TO})


@router.get("/collections", responses=declared(400))
def collections(request: Request) -> Response:
    """What there is to read."""
    base = own_address(request)
    links = [link_to(f"{base}/ogc/collections", "self", "this document")]
    found = [_collection(base, one) for one in COLLECTIONS.values()]
    return answer({"links": links, "collections": found, "crs": SYSTEMS})


@router.get("/collections/{name}", responses=declared(400, 404))
def collection(request: Request, name: Name) -> Response:
    """One collection."""
    return answer(_collection(own_address(request), COLLECTIONS[name]))


@router.get("/collections/{name}/schema", responses=declared(400, 404, media=SCHEMA))
def schema(request: Request, name: Name) -> Response:
    """The properties of its features with their types, as JSON Schema."""
    url = f"{url_of(own_address(request), name)}/schema"
    return _encoded(json_schema(COLLECTIONS[name], url), SCHEMA)


@router.get("/collections/{name}/schema.xsd", responses=declared(400, 404, media=XML))
def schema_for_gml(name: Name) -> Response:
    """The same as XML Schema, for GDAL, whose integers are of 64 bits by it alone."""
    return Response(xml_schema(COLLECTIONS[name]), media_type=XML)


@router.get("/collections/{name}/queryables", responses=declared(400, 404, media=SCHEMA))
def asked_by(request: Request, name: Name) -> Response:
    """What its features may be chosen by: parameters of its items."""
    url = f"{url_of(own_address(request), name)}/queryables"
    return _encoded(queryables(COLLECTIONS[name], url), SCHEMA)


def _encoded(content: dict[str, Any], media: str) -> Response:
    return Response(msgspec.json.encode(content), media_type=media)


def url_of(base: str, name: str) -> str:
    """The address of a collection."""
    return f"{base}/ogc/collections/{name}"


def _collection(base: str, one: Collection) -> dict[str, Any]:
    url = url_of(base, one.name)
    return {
        "id": one.name,
        "title": one.title,
        "description": one.description,
        "itemType": "feature",
        "crs": SYSTEMS,
        "storageCrs": CRS84,
        "extent": {"spatial": {"bbox": _WORLD, "crs": CRS84}},
        "links": [
            link_to(url, "self", "this collection"),
            link_to(f"{url}/items", "items", one.title, GEOJSON),
            # GDAL before 3.7 reads the relation with this capital alone, and takes XML before JSON.
            link_to(f"{url}/schema.xsd", "describedBy", "the types of its fields", XML),
            link_to(f"{url}/schema", "describedby", "the types of its fields", SCHEMA),
            link_to(f"{url}/schema", f"{_RELATION}/schema", "the types of its fields", SCHEMA),
            link_to(f"{url}/queryables", f"{_RELATION}/queryables", "what to ask by", SCHEMA),
        ],
    }


def link_to(href: str, rel: str, title: str, kind: str = "application/json") -> dict[str, str]:
    """A link as the standard writes it."""
    return {"href": href, "rel": rel, "type": kind, "title": title}
