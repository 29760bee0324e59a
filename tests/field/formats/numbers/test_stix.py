"""The bundle of an alert about calls is what STIX 2.1 wants, and names no number."""

import json
import re
from typing import Any
from uuid import UUID

import msgspec
import pytest

from field.formats.numbers import stix
from tests.field.call_alert import CAMPAIGN, a_call_alert, hashed

_ID = re.compile(r"[a-z0-9-]+--([0-9a-f-]{36})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: What 2.1 requires of each, beside type, spec_version and id.
REQUIRED = {
    "identity": {"created", "modified", "name"},
    "extension-definition": {
        *("created", "modified", "created_by_ref", "name", "schema", "version", "extension_types"),
    },
    "marking-definition": {"created", "definition_type", "definition"},
    "observed-data": {
        *("created", "modified", "first_observed", "last_observed", "number_observed"),
    },
    "campaign": {"created", "modified", "name"},
    "indicator": {"created", "modified", "pattern", "pattern_type", "valid_from"},
    "relationship": {"created", "modified", "relationship_type", "source_ref", "target_ref"},
    "note": {"created", "modified", "content", "object_refs"},
    stix.NUMBER: {"number_hash", "extensions"},
}


def objects_of(**changes: Any) -> list[dict[str, Any]]:
    made = json.loads(stix.bundle(a_call_alert(**changes)))
    assert made["type"] == "bundle"
    assert set(made) == {"type", "id", "objects"}
    objects: list[dict[str, Any]] = made["objects"]
    return objects


def of_type(kind: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in objects if one["type"] == kind]


def references(tree: Any) -> list[str]:
    """All ids that properties of an object refer to."""
    found = []
    for name, value in tree.items():
        if name.endswith("_ref"):
            found.append(value)
        elif name.endswith("_refs"):
            found += value
    return found


def test_every_object_has_what_the_standard_requires_and_refers_to_what_is_there() -> None:
    objects = objects_of()
    ids = [one["id"] for one in objects]
    assert len(set(ids)) == len(ids)
    for one in objects:
        assert one["spec_version"] == "2.1"
        match = _ID.fullmatch(one["id"])
        assert match
        assert one["id"].startswith(f"{one['type']}--")
        UUID(match[1])
        assert set(one) >= REQUIRED[one["type"]], one["type"]
        assert set(references(one)) <= set(ids)
        assert None not in one.values()
        for name in ("created", "modified", "valid_from", "first_observed", "last_observed"):
            assert _MOMENT.fullmatch(one.get(name, "2026-01-01T00:00:00.000Z"))
        assert one.get("created", "") <= one.get("modified", "9")
        for extension in one.get("extensions", {}):
            assert extension in ids
    assert {one["type"] for one in objects} == set(REQUIRED)


def test_the_indicator_names_those_that_take_part_and_none_that_is_impersonated() -> None:
    objects = objects_of()
    (indicator,) = of_type("indicator", objects)
    accused = ", ".join(f"'{hashed(100 + n)}'" for n in range(3))
    assert indicator["pattern"] == f"[{stix.NUMBER}:number_hash IN ({accused})]"
    assert indicator["confidence"] == 97
    assert "revoked" not in indicator
    (observed,) = of_type("observed-data", objects)
    assert observed["number_observed"] == 80
    assert len(observed["object_refs"]) == 4
    (note,) = of_type("note", objects)
    (shown,) = note["object_refs"]
    assert next(o for o in objects if o["id"] == shown)["number_hash"] == hashed(199)
    (campaign,) = of_type("campaign", objects)
    assert campaign["name"] == f"campaign {CAMPAIGN}"
    kinds = [one["relationship_type"] for one in of_type("relationship", objects)]
    assert kinds == ["based-on", "indicates"]


def test_a_later_revision_has_the_same_ids_and_a_later_modified() -> None:
    first, later = objects_of(), objects_of(revision=2)
    assert [one["id"] for one in first] == [one["id"] for one in later]
    (before,), (after,) = of_type("indicator", first), of_type("indicator", later)
    assert before["created"] == after["created"]
    assert before["modified"] < after["modified"]


def test_a_verdict_that_they_are_honest_revokes_it() -> None:
    (indicator,) = of_type("indicator", objects_of(verdict="false_alarm", status="closed"))
    assert indicator["revoked"] is True


def test_who_is_only_impersonated_gives_no_indicator() -> None:
    objects = objects_of(numbers=1, campaign=None)
    assert not of_type("indicator", objects)
    assert not of_type("relationship", objects)
    assert of_type("note", objects)


def test_an_alert_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="without numbers"):
        stix.bundle(msgspec.structs.replace(a_call_alert(), numbers=[]))
