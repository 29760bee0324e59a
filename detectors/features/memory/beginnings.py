"""A rule that judges what has just begun by how long nobody received it before: the common half.

The first half of such a rule passes ``ground`` observations, a sample of all reports that shows
where phones listen, and ``odd`` ones, of which the second half asks whether they begin.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Generic, TypeVar

import msgspec

from detectors.features.facts import AnyFacts, Facts, ReadBatch
from detectors.features.memory.novelty import Lately, Spell, Spells, freshness
from detectors.features.memory.pending_findings import Due, PromptRule
from detectors.features.rows.report_numbers import are_timely
from detectors.features.rows.sightings import Sightings
from detectors.features.rule import Screened, ScreenState, source_of
from detectors.features.samples.drawing import ground_rows, opened
from detectors.features.samples.of_samples import Apart, Drawn, TakenSamples
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.finding import Observation
from detectors.model.parameters import Described, OneIn, Seconds, Switch
from detectors.model.tables import read_table

_TABLE: Final = read_table("detectors.features.memory", "beginnings.toml", dict[str, Described])

#: For so long a place counts as watched where it isn't asked whether it was (ms).
_SUPPOSED_MS: Final = 300_000


class Comings(Due):
    """Judging state of one zone: spells of what the rule looks at, and findings that are due."""

    spells: Spells = msgspec.field(default_factory=Spells)


State = TypeVar("State", bound=Comings)


class BeginningRule(
    PromptRule[ReadBatch, ScreenState, State],
    Generic[ReadBatch, ScreenState, State],
    frozen=True,
    kw_only=True,
):
    """Base of such rules."""

    watched_s: Annotated[Seconds, _TABLE["watched_s"].meta()] = 60.0
    longest_life_s: Annotated[Seconds, _TABLE["longest_life_s"].meta()] = 3600.0
    gone_s: Annotated[Seconds, _TABLE["gone_s"].meta()] = 3600.0
    sample_one_in: OneIn = 64
    excuse_lasting: Annotated[Switch, _TABLE["excuse_lasting"].meta()] = True
    excuse_unwatched: Annotated[Switch, _TABLE["excuse_unwatched"].meta()] = True

    def screen(self, state: ScreenState, facts: Facts[ReadBatch]) -> Screened:
        return opened(self, self.screen_apart(state, facts), facts)

    def screen_apart(self, state: ScreenState, facts: Facts[ReadBatch]) -> Apart:
        """As `screen`, with the sample of all reports by itself."""
        return Apart(
            Screened(observations=self.screen_odd(state, facts)),
            Drawn(ground_rows(facts, self.sample_one_in)),
        )

    def screen_odd(self, state: ScreenState, facts: Facts[ReadBatch]) -> list[Observation]:
        """The first half but for the sample: ``odd`` observations."""
        raise NotImplementedError

    def sample(self, rows: SampleRows, row: int) -> Observation:
        """As `detectors.features.samples.of_samples.OfSamples.sample`."""
        return rows.one(self.name, "ground", row)

    def learn_samples(self, state: State, taken: TakenSamples, rows: Sequence[int]) -> None:
        """As `detectors.features.samples.of_samples.OfSamples.learn_samples`."""
        state.spells.watch.observe_each(taken, rows)

    def odd(
        self,
        state: Lately,
        facts: AnyFacts,
        seen: Sightings,
        values: Sequence[Mapping[str, str | int | float | None]],
    ) -> list[Observation]:
        """Of sightings with a place, in the order of their messages, those that their device hasn't
        reported lately, as far as they were measured when they say; ``values`` are what each
        observation carries."""
        if not len(seen):
            return []
        batch, timely = facts.batch, are_timely(facts)[seen.row]
        columns = (seen.row, seen.rat, seen.mcc, seen.mnc, seen.area, seen.cell)
        entries = zip(*(column.tolist() for column in columns), strict=True)
        found = []
        for at, (row, *name) in enumerate(entries):
            report = f"{batch.device[row]}|{name}"
            if timely[at] and state.is_new(report, int(batch.rx_ms[row])):
                about = {**seen.about(at, batch), "values": dict(values[at])}
                source = source_of(batch, row, facts.origin)
                found.append(self.observation("odd", batch, row, source, **about))
        return found

    def begun(
        self, state: State, thing: str, observation: Observation, least_devices: int
    ) -> tuple[Spell, list[Observation]] | None:
        """Takes an observation in. The spell of an odd one, and those of its reports that now are
        due; ``None`` where there is nothing to judge."""
        place = observation.place
        if place is None:
            return None
        if observation.kind == "ground":
            state.spells.watch.observe(place.lat, place.lon, observation.ts, observation.rx_ts)
            return None
        return state.spells.borne_out(thing, observation, int(self.gone_s * 1000), least_devices)

    def nats(self, spell: Spell, now_ms: int, honest_share: float, least_devices: int) -> float:
        """How much likelier it is that a spell begins than that it was always there."""
        if self.excuse_lasting and now_ms - spell.first_ms > self.longest_life_s * 1000:
            return 0.0
        watched_ms = int(self.watched_s * 1000)
        if not self.excuse_unwatched:
            since_ms = spell.first_ms - max(watched_ms, _SUPPOSED_MS)
            spell = msgspec.structs.replace(spell, silent_since_ms=since_ms)
        return freshness(spell, honest_share, watched_ms, least_devices)
