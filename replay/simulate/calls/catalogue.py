"""The page of call worlds, docs/drawn-calls.md: ``python -m replay.simulate.calls.catalogue``."""

from replay.simulate.calls.honest.profiles import AT_TIMES, PROFILES, Profile
from replay.simulate.calls.parameters import (
    CAMPAIGN,
    COUNTS,
    DEFAULTS,
    FRAUD,
    LOOK_ALIKES,
    NUISANCES,
    PEOPLE,
    RECORDS,
    SIZE,
)
from replay.simulate.drawn.catalogue import table

HEAD = """# Call worlds

Generated from `replay/simulate/calls/` (`make docs`). `cellhound simulate --drawn-calls --seed N
--out DIR` makes a trace of calls, texts, changes of lines, the number register and complaints, with
its truth; `--parameter NAME=VALUE` gives a value instead of drawing it, `--honest` leaves frauds
out. The same may stand in a file that is named as the scenario, as
`configs/scenarios/calls/town.yaml`:

```yaml
drawn_calls: true
seed: 31              # --seed goes before it
parameters: {subscribers: 1500, hours: 6, oversample: 20, sim_boxes: 1}
```

With `--drawn` as well a [drawn city](drawn.md) and the calls of its people are in one trace: those
who received a transmitter's text may ring the number in it, and the truth names the transmitter.

The ranges are wide on purpose. Where no source is named they are ours: detection must hold at any
value that an operator might have. *log*: as often between 1 and 2 as between 10 and 20. Each value
comes from a generator of its own, so that one which is given shifts no other.

## Sources

* *Rates of fraud*: the national system of China against telephone fraud handled 11.84 million
  numbers and some 100 million calls, 8.4 calls a number (white paper on telecom fraud of the China
  Academy of Information and Communications Technology, 2018). Beside the mobile minutes of that
  time, at 1.5 minutes a call, that is 5e-5 of all calls; the range reaches six times up and five
  times down. The police counted 630,000 cases in 2016, 1.3 for a million people and day.
* *Calls of people*: the same minutes give 3.5 calls a person and day. Of 2,062 honest
  subscribers of a contest in Sichuan (2020, half of the set in the GitHub repository
  xxhu94/GAT-COBO) a tenth have a median duration below 23 s, half below 37 s, nine tenths below
  66 s; and 11, 61 and 257 numbers with which they were in touch, a spread of about 1.2 in
  natural logarithms.
* *Levels of victims*: a service of China Mobile as a newspaper described it (hangzhou.com.cn,
  2016-12-01): shallow, who takes a call from abroad and hangs up; medium, who speaks for about
  twenty minutes and then asks directory or an official number; deep, who then rings a bank's
  hotline or rings back often.
* *Complaints*: of the texts that people in the USA forwarded to 7726 about a quarter were neither
  scam nor spam (NDSS 2026, abstract); so complaints here are in part mistaken.
* *Storms*: callers whose numbers are shown by others are rung by strangers (Prasad et al., USENIX
  Security 2020, abstract); hence the look-alike `impersonated`.
* *Classes*: couriers often have numbers of virtual operators (the same white paper).
"""

#: Why ranges are as they are, by section.
WHY = {
    "People": """
Rates reach from elders' towns to those of traders. A city's share of people who ring other
regions, other operators and strangers differs with who lives there, and nobody publishes it:
hence the wide shares. Answers fall to 40 of 100 where people distrust unknown numbers. The
night's floor and the two peaks move, so that no rule leans on one rhythm. Ranges that no plan
lists yet stand for those that a regulator opens between two versions of a plan.
""",
    "Look-alikes": """
Each looks like some fraud in something: couriers, agents and call centres in how many strangers
they ring, predictive dialers and people who ring once on purpose in short rings that the caller
ends, network probes in many SIMs of one terminal, extensions in malformed numbers, roamers,
diverted calls and offshore centres in numbers of home that come from abroad, relatives and new
phones in what victims do. From a tenth to ten times of what seems usual, since the mix differs
by town.
""",
    "Nuisances": """
None unless it is given (or drawn, by `python -m benchmarks.call_worlds --nuisances`). A pollster's
robot is hung up on as a fraud is: 0.6 to 0.9 of its answered calls are ended by callees. A blackout
has two calls of each person in half an hour, a third of them to the utility, 0.7 of which fail at
once. Trunks fail over for 1 to 8 hours; clocks step by 10 minutes to 2 hours.
""",
    "Records": """
The extremes are an input in which all is known at two points within a second, and one in which a
fifth of the records is lost, a fifth of the switches has a wrong clock and registers are asked
of nothing. Complaints are few: the range of their share is two decades wide.
""",
    "Frauds": """
Frauds are as rare as the sources say, so that a world of a few thousand people mostly has none:
for tests, `oversample` or a number of them by name.
""",
    "Campaign": """
An operator sees a part of a campaign: some tens to some hundreds of calls. Numbers are used
from once to seventy times, 8.4 in the middle, so that neither lists of numbers nor rates by
number suffice. The pace reaches from one person at a telephone to a machine.
""",
}

