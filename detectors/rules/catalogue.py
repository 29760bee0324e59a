"""The catalogue of rules, made from the rules themselves, so that it can't say anything else.

``docs/rules.md`` is this text; ``python -m detectors.rules.catalogue > docs/rules.md`` rewrites it.
"""

from collections.abc import Iterable
from inspect import getdoc
from re import Match
from typing import Final

from detectors.features.rule import AnyRule
from detectors.model.columns import Calls, Measurements, Signalling, Sms
from detectors.model.parameters import SOURCE_CODE, Facts, facts
from detectors.model.rare_messages import PublicReport, Reputation, SubscriberChange
from detectors.rules import RULES

TOPICS: Final[dict[type, str]] = {
    Measurements: "cell.measurements",
    Signalling: "cell.signalling",
    Sms: "sms.metadata",
    Calls: "call.signalling",
    SubscriberChange: "subscriber.changes",
    PublicReport: "public.reports",
    Reputation: "number.reputation",
}

_INTRO: Final = """\
# The rules

Made from `detectors/rules/` by `python -m detectors.rules.catalogue > docs/rules.md`; don't edit it
here.

A rule raises findings about single messages; it never decides that there is a transmitter. What
many findings come to is decided where they are fused (`detectors/incident/fusion.py`). Weights are
log-likelihood ratios in nats: how much likelier one device's such message is near a rogue
transmitter than in an honest network. A cap bounds what all devices together may add by one rule.
Rules of calls, numbers and texts weigh a number instead: how much likelier a fraud's shows this
than an honest one ([from calls to campaigns](calls.md)).

Each parameter can be set under `rules:` in the configuration, under the rule's name; a value out of
its range is refused. `enabled: false` leaves a rule out. Sources such as F4 or A16 are sections of
[science.md](science.md).
"""


def catalogue(rules: Iterable[type[AnyRule]] = RULES) -> str:
    """The catalogue as Markdown: an overview, then a chapter for each rule."""
    rules = tuple(rules)
    overview = [
        f"| [{rule.name}](#{rule.name}) | {rule.version} | {rule.family} | {_reads(rule)} |"
        for rule in rules
    ]
    table = "\n".join(("| rule | version | family | reads |", "|---|---|---|---|", *overview))
    return "".join((_INTRO, "\n", table, *(_chapter(rule) for rule in rules), "\n"))


def _chapter(rule: type[AnyRule]) -> str:
    parameters = facts(rule)
    weighs = [one for one in parameters if one.unit == "nats"]
    others = [one for one in parameters if one.unit != "nats"]
    parts = [
        f"\n\n## {rule.name}\n",
        f"Version {rule.version}, family {rule.family}, reads {_reads(rule)}.\n",
        _prose(getdoc(rule) or ""),
        _table("weights and caps", weighs),
    ]
    return "\n".join((*parts, _table("parameter", others)) if others else parts)


def _reads(rule: type[AnyRule]) -> str:
    return ", ".join(f"`{TOPICS[kind]}`" for kind in (*rule.reads, *rule.rare))


def _prose(docstring: str) -> str:
    """The docstring, its example fenced off as code."""
    text, prompt, example = docstring.partition(">>>")
    code = f"\n\n```pycon\n{prompt}{example.rstrip()}\n```" if prompt else ""
    return text.rstrip() + code


def _table(head: str, parameters: list[Facts]) -> str:
    columns = f"\n| {head} | default | unit | range | what it does | source |"
    rows = [
        f"| `{one.name}` | {one.default} | {one.unit} | {one.range} | {one.does} "
        f"| {SOURCE_CODE.sub(_link, one.source)} |"
        for one in parameters
    ]
    return "\n".join((columns, "|---|---|---|---|---|---|", *rows))


def _link(code: Match[str]) -> str:
    return f"[{code[0]}](science.md#{code[0].lower()})"


if __name__ == "__main__":
    print(catalogue(), end="")
