"""Schemas of collections: JSON Schema (OGC API Features, parts 3 and 5), and XML Schema for GDAL.

GDAL's driver makes fields of 32 bits of integers in a JSON schema, whatever their format, and cuts
larger numbers off; of ``xs:long`` in an XML schema it makes such of 64 bits.
"""

from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from field.console.ogc.fields import Collection, Field, Kind
from field.console.query_params import LISTED

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_JSON: Final[dict[Kind, dict[str, Any]]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"},
    "flag": {"type": "boolean"},
    "moment": {"type": "string", "format": "date-time"},
    "json": {"type": ["object", "array"]},
}
_XML: Final[dict[Kind, str]] = {
    "text": "xs:string",
    "integer": "xs:long",
    "number": "xs:double",
    "flag": "xs:boolean",
    "moment": "xs:dateTime",
    "json": "xs:string",
}
_XS: Final = "http://www.w3.org/2001/XMLSchema"
_GML: Final = "http://www.opengis.net/gml/3.2"
_TIMES: Final = ("primary-interval-start", "primary-interval-end")


def json_schema(collection: Collection, url: str) -> dict[str, Any]:
    """What the properties of its features are."""
    properties = {field.name: _described(field, collection) for field in collection.fields}
    shape = f"geometry-{collection.geometry.lower() or 'any'}"
    geometry = {"x-ogc-role": "primary-geometry", "format": shape}
    return _schema(collection, url, properties | {"geometry": geometry})


def queryables(collection: Collection, url: str) -> dict[str, Any]:
    """What its features may be chosen by, each a parameter of its items."""
    kinds = {field.name: field for field in collection.fields}
    made = {}
    for name in collection.queryables:
        made[name] = dict(_JSON[kinds[name].kind]) if name in kinds else dict(_JSON["text"])
        if name in LISTED and (collection.name == "alerts" or name == "rat"):
            made[name]["enum"] = list(LISTED[name])
    return _schema(collection, url, made) | {"additionalProperties": False}


def xml_schema(collection: Collection) -> bytes:
    """The same as `json_schema` for readers of GML: one feature type."""
    own = f"urn:cellhound:{collection.name}"
    top = Element(
        "xs:schema",
        {
            **{"xmlns:xs": _XS, "xmlns:gml": _GML, "xmlns:ch": own, "targetNamespace": own},
            **{"elementFormDefault": "qualified", "version": "1"},
        },
    )
    place = "http://schemas.opengis.net/gml/3.2.1/gml.xsd"
    SubElement(top, "xs:import", namespace=_GML, schemaLocation=place)
    group = "gml:AbstractFeature"
    kind = f"{collection.name}Type"
    SubElement(
        top,
        "xs:element",
        {"name": collection.name, "type": f"ch:{kind}", "substitutionGroup": group},
    )
    content = SubElement(SubElement(top, "xs:complexType", name=kind), "xs:complexContent")
    fields = SubElement(
        SubElement(content, "xs:extension", base="gml:AbstractFeatureType"), "xs:sequence"
    )
    shape = f"gml:{collection.geometry or 'Geometry'}PropertyType"
    may_lack = {"minOccurs": "0", "nillable": "true"}
    SubElement(fields, "xs:element", {"name": "geometry", "type": shape, "minOccurs": "0"})
    for field in collection.fields:
        SubElement(fields, "xs:element", {"name": field.name, "type": _XML[field.kind], **may_lack})
    made: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return made


def _schema(collection: Collection, url: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": url,
        "type": "object",
        "title": collection.title,
        "description": collection.description,
        "properties": properties,
    }


def _described(field: Field, collection: Collection) -> dict[str, Any]:
    made = dict(_JSON[field.kind])
    if field.meaning:
        made["description"] = field.meaning
    if field.name == collection.identity:
        made["x-ogc-role"] = "id"
    if field.name in collection.times:
        is_span = len(collection.times) == 2
        at = collection.times.index(field.name)
        made["x-ogc-role"] = _TIMES[at] if is_span else "primary-instant"
    return made