NUMBERS = """## Numbers and identifiers

All are made up (`replay/simulate/calls/number_ranges.py`). China's plan sets no range aside for
fiction, so that numbers follow a pattern: a mobile number is 1PQ XX 55 NNNN, a fixed one begins
with 555 behind its area code, one of 400 is 400 555 NNNN, a thing's 10648 55 NNNNNN; those of other
countries are fictitious where the country has such a range that is allocated, else mobile numbers
with 55 in them. Short numbers of police, banks and operators are the public ones, and theirs: who
shows one from abroad impersonates them, in the truth too. SIMs and
terminals are pseudonyms, type allocation codes those of test equipment (from 00 10 00 00 on),
domains end in `.example`. XX gives a mobile number's home region. Honest callers have other serial
numbers than frauds, save where one is impersonated.

Numbers are written as a switch has them: with a plus at `ibcf` and `tas`; at the other points with
their nature of address, without the country's code where it is 3, and of some switches with a
leading 0 and 2. In `device`, `subscriber`, `callback`, reports and the truth they have a plus;
short numbers, and odd ones as they were signalled, have none.
"""

TRUTH = """## The truth

One JSON object a line. Frauds: `kind` is `scam_campaign` (call centres abroad, police players, the
call-back of a rogue text), `scam_caller` (numbers of home that go on), `sim_box`, `wangiri` or
`account_takeover`, with `calls`, `callers`, `active`, `transmitter` and, where others rang because
of it, `callbacks` (references of calls). An honest caller that looks odd is of `kind` `look_alike`,
`look` its name. Whatever of it was never recorded is left out.

A `victim` line stands for each level that a person reached: `subscriber`, `level`, `since` (when
the deciding call was set up), `by` (the fraud's `id`). Calls that decide medium and deep levels
always have a record. Shallow is who answered a call of a campaign from abroad; medium, who spoke
with police players for 15 to 40 minutes and then rang 110, 114 or 96110, or who rang the number of
a rogue text; deep, who after that rang a bank, or rang back for the third time. `ts` of records is
by the switch's clock, `since` by the true one.

`world.json` holds the values, `start_ms`, `end_ms` and how many `frauds` of each kind there are.
"""

FIXED = """## What is drawn by ranges of its own

| what | range | why |
|---|---|---|
| how long an unanswered call rings | 12 to 60 s | ours |
| a missed call is returned after | 1 to 120 min | ours |
| who ends an answered call | the caller in 55 of 100 | ours |
| couriers' and agents' lines of virtual operators | 30 of 100 | white paper: couriers |
| honest calls from abroad of countries from which wangiri rings | 10 of 100 | ours |
| relatives abroad: length of a call; then a bank after | 10 to 60 min; 2 to 120 min | as victims' |
| codes after a new SIM | 1 to 7 within 90 min | as those of a takeover |
| a police player's call to a victim | 15 to 40 min | levels of victims |
| the victim's check after it; the bank after that | 1 to 25 min; 2 to 50 min | levels of victims |
| texts of a rogue wave; who rings | 20 to 400 (log); 2 to 15 of 100 | ours |
| wangiri: calls of a number; what a call-back lasts | 1 to 6; 10 to 400 s | numbers rotate |
| takeover: codes; calls | 3 to 13 within 40 min; 1 to 5 within 90 min | ours |
| SIMs of a box activated within the trace | 60 of 100 | ours |
| sources of complaints | 12321 30, apps 55, police 10, banks 5 of 100 | ours |
"""


def page() -> str:
    """The page as Markdown."""
    size = [f"`{each.name}` {DEFAULTS[each.name]:g}" for each in SIZE]
    parts = [
        *[HEAD, *table("Size", SIZE), "", f"Not drawn; their defaults are {', '.join(size)}.", ""],
        *[*table("People", PEOPLE), WHY["People"]],
        *[
            *table("Look-alikes", LOOK_ALIKES),
            "",
            "Lines of each 10,000 subscribers.",
            WHY["Look-alikes"],
        ],
        *_profiles(),
        *["", *table("Nuisances", NUISANCES), WHY["Nuisances"]],
        *["", *table("Records, register, texts, complaints", RECORDS), WHY["Records"]],
        *[*table("Frauds", FRAUD), WHY["Frauds"]],
        *[*table("How many frauds", COUNTS), "", "Poisson by the shares above, unless given.", ""],
        *[
            *table("A campaign", CAMPAIGN),
            "",
            "Drawn for each; one that is given holds for all.",
            WHY["Campaign"],
        ],
    ]
    return "\n".join([*parts, FIXED, NUMBERS, TRUTH]).rstrip("\n")


def _profiles() -> list[str]:
    """How look-alikes call, as a table."""
    head = (
        "| look | number | calls an hour | strangers | answered | median s | rung back | moves |",
        "|---|---|---|---|---|---|---|---|",
    )
    return [*head, *map(_row, (*PROFILES, *AT_TIMES))]


def _row(profile: Profile) -> str:
    ranges = (
        *(profile.per_hour, profile.stranger_share, profile.answered, profile.duration_s),
        profile.back_share,
    )
    values = (f"{low:g} to {high:g}" for low, high in ranges)
    moves = "yes" if profile.moves else "no"
    return f"| `{profile.look}` | {profile.number} | {' | '.join(values)} | {moves} |"


if __name__ == "__main__":
    print(page())
