"""The texts of a batch that `template_burst` sends on (`detectors.rules.template_burst.sent`)."""

import numpy as np

from detectors.features.domains.brands import brands_of
from detectors.features.domains.looks import Look, look_of
from detectors.features.facts import Facts
from detectors.features.sms.texts import about_text, has_domain, has_foreign_number
from detectors.model.codes import SMS_SMSC
from detectors.model.columns import Sms
from detectors.model.hashing import text_numbers
from detectors.rules.template_burst.sent import NUMBERS, Texts, What, bits_in


def texts_of(facts: Facts[Sms]) -> Texts:
    """Texts with a number to call or a link that is no brand's own, and records of centres, as far
    as their similarity hashes can be read."""
    batch = facts.batch
    linked = np.flatnonzero(has_domain(facts))
    domains = batch.url_domain[linked].tolist()
    looks = {name: look_of(name, brands_of()) for name in set(domains)}
    things = has_foreign_number(facts).copy()
    things[linked] |= np.array([looks[name].kind != "own" for name in domains], np.bool_)
    rows = np.flatnonzero(things | (batch.source == SMS_SMSC))
    bits, known = bits_in(batch.content_hash[rows])
    rows, bits = rows[known], bits[known]
    numbers = np.zeros(len(rows), dtype=NUMBERS)
    if not len(rows):
        return Texts(numbers, [])
    numbers["bits"], numbers["device"] = bits, text_numbers(batch.device[rows])
    numbers["rx"], numbers["is_record"] = batch.rx_ms[rows], batch.source[rows] == SMS_SMSC
    numbers["partition"] = facts.origin.partition
    for name, column in (("ts", batch.ts_ms), ("offset", batch.offset), ("index", batch.index)):
        numbers[name] = np.where(things[rows], column[rows], 0)
    whats, places = list[What](), dict[tuple[object, ...], int]()
    what = np.full(len(rows), -1)
    for at in np.flatnonzero(things[rows]).tolist():
        row = int(rows[at])
        is_short = batch.short_url[row] == 1.0
        held = batch.sender[row], batch.callback[row], batch.url_domain[row], is_short
        if held not in places:
            places[held] = len(whats)
            whats.append(_what(facts, row, looks.get(batch.url_domain[row])))
        what[at] = places[held]
    numbers["what"] = what
    return Texts(numbers, whats)


def _what(facts: Facts[Sms], row: int, look: Look | None) -> What:
    batch, claimed = facts.batch, brands_of().claimed_by(facts.batch.sender[row])
    domain = batch.url_domain[row]
    is_odd = bool(has_foreign_number(facts)[row]) and claimed is not None
    return What(
        about=about_text(facts, row, domain if _is_ones_own(look, batch, row) else None),
        sender=str(batch.sender[row]),
        domain=domain,
        claimed=claimed,
        is_odd=is_odd or (look is not None and look.is_odd),
    )


def _is_ones_own(look: Look | None, batch: Sms, row: int) -> bool:
    """Whether the domain of a text's link is the sender's own, not a brand's or a service's."""
    if look is None or look.is_odd:
        return look is not None
    return look.kind not in ("own", "short") and batch.short_url[row] != 1.0
