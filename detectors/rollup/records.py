"""The records of the roll-up's topics. Numbers have national names in them; people are counts.

The meaning of each field stands at the field; `docs/messages.md` and the JSON Schemas are made of
it.
"""

from typing import Annotated, Final

import msgspec

from detectors.model.described import means

#: So long topics keep windows and campaigns, and the nation remembers them. No province adds to
#: hours that are older, since nobody could tell what they had.
KEPT_DAYS: Final = 90
KEPT_MS: Final = KEPT_DAYS * 86_400_000


class Suspect(msgspec.Struct, frozen=True):
    """A number that an alert accuses, or to which its texts call back."""

    number: Annotated[str, means("Its national name: a hash under the key of all provinces.")]
    prefix: Annotated[str | None, means("Its first digits, seven at most.")] = None
    kind: Annotated[str | None, means("Its class, as in docs/numbers.md.")] = msgspec.field(
        name="class", default=None
    )
    role: Annotated[str, means("`caller` or `callback`.")] = "caller"


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """What a province says of an alert about calls or texts: its newest revision."""

    province: Annotated[str, means("The province's name, as its topics are mirrored under it.")]
    alert_id: Annotated[str, means("The alert's id in that province.")]
    revision: Annotated[int, means("Of the alert; a reader keeps the highest.")]
    status: Annotated[str, means("`open`, `update` or `closed`.")]
    kind: Annotated[str, means("What it does, as in `fbs.alerts`.")]
    probability: Annotated[float, means("That it is a fraud, 0 to 1.")]
    ts: Annotated[int, means("When the revision could be decided.", "ms")]
    first_seen: Annotated[int, means("Event time of the oldest evidence.", "ms")]
    last_seen: Annotated[int, means("Event time of the newest evidence.", "ms")]
    calls: Annotated[int, means("Calls or texts behind it.")]
    people: Annotated[int, means("People whom it reached.")]
    numbers: Annotated[list[Suspect], means("Who takes part, without those who are impersonated.")]
    honest: Annotated[bool, means("Whether a verdict finds it honest, or it was withdrawn.")] = (
        False
    )
    rules: Annotated[list[str], means("The rules whose findings it rests on.")] = []


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What a province counted of one kind of alert in one hour. A later version of the same window
    takes the place of the earlier."""

    province: Annotated[str, means("The province's name.")]
    start: Annotated[int, means("When the window begins, by event time.", "ms")]
    length_s: Annotated[int, means("How long it is.", "s")]
    group: Annotated[str, means("The kind of alert.")]
    version: Annotated[int, means("1, 2, 3 ..; the highest counts.")]
    as_of: Annotated[int, means("When this version was made, by the province's clock.", "ms")]
    alerts: Annotated[int, means("Alerts that had something new in the window.")]
    people: Annotated[int, means("People who came to be counted behind them in the window.")]
    suspects: Annotated[
        bytes,
        means(
            "Sketch (HLL of Apache DataSketches, base64) of the national names of suspects that "
            "were new in an alert."
        ),
    ]
    calls: Annotated[bytes, means("The same of calls that were new, by their references.")]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A province's mark: it has put up all that it knew then."""

    province: Annotated[str, means("The province's name.")]
    as_of: Annotated[int, means("By the province's clock.", "ms")]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How a province marks a number."""

    province: Annotated[str, means("The province's name.")]
    number: Annotated[str, means("The number's national name.")]
    by: Annotated[str, means("Who marks it so; `cellhound`: an alert of the province accuses it.")]
    mark: Annotated[str, means("How it is marked, in the source's own words.")]
    ts: Annotated[int, means("When it was marked.", "ms")]
    count: Annotated[int, means("By how many marks.")] = 1
    valid_until: Annotated[int | None, means("Until when it holds.", "ms")] = None
    appealed: Annotated[bool, means("Whether its owner appealed.")] = False
    prefix: Annotated[str | None, means("First digits of the number, seven at most.")] = None
    length: Annotated[int | None, means("How many digits it has.")] = None


class NationalWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The provinces' windows of one hour and kind, as far as they have come."""

    start: Annotated[int, means("When the window begins, by event time.", "ms")]
    length_s: Annotated[int, means("How long it is.", "s")]
    group: Annotated[str, means("The kind of alert.")]
    version: Annotated[int, means("1, 2, 3 ..; the highest counts.")]
    alerts: Annotated[int, means("Alerts, added up: a campaign in two provinces counts twice.")]
    people: Annotated[int, means("People, added up.")]
    suspects: Annotated[float, means("Different suspects that were new in an alert, estimated.")]
    suspects_low: Annotated[float, means("As many at least, at two standard errors.")]
    suspects_high: Annotated[float, means("As many at most, at two standard errors.")]
    calls: Annotated[float, means("Different calls that were new, estimated.")]
    provinces: Annotated[
        dict[str, int], means("Which provinces are in it, and as of when, by their clocks.", "ms")
    ]


class NationalProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far each province has come."""

    ts: Annotated[int, means("When this was written.", "ms")]
    provinces: Annotated[dict[str, int], means("The newest mark of each province.", "ms")]


class NationalCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one or several provinces that have a suspect in common."""

    campaign: Annotated[str, means("Its id: thirty-two hex digits, from its earliest alert.")]
    version: Annotated[int, means("1, 2, 3 ..; the highest counts.")]
    status: Annotated[
        str, means("`open`, `closed` (all its alerts are), `merged` into another, or `withdrawn`.")
    ]
    merged_into: Annotated[str | None, means("The campaign that it turned out to be.")] = None
    kind: Annotated[str, means("What the part with most calls does, as in `fbs.alerts`.")]
    probability: Annotated[float, means("That of its surest alert.")]
    first_seen: Annotated[int, means("Event time of the oldest evidence.", "ms")]
    last_seen: Annotated[int, means("Event time of the newest evidence.", "ms")]
    calls: Annotated[int, means("Calls or texts, added up.")]
    people: Annotated[int, means("People, added up: in no two provinces are they told apart.")]
    numbers: Annotated[int, means("Different suspects.")]
    shared: Annotated[list[str], means("Suspects that more than one alert has, at most 100.")]
    alerts: Annotated[list[tuple[str, str]], means("Province and id of each alert, at most 5,000.")]
    provinces: Annotated[list[str], means("In which provinces it acts.")]


class Given(msgspec.Struct, frozen=True):
    """One source's mark of a number in a province."""

    province: Annotated[str, means("The province.")]
    by: Annotated[str, means("The source.")]
    mark: Annotated[str, means("How it marks it.")]
    count: Annotated[int, means("By how many marks.")]
    ts: Annotated[int, means("When.", "ms")]
    valid_until: Annotated[int | None, means("Until when.", "ms")] = None
    appealed: Annotated[bool, means("Whether the owner appealed there.")] = False


class NationalMark(msgspec.Struct, frozen=True, kw_only=True):
    """What all provinces say of a number."""

    number: Annotated[str, means("The number's national name.")]
    given: Annotated[list[Given], means("The marks, by province and source.")]
    appealed: Annotated[bool, means("Whether its owner appealed anywhere.")]
    prefix: Annotated[str | None, means("First digits of the number, seven at most.")] = None
    length: Annotated[int | None, means("How many digits it has.")] = None
