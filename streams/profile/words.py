"""What a profile holds, in words: what is known, since when, and from how many reports."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from detectors.profile.age import learning_of
from detectors.profile.profile import Profile, ZoneProfile

#: Reports of a site before it is told apart from a displaced one.
_ENOUGH = 8
_DETECTORS = 5
STAGES = {
    "cold": "cold (less than an hour of reports)",
    "hour": "warm (an hour of reports or more)",
    "week": "settled (a week of reports or more)",
}
KINDS = {
    "sites": "where sites are",
    "levels": "usual levels of cells",
    "networks": "habits of networks",
    "habits": "habits of places",
    "areas": "areas that strays name",
}


def text(profile: Profile, unusable: Sequence[str] = ()) -> str:
    """A profile as lines for people; ``unusable`` are parts that couldn't be read."""
    lines = [
        f"{len(profile.zones)} zones; {len(profile.attested)} identities beyond the register that"
        " the core network attests"
    ]
    if not profile.zones:
        lines.append("nothing has been learned yet")
    for zone in sorted(profile.zones, key=lambda one: one.zone):
        lines += ["", *_zone(zone)]
    if unusable:
        lines += ["", f"not of this version's form, and passed over: {', '.join(unusable)}"]
    return "\n".join(lines)


def minutes_text(minutes: int) -> str:
    """A span in words.

    >>> minutes_text(34), minutes_text(300), minutes_text(10_080)
    ('34 minutes', '5.0 hours', '7.0 days')
    """
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.1f} hours" if minutes < 2_880 else f"{minutes / 1_440:.1f} days"


def moment(ms: int) -> str:
    """A time as people read it."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _zone(zone: ZoneProfile) -> list[str]:
    age, known = zone.age, learning_of(zone.zone, zone.age, len(zone.sites))
    lines = [f"zone {zone.zone}: {STAGES[known.stage]}"]
    if age.reports:
        lines.append(
            f"  {age.reports} reports in {minutes_text(age.minutes)} from {moment(age.first_ms)} to"
            f" {moment(age.last_ms)}"
        )
    well = sum(site.seen >= _ENOUGH for site in zone.sites)
    lines.append(f"  sites: {len(zone.sites)}, {well} of them by {_ENOUGH} reports or more")
    lines += [f"  {name}: {', '.join(_sizes(part))}" for name, part in sorted(zone.rules.items())]
    if age.findings:
        most = sorted(age.findings.items(), key=lambda one: (-one[1], one[0]))[:_DETECTORS]
        hours = max(age.minutes, 1) / 60
        rates = ", ".join(f"{name} {count / hours:.1f}" for name, count in most)
        lines.append(f"  findings in an hour: {rates}")
    if known.not_yet:
        lines.append(f"  not yet learned: {', '.join(KINDS[kind] for kind in known.not_yet)}")
    return lines


def _sizes(part: Any, path: str = "") -> list[str]:
    """How many entries each list in a rule's part has."""
    if not isinstance(part, Mapping):
        return []
    sizes = []
    for key, value in part.items():
        at = f"{path} {key}".strip()
        sizes += [f"{len(value)} {at}"] if isinstance(value, list | tuple) else _sizes(value, at)
    return sizes or ["nothing"]
