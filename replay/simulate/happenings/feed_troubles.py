"""Effects on messages: wrong numbers, stale modems, wrong clocks, wrong order, second cards."""

from zlib import crc32

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.messages import SENDERS, near_hash
from replay.simulate.feeds.signalling import NO_AREA
from replay.simulate.feeds.writing import Alteration, Delivery, Feed, Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.people.people import HOME
from replay.simulate.scenario import nuisances, phone_happenings
from replay.simulate.world import World

#: What stands for "not known" by RAT: areas, cells (TS 23.003; Android's CellIdentity documents).
NO_CELL = {GSM: 0xFFFF, LTE: 0xFFFFFFF, NR: 0xFFFFFFFFF}
UNFIT = (-1, 2_147_483_647)
FEEDS = ("measurements", "signalling", "sms")


class SentinelIdsEffect(Effect[phone_happenings.SentinelIds]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        rng = self.random("alter")

        def blank(cell: Record) -> None:
            rat = code_of(str(cell["rat"]), RATS)
            which = int(rng.integers(3))
            if which != 1 and cell.get("area") is not None:
                cell["area"] = int(rng.choice(NO_AREA[rat]))
            if which != 0 and cell.get("cell") is not None:
                cell["cell"] = NO_CELL[rat]

        def alter(message: Delivery) -> list[Delivery]:
            rest = dict(message.rest)
            if rest.get("rat") is not None and rng.random() < self.spec.share:
                blank(rest)
            if rest.get("old_area") is not None and rng.random() < self.spec.share:
                named = rest.get("old_rat") or rest["rat"]
                rest["old_area"] = int(rng.choice(NO_AREA[code_of(str(named), RATS)]))
            neighbours = rest.get("neighbours")
            if isinstance(neighbours, list):
                rest["neighbours"] = copies = [dict(cell) for cell in neighbours]
                for cell in copies:
                    if rng.random() < self.spec.share:
                        blank(cell)
            if rest.get("area") is not None and rng.random() < self.spec.unfit_share:
                rest["area" if rng.random() < 0.5 else "cell"] = UNFIT[int(rng.integers(2))]
            return [Delivery(message.ts_ms, message.rx_ms, rest, message.behind_ms)]

        return dict.fromkeys(FEEDS, alter)


class StaleIdentityEffect(Effect[phone_happenings.StaleIdentity]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        rng, spec, phones = self.random("alter"), self.spec, world.phones
        movers = np.flatnonzero((phones.kind != HOME) & phones.reporting)
        stuck = movers[rng.random(len(movers)) < spec.stuck_share]
        latest_s = max(1.0, self.scenario.duration_s - spec.stuck_s[1])
        begin_s = rng.uniform(0.0, latest_s, len(stuck))
        spans_ms = {
            phones.device[who]: world.ms(np.array([begin, begin + rng.uniform(*spec.stuck_s)]))
            for who, begin in zip(stuck.tolist(), begin_s.tolist(), strict=True)
        }
        frozen: dict[str, Record] = {}
        before: dict[str, Record] = {}
        numbers = ("rat", "mcc", "mnc", "area", "cell", "arfcn", "pci", "signal_dbm")

        def alter(message: Delivery) -> list[Delivery]:
            rest, device = dict(message.rest), str(message.rest.get("device"))
            reported: Record = {key: rest.get(key) for key in numbers}
            last, before[device] = before.get(device), reported
            begin_ms, end_ms = spans_ms.get(device, (0, 0))
            if begin_ms <= message.ts_ms < end_ms:
                rest.update(frozen.setdefault(device, reported))
                rest["neighbours"] = []
            elif (
                last is not None
                and last["rat"] == reported["rat"]
                and last["area"] != reported["area"]
                and rng.random() < spec.half_updated_share
            ):
                key = "area" if rng.random() < 0.5 else "cell"
                rest[key] = last[key]
            return [Delivery(message.ts_ms, message.rx_ms, rest, message.behind_ms)]

        return {"measurements": alter}


class ClockSkewEffect(Effect[phone_happenings.ClockSkew]):
    """One source's clock is off, and some devices' by hours; arrival times are right."""

    def alterations(self, world: World) -> dict[str, Alteration]:
        spec = self.spec
        wrong_s: dict[str, float] = {}

        def alter_by(offset_s: float) -> Alteration:
            def alter(message: Delivery) -> list[Delivery]:
                shift_s = offset_s
                if message.rest.get("source", "device") == "device":
                    name = str(message.rest.get("device") or message.rest.get("subscriber"))
                    if name not in wrong_s:
                        wrong_s[name] = self._wrong_s(name)
                    shift_s += wrong_s[name]
                ts_ms = message.ts_ms + round(shift_s * 1000)
                return [Delivery(ts_ms, message.rx_ms, message.rest, message.behind_ms)]

            return alter

        return {name: alter_by(spec.offset_s if name == spec.feed else 0.0) for name in FEEDS}

    def _wrong_s(self, name: str) -> float:
        """By how much a device's clock is off: the same in all its messages."""
        draw = np.random.default_rng([self._seed, self._index, crc32(name.encode())])
        if draw.random() >= self.spec.wrong_devices_share:
            return 0.0
        return float(draw.uniform(*self.spec.wrong_by_s) * draw.choice((-1.0, 1.0)))


class DeliveryDisorderEffect(Effect[phone_happenings.DeliveryDisorder]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        rng, spec = self.random("alter"), self.spec

        def alter(message: Delivery) -> list[Delivery]:
            behind_s = 0.0
            if rng.random() < spec.behind_share:
                behind_s = float(rng.uniform(0.0, spec.behind_s))
            if rng.random() < spec.far_behind_share:
                behind_s = float(rng.uniform(spec.behind_s, max(spec.behind_s, spec.far_behind_s)))
            first = Delivery(message.ts_ms, message.rx_ms, message.rest, round(behind_s * 1000))
            if rng.random() >= spec.doubled_share:
                return [first]
            # A producer that tries again: half of the time with the first arrival time.
            again_ms = round(float(rng.uniform(0.0, spec.doubled_after_s)) * 1000)
            if rng.random() < 0.5:
                return [first, Delivery(message.ts_ms, message.rx_ms, message.rest, again_ms)]
            return [first, Delivery(message.ts_ms, message.rx_ms + again_ms, message.rest)]

        return dict.fromkeys(FEEDS, alter)


class CutOffSitesEffect(Effect[nuisances.CutOffSites]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        rng, network, spec = self.random("alter"), world.network, self.spec
        in_city = np.flatnonzero(network.site_in_city)
        chosen = rng.choice(in_city, min(spec.sites, len(in_city)), replace=False)
        names = ("rat", "mcc", "mnc", "area", "cell")
        cut_off = {
            tuple(network.named[row][name] for name in names)
            for row in np.flatnonzero(np.isin(network.site, chosen)).tolist()
        }
        begin_ms, end_ms = world.ms(np.array(spec.active_s))

        def alter(message: Delivery) -> list[Delivery]:
            cell, rx_ms = tuple(message.rest.get(name) for name in names), message.rx_ms
            if begin_ms <= message.ts_ms < end_ms and cell in cut_off:
                away_ms = message.ts_ms + round(1000.0 * float(rng.exponential(spec.stay_s)))
                rx_ms = max(rx_ms, min(away_ms, end_ms))
            return [Delivery(message.ts_ms, rx_ms, message.rest, message.behind_ms)]

        return {"measurements": alter}


class DualSimEffect(Effect[phone_happenings.DualSim]):
    def text(self, world: World, feed: Feed) -> None:
        spec, rng, phones = self.spec, self.random("text"), world.phones
        operators = world.scenario.operators
        double = np.flatnonzero(phones.reporting & (rng.random(len(phones)) < spec.share))
        double = double[phones.operator[double] < len(operators)]
        hours = world.scenario.duration_s / 3600.0
        phone = np.repeat(double, rng.poisson(spec.texts_per_phone_hour * hours, len(double)))
        time_s = rng.uniform(0.0, world.scenario.duration_s, len(phone))
        kept = world.reachable(phone, time_s) & ~world.captures.held(phone, time_s)
        phone, time_s = phone[kept], time_s[kept]
        other = (phones.operator[phone] + 1) % len(operators)
        x, y = phones.place(phone, time_s)
        cells = world.cells_at(
            world.radio.candidates(other, np.full(len(phone), LTE), x, y), time_s
        )
        level = np.where(cells >= 0, world.radio.levels(cells, x, y), -np.inf)
        serving = cells[np.arange(len(phone)), np.argmax(level, axis=1)].tolist()
        bases = rng.integers(0, 2**63, (len(SENDERS), 8)).tolist()
        ts_ms, rx_ms = world.ms(time_s), world.ms(time_s + world.delays_s(rng, len(phone)))
        fixes = world.fixes(rng, phone, time_s)
        for row, who in enumerate(phone.tolist()):
            operator = operators[int(other[row])]
            sender = int(rng.integers(len(SENDERS)))
            message = {
                "device": phones.device[who],
                "source": "device",
                "subscription_mcc": operator.mcc,
                "subscription_mnc": operator.mnc,
                "sender": SENDERS[sender][0],
                "length": int(rng.integers(20, 70)),
                "parts": 1,
                "content_hash": near_hash(rng, bases[sender][int(rng.integers(8))]),
                "has_url": False,
                **world.network.cell_fields(serving[row]),
                **fixes[row],
            }
            feed.add(ts_ms[row], rx_ms[row], message)
