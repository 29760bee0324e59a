"""Texts of firms: codes, notices and advertisements, some with a number to call or a short link."""

import numpy as np

from replay.simulate.calls.columns import IOT, Script, Table, blank_texts, mixed
from replay.simulate.calls.number_ranges import BANKS, four_hundred
from replay.simulate.calls.stage import Stage

#: Senders as they are shown: operators, banks, and firms by gateways.
SENDERS = (
    *("10086", "10010", "10000"),
    *(str(bank) for bank in BANKS),
    *(f"1065575{number:03d}" for number in range(40)),
    *(f"1069{number:04d}" for number in range(8000, 8040)),
)
BANK_SENDERS = range(3, 3 + len(BANKS))
CODES = range(3, len(SENDERS))  # all that send codes
DOMAINS = ("service.example", "bank.example", "parcel.example", "s.example", "icbc-vip.example")
TEMPLATES = 12  # of each sender
URL_SHARE = 0.08
SHORT_DOMAIN = 3
BY_PHONE_SHARE = 0.15


def send(stage: Stage, script: Script) -> None:
    """All honest texts of firms."""
    rng, lines = stage.random("texts"), stage.lines
    per_line = stage.value("texts_per_day") * stage.days() * (lines["kind"] != IOT)
    line = np.repeat(np.arange(len(lines)), rng.poisson(per_line))
    n = len(line)
    texts = blank_texts(n)
    texts["t"], texts["line"] = stage.times(rng, n), line
    texts["sender"] = (len(SENDERS) * rng.random(n) ** 1.5).astype(np.int64)
    fill(rng, texts)
    coded = np.flatnonzero(rng.random(n) < stage.value("code_share"))
    codes = texts[coded]
    fill_codes(rng, codes, CODES)
    texts[coded] = codes
    linked = rng.random(n) < URL_SHARE
    linked[coded] = False
    texts["domain"] = np.where(linked, texts["sender"] % SHORT_DOMAIN, -1)
    short = rng.random(n) < stage.value("short_url_share")
    short[coded] = False
    texts["short_url"], texts["domain"][short] = short, SHORT_DOMAIN
    with_number = rng.random(n) < stage.value("text_callback_share")
    with_number[coded] = False
    own = np.array([int(BANKS[0]), *BANKS])[np.minimum(texts["sender"] % 7, len(BANKS))]
    firm = four_hundred(mixed(texts["sender"], 21).astype(np.int64) >> 30)
    bank = np.isin(texts["sender"], BANK_SENDERS)
    texts["callback"] = np.where(with_number, np.where(bank, own, firm), 0)
    texts["by_phone"] = rng.random(n) < BY_PHONE_SHARE
    unrecorded = rng.random(n) < stage.value("text_unrecorded_share")
    texts["recorded"] = ~unrecorded
    script.texts.append(texts[texts["recorded"] | texts["by_phone"]])


def fill(rng: np.random.Generator, texts: Table) -> None:
    """Template and length, by sender."""
    number = texts["sender"] * TEMPLATES + rng.integers(0, TEMPLATES, len(texts))
    texts["template"] = mixed(number, 22).view(np.int64)
    texts["length"] = 20 + texts["template"] % 100 + rng.integers(0, 5, len(texts))


def fill_codes(rng: np.random.Generator, texts: Table, senders: range) -> None:
    """Codes of some senders: short texts of one template each."""
    texts["sender"] = rng.integers(senders.start, senders.stop, len(texts))
    texts["template"] = mixed(texts["sender"], 23).view(np.int64)
    texts["length"] = 40 + texts["sender"] % 25
    texts["by_phone"] = rng.random(len(texts)) < BY_PHONE_SHARE
