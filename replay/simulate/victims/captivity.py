"""One captivity: the cells that the phone used, its dialogue with them, and how it comes back.

A rogue has no keys: it never authenticates and asks for identities before anything else. On GSM it
may order no cipher at all; on LTE and NR only what may be sent without integrity protection works:
identity requests, rejects, and a release with a redirect (TS 24.301 4.4.4.2, TS 24.501 4.4.4.2).

A GSM phone takes on whatever area a cell accepts it in, since GSM networks don't prove who they
are, and names it to the next cell. LTE and NR phones take no area from a message without integrity
protection, but they do obey a reject, and after most of them forget the area that they had (TS
24.301 5.5.1.2.5).
"""

from dataclasses import dataclass

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.signalling import ATTACH, NO_AREA, UPDATE, Core, Update, old_area_of
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue import AREA_CAUSES
from replay.simulate.world import World

UPLOAD_DELAY_S = 1.5
LONGEST_LURE_SHARE = 0.6  # of the captivity
STEP_S = 0.2
IMEI_SHARE, LURE_IMSI_SHARE = 0.5, 0.6
NO_CIPHER_SHARE = 0.4  # of the GSM rogues' dialogues: in the others no cipher is ever ordered
NULL_CIPHER_SHARE = 0.15  # of the LTE phones: those that take EEA0 with EIA0 outside emergencies
NO_N1_MODE = 27  # 5GMM cause "N1 mode not allowed" (TS 24.501 9.11.3.2): the phone turns to LTE


@dataclass(frozen=True, slots=True)
class Captivity:
    """A phone's time on a transmitter, and when it is reported; seconds after the start.

    ``lures`` are the cells that led the phone down, in order, until ``below_s``; ``cause`` is that
    of the rogue's reject, 0 for none.
    """

    phone: int
    transmitter: Transmitter
    identity: Identity
    lures: tuple[Identity, ...]
    start_s: float
    below_s: float
    end_s: float
    reported_s: float
    cause: int


def captivity_of(
    world: World, rng: np.random.Generator, aside: np.random.Generator, row: int
) -> Captivity:
    """A row of the captures with what it means for the phone.

    ``aside`` is for what only some rogues do, so that it shifts no draws of the others.
    """
    captures = world.captures
    phone = int(captures.phone[row])
    each = world.transmitters[int(captures.transmitter[row])]
    start_s, end_s = float(captures.start_s[row]), float(captures.end_s[row])
    lures: tuple[Identity, ...] = ()
    below_s = start_s
    if each.spec.lure is not None and world.phones.rat[phone] != GSM:
        operator = int(world.phones.operator[phone])
        first = int(world.phones.rat[phone])
        steps = [each.lure(rat, operator) for rat in range(first, GSM, -1)]
        lures = tuple(identity for identity in steps if identity is not None)
        held_s = len(lures) * float(aside.uniform(*each.spec.lure.hold_s))
        below_s = start_s + min(held_s, LONGEST_LURE_SHARE * (end_s - start_s))
    return Captivity(
        phone=phone,
        transmitter=each,
        identity=each.identities[int(captures.identity[row])],
        lures=lures,
        start_s=start_s,
        below_s=below_s,
        end_s=end_s,
        reported_s=float(captures.back_s[row]) + float(rng.exponential(UPLOAD_DELAY_S)),
        cause=int(captures.cause[row]),
    )


def report_dialogue(world: World, feed: Feed, captivity: Captivity, sent_s: float) -> None:
    """The dialogue of one captivity, uploaded at ``sent_s``, if its phone has a diagnostic port."""
    share = world.scenario.feeds.diagnostic_share
    # The same draw as for the honest connections, so that these are the same phones.
    if not share or world.random("diagnostics").random(len(world.phones))[captivity.phone] >= share:
        return
    rng = world.random(f"dialogue {captivity.phone} {captivity.start_s:.3f}")
    before = world.serving_cell(captivity.phone, captivity.start_s)
    old = old_area_of(world, before) if before >= 0 else {}
    parts = [(each, _led_down(rng, each, old)) for each in captivity.lures]
    parts.append((captivity.identity, _final(rng, captivity, old)))
    begins_s = np.linspace(captivity.start_s, captivity.below_s, len(parts))
    for (identity, messages), begin_s in zip(parts, begins_s.tolist(), strict=True):
        for number, message in enumerate(messages):
            time_s = begin_s + STEP_S * number
            where = {
                "subscriber": world.phones.subscriber[captivity.phone],
                "source": "device",
                **identity.cell_fields(),
                **world.fix(rng, captivity.phone, time_s),
            }
            feed.add(world.ms_at(time_s), world.ms_at(sent_s), {**where, **message})


