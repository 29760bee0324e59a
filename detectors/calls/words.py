"""The prose of alerts about calls, made last and only from fields.

Alerts carry the English headline; channels and the console write it in other languages by the same
sentences of theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.model.headline_words import ENGLISH, HeadlineWords
from detectors.rules import ROOMS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWords:
    """One language. Templates name their fields in braces, counts are ``{}``.

    ``ruled_out`` is the ``headline`` of what who looked ruled out, which isn't sure of anything.
    ``general`` has the kinds and how sure it is; ``certainties`` are possible, probable, over,
    ruled out by who looked.
    """

    general: HeadlineWords
    certainties: Sequence[str]
    headline: str
    ruled_out: str
    one_number: str
    some_numbers: str
    no_numbers: str
    one_call: str
    some_calls: str
    one_person: str
    some_people: str
    calls_to: str
    apart: str

    def headline_text(
        self,
        status: str,
        kind: str,
        chance: float,
        numbers: int,
        calls: int,
        people: int,
        ruled_out: bool = False,
    ) -> str:
        """One sentence on what it is, how large, and how sure, without a full stop.

        >>> ENGLISH_CALLS.headline_text("open", "scam_campaign", 0.97, 12, 80, 75)
        'Probable campaign of fraudulent calls: 12 numbers, 80 calls to 75 people (97 % sure)'
        """
        template = self.ruled_out if ruled_out and status == "closed" else self.headline
        return template.format(
            what=self.what_text(kind, status, chance, ruled_out),
            size=self.size_text(numbers, calls, people),
            sure=self.general.sure_text(chance),
        )

    def what_text(self, kind: str, status: str, chance: float, ruled_out: bool) -> str:
        """What it is: possible, probable, over, or ruled out by who looked."""
        return self.general.what_text(kind, status, chance, ruled_out, certainties=self.certainties)

    def size_text(self, numbers: int, calls: int, people: int) -> str:
        """How many numbers take part, how many calls there were, and to how many people."""
        parts = [self.numbers_text(numbers)] if numbers else []
        whom = _count(people, self.one_person, self.some_people)
        if calls:
            made = _count(calls, self.one_call, self.some_calls)
            parts.append(self.calls_to.format(calls=made, people=whom))
        return self.apart.join(parts or [whom])

    def numbers_text(self, count: int) -> str:
        """So many numbers as the subject of a sentence."""
        return _count(count, self.one_number, self.some_numbers) if count else self.no_numbers


def explain(detector: str, numbers: int, values: Mapping[str, str | int | float | None]) -> str:
    """What a detector's findings say, in one English sentence: the words of its room."""
    who = ENGLISH_CALLS.numbers_text(numbers)
    room = ROOMS.get(detector)
    if room is None:  # a rule of another version, met in stored state
        return f"{who}: {detector.replace('_', ' ')}"
    return room.words["en"].sentence(who, "", dict(values))


def _count(count: int, one: str, some: str) -> str:
    return one if count == 1 else some.format(count)


ENGLISH_CALLS: Final = CallWords(
    general=ENGLISH,
    certainties=("Possible {kind}", "Probable {kind}", "Over: {kind}", "Ruled out: {kind}"),
    headline="{what}: {size} ({sure} sure)",
    ruled_out="{what}: {size}",
    one_number="1 number",
    some_numbers="{} numbers",
    no_numbers="a group of numbers",
    one_call="1 call",
    some_calls="{} calls",
    one_person="1 person",
    some_people="{} people",
    calls_to="{calls} to {people}",
    apart=", ",
)
