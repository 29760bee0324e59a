"""An alert about calls as a bundle of STIX 2.1 (OASIS, 2021), with an own object for numbers.

STIX has no observable for telephone numbers, so that one is defined here by an extension (7.3): it
holds a keyed hash and first digits, never the number. An indicator is made of the numbers that take
part; one that is impersonated is only among what was observed, since its owner is a victim.
Sections named below are those of the standard.

What is the same alert has the same ids, whoever exports it: names by UUID 5 (2.9). A later
revision has a later ``modified``, so that readers keep the newest.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from detectors.alert.headline import is_ruled_out
from detectors.alert.record import Alert, AlertNumber
from field.formats.scrubbed import clean, scrubbed
from field.formats.words.calls import is_about_calls
from field.formats.words.moments import iso, moment
from field.formats.words.text import explain, headline, title

#: 2.9: the namespace for ids of observables, which nothing else may use.
_OBSERVABLES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
#: Ours, for all else.
_OURS: Final = UUID("6f1b1c52-3a0e-5d0c-9d5e-0f6a52c1a7e4")
SPEC: Final = "2.1"
NUMBER: Final = "x-cellhound-telephone-number"
#: When the definitions below were made; they change with their version alone.
_DEFINED: Final = "2026-11-30T00:00:00.000Z"
_PRODUCER: Final = f"identity--{uuid5(_OURS, 'producer')}"
EXTENSION: Final = f"extension-definition--{uuid5(_OURS, NUMBER)}"
#: 7.2.1.4: given by the standard.
_AMBER: Final = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
_MARKED: Final = {"object_marking_refs": [_AMBER]}
_SCHEMA: Final = (
    f"{NUMBER} has number_hash (required, string: a keyed hash of the number in international form,"
    " the same for the same number under the same key), prefix (optional, string: its first digits,"
    " seven at most) and number_class (optional, string: fixed, mobile, iot, mvno, 400, short,"
    " service or unallocated). Its id is made of number_hash."
)
_IMPERSONATED: Final = (
    "Others show these numbers; whoever has them is a victim too. Don't block them."
)
_MOST_OBSERVED: Final = 999_999_999


def bundle(alert: Alert) -> bytes:
    """The bundle of one revision. Raises ValueError for an alert without numbers."""
    if not has_numbers(alert):
        raise ValueError("an alert without numbers has nothing for a bundle")
    return _bundled(f"{alert.alert_id} {alert.revision}", _objects(alert))


def bundle_of(alerts: Iterable[Alert], name: str) -> bytes:
    """One bundle of all alerts that have numbers; what several of them share is in it once, the
    newest of it. It may have no objects."""
    newest: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        for one in _objects(alert) if has_numbers(alert) else ():
            known = newest.get(one["id"])
            if known is None or known.get("modified", "") < one.get("modified", ""):
                newest[one["id"]] = one
    return _bundled(name, list(newest.values()))


def has_numbers(alert: Alert) -> bool:
    """Whether an alert is about calls and has something for a bundle."""
    return is_about_calls(alert) and bool(alert.numbers)


def _objects(alert: Alert) -> list[dict[str, Any]]:
    alert = scrubbed(alert)
    roles = {one.number: one.role for one in alert.numbers}
    numbers = [_number(one) for one in {one.number: one for one in alert.numbers}.values()]
    shown = [one for one in numbers if roles[one["number_hash"]] == "impersonated"]
    return [*_definitions(), *numbers, *_about(alert, numbers, shown)]


def _bundled(name: str, objects: list[dict[str, Any]]) -> bytes:
    made: dict[str, Any] = {"type": "bundle", "id": f"bundle--{uuid5(_OURS, name)}"}
    # 8: a bundle without objects has no such list, since lists in STIX are never empty (2.4).
    made |= {"objects": objects} if objects else {}
    return msgspec.json.format(msgspec.json.encode(made)) + b"\n"


def _definitions() -> Iterable[dict[str, Any]]:
    """What the other objects refer to."""
    made = {"spec_version": SPEC, "created": _DEFINED, "modified": _DEFINED}
    yield {
        **{"type": "identity", "id": _PRODUCER, **made},
        **{"name": "cellhound", "identity_class": "system"},
    }
    yield {
        **{"type": "extension-definition", "id": EXTENSION, **made},
        **{"created_by_ref": _PRODUCER, "name": "telephone number", "version": "1.0.0"},
        **{"schema": _SCHEMA, "extension_types": ["new-sco"]},
    }
    yield {
        **{"type": "marking-definition", "spec_version": SPEC, "id": _AMBER},
        **{"created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp"},
        **{"name": "TLP:AMBER", "definition": {"tlp": "amber"}},
    }


def _number(one: AlertNumber) -> dict[str, Any]:
    # 2.9: the id contributing properties as canonical JSON (RFC 8785), which one text is.
    contributing = msgspec.json.encode({"number_hash": one.number}).decode()
    known = {"prefix": one.prefix, "number_class": one.kind}
    return {
        **{"type": NUMBER, "spec_version": SPEC},
        **{"id": f"{NUMBER}--{uuid5(_OBSERVABLES, contributing)}", "number_hash": one.number},
        **{name: value for name, value in known.items() if value is not None},
        **{"extensions": {EXTENSION: {"extension_type": "new-sco"}}, **_MARKED},
    }


def _about(
    alert: Alert, numbers: list[dict[str, Any]], shown: list[dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    """What was observed and what it says; the numbers ``shown`` by others accuse nobody."""
    first, last = iso(moment(alert.first_seen)), iso(moment(max(alert.first_seen, alert.last_seen)))
    made = _made(alert)
    observed = {
        **{"type": "observed-data", "id": _id("observed-data", alert.alert_id), **made},
        **{"first_observed": first, "last_observed": last},
        "number_observed": min(max(alert.reports, 1), _MOST_OBSERVED),
        "object_refs": [one["id"] for one in numbers],
    }
    yield observed
    campaign = None
    if alert.campaign is not None:
        campaign = {
            **{"type": "campaign", "id": _id("campaign", alert.campaign), **made},
            **{"name": f"campaign {alert.campaign}", "first_seen": first, "last_seen": last},
        }
        yield campaign
    if shown:
        yield {
            **{"type": "note", "id": _id("note", alert.alert_id), **made},
            **{"abstract": "impersonated numbers", "content": _IMPERSONATED},
            "object_refs": [one["id"] for one in shown],
        }
    accused = [one for one in numbers if one not in shown]
    if not accused:
        return
    indicator = _indicator(alert, accused, made)
    yield indicator
    yield _relationship(indicator, "based-on", observed, made)
    if campaign is not None:
        yield _relationship(indicator, "indicates", campaign, made)


def _indicator(
    alert: Alert, accused: list[dict[str, Any]], made: Mapping[str, Any]
) -> dict[str, Any]:
    """What to look for: any of the numbers. It is revoked by a verdict that they are honest."""
    hashes = ", ".join(f"'{_literal(one['number_hash'])}'" for one in accused)
    why = [explain(evidence, "en", of_calls=True) for evidence in alert.evidence]
    return {
        **{"type": "indicator", "id": _id("indicator", alert.alert_id), **made},
        "name": title(alert, "en"),
        "description": "\n".join([headline(alert, "en"), *why]),
        "indicator_types": ["malicious-activity"],
        "pattern": f"[{NUMBER}:number_hash IN ({hashes})]",
        "pattern_type": "stix",
        "valid_from": iso(moment(alert.first_seen)),
        "confidence": round(100 * alert.probability),
        "labels": [clean(alert.kind).replace("_", "-")],
        **({"revoked": True} if is_ruled_out(alert) else {}),
    }


def _relationship(
    source: Mapping[str, Any], kind: str, target: Mapping[str, Any], made: Mapping[str, Any]
) -> dict[str, Any]:
    name = f"{source['id']} {kind} {target['id']}"
    return {
        **{"type": "relationship", "id": _id("relationship", name), **made},
        **{"relationship_type": kind, "source_ref": source["id"], "target_ref": target["id"]},
    }


def _made(alert: Alert) -> dict[str, Any]:
    """By whom and when: the same for all revisions but for ``modified``."""
    created = alert.first_seen
    return {
        **{"spec_version": SPEC, "created_by_ref": _PRODUCER},
        **{"created": iso(moment(created)), "modified": iso(moment(max(created, alert.ts)))},
        **_MARKED,
    }


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid5(_OURS, f'{kind} {name}')}"


def _literal(text: str) -> str:
    """9.2: in a literal of a pattern the quote and the backslash are escaped.

    >>> _literal("a'b")
    "a\\\\'b"
    """
    return text.replace("\\", "\\\\").replace("'", "\\'")