def _led_down(rng: np.random.Generator, identity: Identity, old: Record) -> list[Record]:
    """Messages on an NR or LTE cell that only leads to a lower technology."""
    messages: list[Record] = []
    if rng.random() < LURE_IMSI_SHARE:
        kind = "suci" if identity.rat == "nr" else "imsi"
        messages.append({"procedure": "identity_request", "identity_type": kind})
    if identity.rat == "nr":
        rejected: Record = {"procedure": UPDATE[NR], "outcome": "reject", "cause": NO_N1_MODE}
        return [*messages, {**rejected, **old}]
    return [*messages, {"procedure": "redirect", "target_rat": "gsm"}]


def _final(rng: np.random.Generator, captivity: Captivity, old: Record) -> list[Record]:
    """Messages on the transmitter itself."""
    rat = code_of(captivity.identity.rat, RATS)
    messages: list[Record] = [{"procedure": "identity_request", "identity_type": "imsi"}]
    if captivity.cause:
        rejected = {"procedure": ATTACH[rat], "outcome": "reject", "cause": captivity.cause}
        return [*messages, {**rejected, **old}]
    if rat == LTE:
        if rng.random() < NULL_CIPHER_SHARE:
            messages.append({"procedure": "security_mode", "cipher": "EEA0", "integrity": "EIA0"})
        return [*messages, {"procedure": UPDATE[rat], "outcome": "abort", **old}]
    if rng.random() < IMEI_SHARE:
        messages.append({"procedure": "identity_request", "identity_type": "imei"})
    messages.append({"procedure": UPDATE[GSM], "outcome": "accept", **old})
    if rng.random() < NO_CIPHER_SHARE:
        messages.append({"procedure": "security_mode", "cipher": "A5/0"})
    return messages


def signal_return(core: Core, aside: np.random.Generator, row: int) -> bool:
    """What a victim (row of the captures) sends to the core when it is served again.

    True where the core's feed then shows that something had happened to it.

    ``aside`` is for what only some rogues do, so that it shifts no draws of the others.
    """
    world, captures = core.world, core.world.captures
    phone, time_s = int(captures.phone[row]), float(captures.back_s[row])
    each = world.transmitters[int(captures.transmitter[row])]
    identity = each.identities[int(captures.identity[row])]
    cell = world.serving_cell(phone, time_s)
    before = world.serving_cell(phone, float(captures.start_s[row]))
    if cell < 0 or (captures.cause[row] and time_s >= world.scenario.duration_s):
        return False
    fell = _fell_from_nr(world, each, phone)
    if fell:
        # Rejected on NR it has switched NR off and comes back on LTE (TS 24.501, cause 27).
        below = int(world.network.cell_of[world.network.site[cell], LTE, 0])
        cell = below if below >= 0 else cell
    rat, kept = int(world.network.rat[cell]), old_area_of(world, before)
    kind, rogue_plmn = "normal", {"old_mcc": identity.mcc, "old_mnc": identity.mnc}
    if captures.cause[row]:
        # It comes without its area or, rejected on GSM, without its old LAI.
        area_only = each.rat == GSM and int(captures.cause[row]) in AREA_CAUSES
        if area_only and rat == LTE and not fell:
            kind, old = "combined", {**kept, "old_lai_area": NO_AREA[GSM][1]}
        else:
            kind = "normal" if area_only and rat == GSM else "attach"
            old = {**rogue_plmn, "old_area": NO_AREA[rat][-1 if rat == NR else 1]}
    elif each.own_area is not None and each.own_area[before] == identity.area:
        return False  # Within its own area a phone sends no update.
    elif each.spec.keeps_area_share and aside.random() < each.spec.keeps_area_share:
        # Not updated (EU2), it updates although it is where it was registered.
        old = kept
    elif rat == LTE and each.rat == GSM and aside.random() < each.spec.combined_share:
        kind, old = "combined", {**({} if fell else kept), **rogue_plmn}
        old.setdefault("old_area", NO_AREA[LTE][1])
        old["old_lai_area"] = identity.area
    else:
        old = _rogue_area(core.rng, each, identity, rat)
    core.write(Update(phone, time_s, cell, kind, old), outcome="accept")
    return old is not kept and bool(world.in_core_feed[phone])


def _rogue_area(
    rng: np.random.Generator, transmitter: Transmitter, identity: Identity, rat: int
) -> Record:
    """The rogue's area as the old one, or none where the phone had been rejected at once."""
    other = rat != transmitter.rat
    old: Record = {
        "old_mcc": identity.mcc,
        "old_mnc": identity.mnc,
        "old_area": identity.area,
        "old_rat": identity.rat if other or rng.random() < 0.5 else None,
    }
    if rng.random() < transmitter.spec.rejecting_share:
        old["old_area"] = NO_AREA[GSM if transmitter.rat == GSM else LTE][1]
    return old


def _fell_from_nr(world: World, transmitter: Transmitter, phone: int) -> bool:
    """Whether a chain of rejects and redirects has brought it down from NR."""
    lure = transmitter.spec.lure
    return lure is not None and lure.from_nr and RATS[world.phones.rat[phone] - 1] == "nr"
