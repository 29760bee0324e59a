"""A batch as rules get it, and what they share of it: worked out once, by whoever asks first.

What follows from a batch and the register alone, and several rules ask for (which cells are listed,
how far off their masts are, whose rows they are), is a function marked `shared`. What nobody asks
for costs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeAlias, TypeVar

from detectors.features.callers.callers import Callers
from detectors.features.phones.phones import Phones
from detectors.model.columns import Batch
from detectors.register.register import Register

ReadBatch = TypeVar("ReadBatch", bound=Batch)
Given = ParamSpec("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Origin:
    """The input partition that a batch came from (in one process: the topic of the file, 0)."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True, eq=False)
class Facts(Generic[ReadBatch]):
    """A batch, the register as it is now, where the batch came from, and what is remembered of its
    partition's phones and callers.

    ``made`` is what `shared` functions have answered.
    """

    batch: ReadBatch
    register: Register
    origin: Origin
    phones: Phones = field(default_factory=Phones)
    callers: Callers = field(default_factory=Callers)
    made: dict[Any, Any] = field(default_factory=dict)


#: A batch of whatever kind.
AnyFacts: TypeAlias = Facts[Any]


_NOT_ASKED: Final[Any] = object()


def shared(
    make: Callable[Concatenate[AnyFacts, Given], Made],
) -> Callable[Concatenate[AnyFacts, Given], Made]:
    """Marks a function of the facts (and of numbers) whose answer is kept as long as they are.

    Whoever asks must leave the answer as it is.
    """

    @wraps(make)
    def ask(facts: AnyFacts, /, *given: Given.args, **named: Given.kwargs) -> Made:
        asked: Any = (make, given, *named.items()) if given or named else make
        answer: Made = facts.made.get(asked, _NOT_ASKED)
        if answer is _NOT_ASKED:
            # Of a batch most is asked for the first time, and an error caught would cost more.
            answer = facts.made[asked] = make(facts, *given, **named)
        return answer

    return ask
