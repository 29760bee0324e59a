"""What stands in a rule's room beside the rule: its words for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from detectors.features.rule import AnyRule
from detectors.model.words import Language, Values

#: A sentence from who ("7 phones"), the claimed identity in words, and the values of a finding.
Sentence = Callable[[str, str, Values], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """What a rule is called and what it says, in one language.

    ``title`` heads its evidence on the console's page. ``name`` says in a few words what it
    observes, for evidence that carries no values. ``sentence`` says what its findings mean, without
    a full stop; it must cope with values that are missing. ``values`` are the page's names of
    values that only this rule's findings carry. ``terms`` are, by the name of a value, the words
    for what it may hold.
    """

    title: str
    name: str
    sentence: Sentence
    values: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Words = Mapping[Language, RuleWords]


@dataclass(frozen=True, slots=True)
class Room:
    """All of one rule that the rest of the program needs."""

    rule: type[AnyRule]
    words: Words
