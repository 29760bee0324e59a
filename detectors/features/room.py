"""What stands in a rule's room beside the rule: its words for people, and what is known of its
parameters, both read from tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from detectors.features.rule import AnyRule
from detectors.model.parameters import Described, describe
from detectors.model.tables import fault, read_table
from detectors.model.words import LANGUAGES, Language, Values, count_text, metres_text
from detectors.networks.radio import channel_text, code_text, named_cell

Text = Annotated[str, Meta(min_length=1)]

#: By language: the word for what is not known, and what stands between several terms.
_UNKNOWN: Final[Mapping[Language, str]] = {"en": "unknown", "zh": "未知"}
#: Words of a technology for what a field holds, by how the field is to be written.
_OF_RADIO: Final[Mapping[str, Callable[[str | None, Any, Language], str]]] = {
    "channel": channel_text,
    "code": code_text,
    "cell": named_cell,
}
_AND: Final[Mapping[Language, str]] = {"en": " and ", "zh": "，并且"}


class RuleWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a rule is called and what it says, in one language.

    ``title`` heads its evidence on the console's page. ``name`` says in a few words what it
    observes, for evidence that carries no values. ``template`` (``sentence`` in the file) says what
    its findings mean, without a full stop: in braces who, claimed and values, also as
    ``{distance_m:metres}``, ``{age_s:minutes}``, ``{expected:count}``, ``{arfcn:channel}``,
    ``{pci:code}`` or ``{other:cell}``. ``when`` are, by the name of a value and what it holds,
    other templates for it. ``values`` are the page's names of values that only this rule's findings
    carry. ``terms`` are, by the name of a value, the words for each that it may hold, of ``cc:GB``
    also by ``cc:``, with ``{rest}`` for what follows; ``missing``, by the name of a value, those
    for none or one without a term.
    """

    title: Text
    name: Text
    template: Text = msgspec.field(name="sentence")
    when: dict[str, dict[str, Text]] = {}
    values: dict[str, Text] = {}
    terms: dict[str, dict[str, Text]] = {}
    missing: dict[str, Text] = {}
    language: Language = "en"

    def sentence(self, who: str, claimed: str, values: Values, rat: str | None = None) -> str:
        """What findings mean, from who ("7 phones"), the claimed identity in words, values, and the
        technology, which has words of its own for channels and codes."""
        cases = (of_value.get(str(values.get(name))) for name, of_value in self.when.items())
        template = next(filter(None, cases), self.template)
        return template.format_map(_Fields(self, {"who": who, "claimed": claimed}, values, rat))


Words = Mapping[Language, RuleWords]


@dataclass(frozen=True, slots=True)
class Room:
    """All of one rule that the rest of the program needs."""

    rule: type[AnyRule]
    words: Words


def read_words(package: str) -> Words:
    """The words of the rule in a package, in all languages, from its ``words.toml``.

    Raises `ImportError` that names the file, and the key that is wrong or lacking.
    """
    words = read_table(package, "words.toml", dict[Language, RuleWords])
    missing = [of for of in LANGUAGES if of not in words]
    if missing:
        raise fault(package, "words.toml", f"lacks the language {missing[0]!r}")
    return {of: msgspec.structs.replace(words[of], language=of) for of in LANGUAGES}


def describe_parameters(rule: type[AnyRule], package: str) -> None:
    """Completes the types of a rule's parameters by its ``parameters.toml``.

    Raises `ImportError` that names the file, and the key that is wrong.
    """
    try:
        describe(rule, read_table(package, "parameters.toml", dict[str, Described]))
    except KeyError as unknown:
        raise fault(package, "parameters.toml", f"the rule has no {unknown}") from None


@dataclass(frozen=True, slots=True)
class _Fields:
    """What a template may name, as `str.format_map` asks for it."""

    words: RuleWords
    given: Mapping[str, str]
    values: Values
    rat: str | None

    def __getitem__(self, name: str) -> object:
        if name in self.given:
            return self.given[name]
        value, terms = self.values.get(name), self.words.terms.get(name)
        missing = self.words.missing.get(name)
        if terms and value:
            words = str(value).split()
            unknown = _UNKNOWN[self.words.language]
            texts = [self._text(_term(terms, word, unknown) or missing, word) for word in words]
            return self._shown(_AND[self.words.language].join(texts))
        if value is None or terms:
            return self._shown(self._text(missing, _UNKNOWN[self.words.language]))
        return self._shown(value)

    def _shown(self, value: str | int | float) -> "_Shown":
        return _Shown(value, self.words.language, self.rat)

    def _text(self, template: str | None, otherwise: str) -> str:
        return template.format_map(self) if template else otherwise.replace("_", " ")


def _term(terms: Mapping[str, str], word: str, unknown: str) -> str | None:
    """The words for one that a value may hold: its own, or those of all that begin like it."""
    kind, colon, rest = word.partition(":")
    shared = terms.get(f"{kind}:", "") if colon else ""
    return terms.get(word if rest else kind) or shared.replace("{rest}", rest or unknown) or None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A value as a template writes it; a text does not heed how it would write a number."""

    value: str | int | float
    language: Language
    rat: str | None

    def __format__(self, spec: str) -> str:
        if spec in _OF_RADIO:
            return _OF_RADIO[spec](self.rat, self.value, self.language)
        if isinstance(self.value, str):
            return self.value
        if spec == "metres":
            return metres_text(self.value)
        if spec == "count":
            return count_text(self.value, self.language)
        return f"{self.value // 60:.0f}" if spec == "minutes" else format(self.value, spec)
