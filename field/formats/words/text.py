"""Alerts in words, in English and Chinese, made from their fields: headline, title, body, why."""

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from detectors.alert.headline import headline as headline_of
from detectors.alert.headline import is_by_mute, is_ruled_out
from detectors.alert.record import Alert, Considered, Evidence
from detectors.model.finding import Identity
from detectors.model.words import Language
from field.formats.areas import place_of
from field.formats.coordinates import written
from field.formats.scrubbed import clean, scrubbed, scrubbed_evidence
from field.formats.words.calls import (
    first_lines,
    headline_of_calls,
    is_about_calls,
    last_lines,
    numbers_behind,
    span_of,
    what_of_calls,
    whose_text,
)
from field.formats.words.moments import local
from field.formats.words.wording import INNOCENT_ZH, WORDINGS, Wording, words_of

_ANNOUNCED: Final = re.compile(r"the operator announced it \((\w+)\)")
_FAR: Final = re.compile(r"(\d+) km away")
_INNOCENT_CODES: Final = INNOCENT_ZH.keys() - {"announced", "changes"}
_MOST_IDENTITIES: Final = 4


def headline(alert: Alert, language: Language) -> str:
    """One sentence that a person on the street can act on, without a full stop."""
    words, alert = WORDINGS[language], scrubbed(alert)
    if is_about_calls(alert):
        return headline_of_calls(alert, language)
    return headline_of(alert, words, place_of(alert.position), words.phones(alert.devices))


def title(alert: Alert, language: Language) -> str:
    """A few words for a list or the title of a push message."""
    words, alert = WORDINGS[language], scrubbed(alert)
    if is_about_calls(alert):
        what, whom = what_of_calls(alert, language), whose_text(alert, language)
    else:
        what = words.what(alert)
        whom = words.identity_text(alert.identities[0]) if alert.identities else ""
    if is_ruled_out(alert):
        # How pressing it was doesn't matter any more.
        return words.title_over.format(what=what, identity=whom) if whom else what
    return (words.title if whom else words.title_alone).format(
        what=what,
        identity=whom,
        severity=words.severities.get(alert.severity, alert.severity),
    )


def explain(evidence: Evidence, language: Language, of_calls: bool = False) -> str:
    """What a detector's findings mean, in one sentence, without a full stop.

    ``of_calls``: they are about numbers, of which there may be none that is known, not phones.

    Evidence that carries no values (older alerts) keeps the English sentence that it came with;
    in Chinese it is the name of what the rule observes.
    """
    words, evidence = WORDINGS[language], scrubbed_evidence(evidence)
    if evidence.devices == 0 and not (of_calls and evidence.values):
        rule = words.rule_name(evidence.detector)
        named = words.without_values.format(rule=rule, count=evidence.count)
        return (evidence.explanation if language == "en" else "") or named
    count = evidence.devices
    who = numbers_behind(count, language) if of_calls else words.phones(count)
    claimed = words.identity_text(evidence.claimed) if evidence.claimed else ""
    whom = claimed or ("" if of_calls else words.no_identity)
    rat = evidence.claimed.rat if evidence.claimed else None
    known = words.explained(evidence.detector, who, whom, evidence.values, rat)
    # The words of a rule may put together what was clean apart.
    return (
        clean(known)
        if known
        else words.unexplained.format(
            who=who, detector=words.rule_name(evidence.detector), claimed=whom
        ).rstrip(", ，")
    )


def innocent_zh(considered: Considered) -> str:
    """An innocent explanation of a whole incident in Chinese; in English where none is known here.

    >>> innocent_zh(Considered("F6", "the operator announced it (maintenance)", 0.9, []))
    '运营商已公告（维护）'
    """
    code, english, changes = considered.code, considered.explanation, INNOCENT_ZH["changes"]
    if announced := _ANNOUNCED.fullmatch(english):
        return str(INNOCENT_ZH["announced"]).format(changes.get(announced[1], announced[1]))
    far = _FAR.search(english)
    if code not in _INNOCENT_CODES or (code == "F11" and not far):
        return english
    return str(INNOCENT_ZH[code]).format(far[1] if far else english.partition(": ")[2])


def body(alert: Alert, language: Language, zone: tzinfo) -> str:
    """What, where, how sure, why, whether it moves, and when, a line each.

    Times are local to ``zone`` and UTC; coordinates WGS84, and GCJ-02 where maps are shifted.
    """
    return "\n".join(_lines(scrubbed(alert), WORDINGS[language], language, zone))


def left_out(count: int, language: Language) -> str:
    """That so many alerts have no place, for formats that hold places alone."""
    return words_of("cap")[language]["left_out"].format(count)


