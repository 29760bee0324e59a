"""What a feed holds: the alerts that its filter chooses now, in its format."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from detectors.alert.record import Alert
from field.console.access.credentials.feeds import Feed, Format
from field.console.query_params import BOX_PATTERN, LIST_PATTERN, NAME_PATTERN, alert_filter
from field.console.routes.exports import CSV, GEOJSON, KML, STIX
from field.console.store import AlertFilter
from field.formats import cot, geojson, kml
from field.formats.alert_table import table
from field.formats.numbers import stix
from field.formats.words.moments import moment

COT: Final = "application/xml"
_HOUR_MS: Final = 3_600_000
#: A marker is good for so many times of asking anew, so that one lost request takes none away.
_STALE_TIMES: Final = 3
_LEAST_STALE_S: Final = 30.0
Listed = Annotated[str, Field(max_length=400, pattern=LIST_PATTERN)]
Found = list[tuple[Alert, str]]


class FeedFilter(BaseModel):
    """Which alerts a feed has: as the filter of lists; ``hours`` are the newest so many of them by
    when they were last seen, ``bbox`` the area."""

    model_config = ConfigDict(extra="forbid")

    severity: Listed = ""
    status: Listed = ""
    state: Listed = ""
    rat: Listed = ""
    operator: Listed = ""
    kind: Listed = ""
    campaign: Annotated[str, Field(max_length=64, pattern=NAME_PATTERN)] = ""
    bbox: Annotated[str, Field(max_length=160, pattern=BOX_PATTERN)] | None = None
    hours: Annotated[float, Field(gt=0.0, le=24 * 366, allow_inf_nan=False)] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    language: Literal["en", "zh"] = "en"
    geometry: Literal["region", "position"] = "region"

    def chosen_at(self, now_ms: int) -> AlertFilter:
        """The filter of the store. Raises HTTPException 422 for values that aren't known."""
        begin = None if self.hours is None else max(now_ms - int(self.hours * _HOUR_MS), 0)
        return alert_filter(
            status=self.status,
            state=self.state,
            severity=self.severity,
            rat=self.rat,
            operator=self.operator,
            kind=self.kind,
            bbox=self.bbox,
            campaign=self.campaign,
            begin=begin,
        )


class Moment(NamedTuple):
    """When a feed is read, and whether what is known comes from a replay."""

    now_ms: int
    replay: bool


class Kind(NamedTuple):
    """A format: what comes behind the dot, its media type, and how it is made."""

    ending: str
    media: str
    made: Callable[[Feed, FeedFilter, Found, Moment], bytes]


def filter_of(feed: Feed) -> FeedFilter:
    """The filter that a feed was made with. Raises HTTPException 410 where it is none any more."""
    try:
        return FeedFilter.model_validate_json(feed.asked)
    except ValueError as error:
        raise HTTPException(410, "this feed is of a release before; ask for another") from error


def _kml(_feed: Feed, asked: FeedFilter, found: Found, _at: Moment) -> bytes:
    return kml.document([alert for alert, _ in found], asked.language)


def _geojson(_feed: Feed, asked: FeedFilter, found: Found, _at: Moment) -> bytes:
    features = [geojson.feature(alert, state, asked.geometry) for alert, state in found]
    collection: dict[str, Any] = geojson.feature_collection(features)
    return msgspec.json.encode(collection)


def _csv(_feed: Feed, _asked: FeedFilter, found: Found, _at: Moment) -> bytes:
    return table(found)


def _cot(feed: Feed, _asked: FeedFilter, found: Found, at: Moment) -> bytes:
    stale_s = max(_STALE_TIMES * feed.refresh_s, _LEAST_STALE_S)
    return cot.document(found, moment(at.now_ms), stale_s, at.replay)


def _stix(feed: Feed, _asked: FeedFilter, found: Found, _at: Moment) -> bytes:
    return stix.bundle_of([alert for alert, _ in found], f"feed {feed.id}")


KINDS: Final[dict[Format, Kind]] = {
    "kml": Kind("kml", KML, _kml),
    "geojson": Kind("geojson", GEOJSON, _geojson),
    "csv": Kind("csv", CSV, _csv),
    "cot": Kind("cot", COT, _cot),
    "stix": Kind("stix", STIX, _stix),
}
