"""What each route answers when all is well: the table of shapes, by method and path.

A route that isn't here, and answers JSON, fails a test.
"""

from typing import Any, Final

from field.console.casework.two_people import Ask
from field.console.openapi import access_shapes as access
from field.console.openapi import alert_shapes as alerts
from field.console.openapi import case_shapes as cases
from field.console.openapi import feature_shapes as features
from field.console.openapi import number_shapes as numbers
from field.console.openapi import status_shapes as status

_ALERT: Final = "/api/alerts/{alert_id}"
_ITEMS: Final = "/ogc/collections/{}/items"
ANSWERS: Final[dict[str, Any]] = {
    "GET /api/alerts": alerts.AlertPage,
    f"GET {_ALERT}": alerts.AlertDetail,
    "GET /api/pins": alerts.Pins,
    f"POST {_ALERT}/actions": alerts.Outcome,
    "POST /api/act/{signed}": alerts.Outcome,
    "GET /api/audit": alerts.Trail,
    "GET /api/measurements": alerts.Readings,
    "POST /api/measurements": alerts.Accepted,
    "GET /api/health": status.Health,
    "GET /api/home": status.HomeArea,
    "GET /api/deliveries": status.Deliveries,
    "GET /api/register-health": status.RegisterReport,
    "GET /api/cells": features.FeatureCollection,
    "GET /alerts.geojson": features.FeatureCollection,
    "GET /ogc/": features.OgcLanding,
    "GET /ogc/conformance": features.Conformance,
    "GET /ogc/collections": features.Collections,
    "GET /ogc/collections/{name}": features.CollectionInfo,
    f"GET {_ITEMS.format('alerts')}": features.Items,
    f"GET {_ITEMS.format('cells')}": features.Items,
    f"GET {_ITEMS.format('measurements')}": features.Items,
    f"GET {_ITEMS.format('alerts')}/{{alert_id}}": features.Item,
    f"GET {_ITEMS.format('cells')}/{{key}}": features.Item,
    f"GET {_ITEMS.format('measurements')}/{{digest}}": features.Item,
    "GET /api/campaigns": numbers.CampaignList,
    "GET /api/campaigns/{campaign}": numbers.CampaignGraph,
    "POST /api/numbers/look": numbers.NumberLook,
    "GET /api/numbers/register": numbers.NumberRows,
    "GET /api/complaints/figures": numbers.Figures,
    "GET /api/victims": numbers.Victims,
    "GET /api/victims/outcomes": numbers.CountedOutcomes,
    "POST /api/victims/outcomes": numbers.NoticeOutcome,
    "POST /api/proposals": numbers.Proposed,
    "GET /api/number-cases": numbers.NumberCases,
    "POST /api/number-cases": numbers.NumberCaseStep,
    "POST /api/number-cases/{number_case}/steps": numbers.NumberCaseStep,
    "GET /api/cases": cases.CaseList,
    "GET /api/cases/{case_id}": cases.Case,
    "POST /api/cases/links": cases.Linked,
    f"GET {_ALERT}/similar": cases.Similar,
    "GET /api/rules/precision": cases.Precision,
    f"POST {_ALERT}/companions": cases.CompanionSearch,
    f"POST {_ALERT}/companions/asks": Ask,
    f"GET {_ALERT}/companions/asks": cases.CompanionAsks,
    f"POST {_ALERT}/companions/asks/{{ask_id}}": Ask,
    "GET /api/feeds": access.SharedFeeds,
    "POST /api/feeds": access.MadeFeed,
    "POST /api/login": access.LoggedIn,
    "GET /api/me": access.Me,
    "GET /api/me/sessions": access.SessionList,
    "GET /api/me/mfa": access.SecondFactor,
    "POST /api/me/mfa": access.BegunFactor,
    "POST /api/me/mfa/confirm": access.RecoveryCodes,
    "GET /api/tokens": access.TokenList,
    "POST /api/tokens": access.MadeToken,
    "GET /api/accounts": access.AccountList,
    "POST /api/accounts": access.AccountRole,
    "PATCH /api/accounts/{name}": access.AccountRole,
    "GET /api/audit/access": access.AccessEntries,
}
#: How requests are refused beyond what routes say themselves: by the accounts' own rules.
REFUSALS: Final[dict[str, tuple[str, ...]]] = {
    "POST /api/login": ("400", "403", "422", "503"),
    "POST /api/act/{signed}": ("404", "409", "503"),
    "POST /api/accounts": ("409", "422"),
    "PATCH /api/accounts/{name}": ("404", "409", "422"),
    "DELETE /api/accounts/{name}": ("404", "409"),
    "DELETE /api/accounts/{name}/mfa": ("404",),
    "POST /api/tokens": ("422",),
    "DELETE /api/tokens/{prefix}": ("404",),
    "POST /api/me/password": ("422", "429"),
    "POST /api/me/sessions/end": ("404", "422", "429"),
    "POST /api/me/mfa": ("409",),
    "POST /api/me/mfa/off": ("404", "409", "422", "429"),
    "POST /api/me/mfa/confirm": ("422", "429"),
}