def what_text(alert: Alert, language: Language) -> str:
    """What it is, and which identities it claims, with channel and code."""
    words = WORDINGS[language]
    if is_about_calls(alert):
        return what_of_calls(alert, language)
    claims = [words.identity_text(one, radio=True) for one in _distinct(alert.identities)]
    what = words.what(alert)
    return what + (words.as_whom.format(words.and_so_on.join(claims)) if claims else "")


def _lines(alert: Alert, words: Wording, language: Language, zone: tzinfo) -> Iterator[str]:
    line, of_calls = words.lines, is_about_calls(alert)
    yield line["what"].format(what_text(alert, language))
    yield from first_lines(alert, language) if of_calls else _first_lines(alert, words, zone)
    if alert.ruled_out_before is not None and not is_by_mute(alert):
        before = words.before_text(alert.ruled_out_before, alert.ts)
        yield line["outweighed" if alert.ruled_out_before.outweighed else "before"].format(before)
    for evidence in alert.evidence:
        yield line["why"].format(explain(evidence, language, of_calls))
    if alert.considered:
        english = language == "en"
        causes = (
            f"{c.code}: {c.explanation}" if english else f"{c.code}：{innocent_zh(c)}"
            for c in alert.considered
        )
        yield line["considered"].format(words.and_so_on.join(causes))
    if alert.hypotheses and not is_ruled_out(alert):
        known = words.hypotheses
        each = (f"{known.get(h.name, h.name)} {h.probability:.0%}" for h in alert.hypotheses)
        yield line["hypotheses"].format(words.and_so_on.join(each))
    if of_calls:
        yield from last_lines(alert, language, zone)
        return
    first_ms, last_ms = span_of(alert)
    yield line["first"].format(local(first_ms, zone))
    yield line["last"].format(local(last_ms, zone))
    if alert.status == "closed":
        yield _ending(alert, words)


def _ending(alert: Alert, words: Wording) -> str:
    """Why it is over. What a mute closed nobody looked at: that was when, and how far off."""
    if not is_by_mute(alert):
        return words.lines["verdict" if is_ruled_out(alert) else "over"]
    before = words.before_text(alert.ruled_out_before, alert.ts) or words.lines["earlier"]
    return words.lines["unseen" if alert.verdict is None else "muted"].format(before)


def _first_lines(alert: Alert, words: Wording, zone: tzinfo) -> Iterator[str]:
    """What stands before the evidence of a transmitter: where it is, and how sure that it is."""
    yield from _place_lines(alert, words, zone)
    known = "before_it" if is_by_mute(alert) else "ruled_out" if is_ruled_out(alert) else "sure"
    yield words.lines[known].format(
        sure=words.sure_text(alert.probability),
        severity=words.severities.get(alert.severity, alert.severity),
        who=words.phones(alert.devices),
        reports=alert.reports,
    )


def _place_lines(alert: Alert, words: Wording, zone: tzinfo) -> Iterator[str]:
    line = words.lines
    place = place_of(alert.position)
    if place is None:
        yield line["unknown_place"]
        return
    ways = written(*place)
    grid = f"MGRS {ways.mgrs}" if ways.mgrs else ""
    yield line["where"].format("; ".join(filter(None, (f"WGS84 {ways.dd}", grid, ways.gcj02))))
    if alert.radius_m is not None and alert.near:
        yield line["near"].format(words.nearby_text(alert.near, alert.radius_m))
    if alert.radius_m is not None:
        level = round(alert.region_level * 100)
        yield line["within"].format(radius=words.distance(alert.radius_m), level=level)
    over = alert.status == "closed"
    kinds = ("moved", "moved_somewhere") if over else ("moves", "moves_somewhere")
    sentences = (line[kind] for kind in (*kinds, "stands"))
    yield words.motion_text(alert.speed_mps, alert.bearing_deg, *sentences)
    # Of what isn't seen to move the place itself is the forecast.
    if alert.forecast is not None and alert.speed_mps is not None and not over:
        ahead = place_of({"lat": alert.forecast.lat, "lon": alert.forecast.lon})
        if ahead:
            there = f"WGS84 {ahead[0]:.5f}, {ahead[1]:.5f}"
            yield line["forecast"].format(time=local(alert.forecast.ts, zone), place=there)
    if alert.ta_conflict:
        yield line["conflict"]


def _distinct(identities: list[Identity]) -> list[Identity]:
    """The first few, without those of which another has the same fields and more."""
    fullest = [
        one
        for one in identities
        if not any(other != one and _is_fuller(other, one) for other in identities)
    ]
    return fullest[:_MOST_IDENTITIES]


def _is_fuller(other: Identity, one: Identity) -> bool:
    names = Identity.__struct_fields__
    known = [name for name in names if getattr(one, name) is not None]
    return all(getattr(other, name) == getattr(one, name) for name in known)
