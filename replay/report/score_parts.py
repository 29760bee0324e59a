"""Scores in a report: the figures, and what became of each transmitter."""

from typing import Any

from detectors.model.words import Language
from field.formats.words.wording import WORDINGS
from replay.report.figures.markup import Element, tag
from replay.report.words import WORDS
from replay.scoring.scores import Scores


def scores_table(scores: Scores, language: Language) -> Element:
    """The figures of an evaluation, those that there are."""
    words = WORDS[language]["scores"]
    known = ((words[name], getattr(scores, name)) for name in words)
    rows = (
        tag("tr", tag("th", name), tag("td", _shown(value), class_="number"))
        for name, value in known
        if value is not None
    )
    return tag("table", *rows)


def transmitters_table(scores: Scores, language: Language) -> Element:
    """Whether, how soon and how near each transmitter was found."""
    words, kinds = WORDS[language]["transmitters"], WORDINGS[language].kinds
    names = [name for name in words if name not in ("yes", "no")]
    rows = [tag("tr", *(tag("th", words[name]) for name in names))]
    for one in scores.by_transmitter:
        values = (getattr(one, name) for name in names)
        texts = (
            words["yes" if value else "no"]
            if isinstance(value, bool)
            else kinds.get(value, value)
            if isinstance(value, str)
            else _shown(value)
            for value in values
        )
        rows.append(tag("tr", *(tag("td", cell) for cell in texts)))
    return tag("table", *rows)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 10 else f"{value:.3g}"
    return str(value)
