"""How many odd messages a place has against how many it usually has: the judging half of rules.

A rule's first half lets through *odd* observations, and of ordinary messages of the same sort a
sample, *plain* observations. Here both are counted by place: in tiles of about a kilometre, in
windows of ten minutes. An odd message waits a little for others like it, then its weight is the
log-likelihood ratio of a Poisson count, shared out among its k distinct subscribers: log(k / m) - 1
+ m / k, where m is how many the place would have without a transmitter (Kulldorff 1997, spatial
scan statistic).

That expectation is the greatest of four:

* a floor, since rare odd things happen anywhere;
* the habit of the place, learned from its earlier windows (a metro exit, a tunnel, a border);
* the share of odd messages elsewhere in the zone times the traffic here (crowds);
* the count of other places, where many places at once are odd (a core network that restarts).

A place is the tile of a message and the eight about it, the nearest of them that have half of the
zone's traffic at most: of more there is no elsewhere to compare it with, as in a small town whose
core restarts (Kulldorff 1997, 1.1: windows of up to half of the population).

A window in which something was found teaches little, so that a transmitter which stays is not
learned as usual (docs/science.md, F25); nor is one that was there before the recording, since the
other two expectations come from elsewhere.

Long because what is counted and what is expected are of the same tiles.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop
from itertools import islice
from math import inf, log
from typing import Final, TypeAlias

import msgspec

from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.tiles import MEMORY, Tile, TilesOf, own_tile, roll, tiles_about
from detectors.features.memory.waiting import Waiting, let_wait
from detectors.features.phones.wide_onset import Came, is_wide, note
from detectors.model.finding import Observation

#: What observations may carry: of how many plain messages one is a sample, and what odd ones are
#: about, where only those about the same belong together.
STANDS_FOR: Final = "stands_for"
TARGET: Final = "target"
#: What is counted of a plain message: the tile of its place (`own_tile`), when it arrived (ms), and
#: for how many it stands.
Plain: TypeAlias = tuple[str, int, int]

#: Bounds of the state: tiles, distinct subscribers and waiting messages of a tile, repeaters.
MOST_TILES, _WHO, _UNREPORTED, _REPEATERS = 4096, 128, 16, 1024
#: A habit of less than so many a window is none; some have nothing in most windows.
_FORGETTABLE: Final = 0.1
_REPEAT_MS: Final = 2_700_000
#: Ordinary messages that the assumed share of odd ones stands for until the zone has shown its own.
_PRIOR_MESSAGES: Final = 300.0
#: The most of a zone's traffic that a place may have, once so much is known, some thirty samples.
_MOST_OF_ZONE: Final = 0.5
_ENOUGH_TRAFFIC: Final = 1000
#: Many places at once: at least so many tiles, and this share of all that have traffic.
_MANY_TILES, _MANY_SHARE = 6, 1 / 3
#: Where nothing is in doubt, a count is so many times its expectation (chosen: that of a crowd may
#: well be wrong by a factor of two).
_MANY_TIMES: Final = 3.0


class Found(msgspec.Struct):
    """One odd message with its weight, known at ``rx_ms``; how many were seen and expected.
    ``wide`` says that it is one of many that began all over the neighbourhood
    (`detectors.features.phones.wide_onset`), where that is asked."""

    observation: Observation
    rx_ms: int
    weight: float
    seen: int
    expected: float
    wide: bool = False


class Clusters(msgspec.Struct):
    """Judging state of one zone and rule."""

    waiting: list[Waiting] = []
    tiles: dict[str, Tile] = {}
    zone: Tile = msgspec.field(default_factory=lambda: Tile(0))
    repeats: dict[str, list[int]] = {}
    came: list[Came] = []
    began_ms: int | None = None

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation of the kinds ``odd``, ``plain`` and ``honest``."""
        rx = observation.rx_ts
        if self.began_ms is None:
            self.began_ms = rx
        # Devices and subscribers may be the same people, and may share names without being so.
        who = f"{observation.space}:{observation.who}"
        if observation.kind == "odd" and outlook.repeats and self._repeats(who, rx, outlook):
            return
        key = around(observation, outlook.tile_m, own_tile)[0]
        if observation.kind == "plain":
            self.observe_plain([(key, rx, int(observation.values.get(STANDS_FOR) or 1))], outlook)
            return
        tile = self._tile(key, rx, outlook)
        if observation.kind == "honest":
            tile.honest = True
            return
        self._wake(tile)
        if outlook.wide:
            note(self.came, observation)
        fresh = rx - tile.who.pop(who, rx - 2 * outlook.window_ms) > outlook.window_ms
        tile.who[who] = rx
        if len(tile.who) > _WHO:
            del tile.who[next(iter(tile.who))]
        if fresh:
            self.zone.odd_tiles += not tile.odd
            tile.odd += 1
            self.zone.odd += 1
        let_wait(self.waiting, observation, rx + outlook.hold_ms)

    def observe_plain(self, reports: Iterable[Plain], outlook: Outlook) -> None:
        """As `observe` of each of some of the kind ``plain``, in that order."""
        tiles, zone = self.tiles, self.zone
        for key, rx, stands_for in reports:
            if self.began_ms is None:
                self.began_ms = rx
            tile, window = tiles.get(key), rx // outlook.window_ms
            if tile is None or tile.window < window or zone.window < window:
                tile = self._tile(key, rx, outlook)
            else:
                del tiles[key]
                tiles[key] = tile
            if not (tile.odd or tile.plain):
                zone.active += 1
            tile.plain += stands_for
            zone.plain += stands_for

    def passes_over(self, observation: Observation, outlook: Outlook) -> bool:
        """Whether a subscriber, observed just now, is odd over and over."""
        times = self.repeats.get(f"{observation.space}:{observation.who}", [])
        return outlook.repeats and len(times) > outlook.most_repeats

    def next_due_ms(self) -> int | None:
        """Arrival time at which the next odd message has waited long enough."""
        return self.waiting[0].due if self.waiting else None

    def near(self, observation: Observation, now_ms: int, outlook: Outlook) -> int:
        """How many odd subscribers there were about an observation's place in the window up to
        now."""
        here, _ = self._place(observation, now_ms, outlook)
        return _seen(here, now_ms - outlook.hold_ms - outlook.window_ms)

    def usually(
        self, observation: Observation, now_ms: int, outlook: Outlook
    ) -> tuple[float, float, int]:
        """How many odd subscribers a window would bring about an observation's place without a
        transmitter, how many there were in the windows from which its habit was learned, and how
        many in the present window and the one before."""
        here, ground = self._place(observation, now_ms, outlook)
        learned = sum(tile.before * min(max(tile.windows - 1, 0), MEMORY) for tile in here)
        lately = sum(tile.odd + tile.odd_before for tile in here)
        return self._expected(here, ground, outlook), learned, lately

    def crowding(self, observation: Observation, now_ms: int, outlook: Outlook) -> float:
        """How many times the traffic of other places, on average, an observation's place has, as
        far as samples tell."""
        _, ground = self._place(observation, now_ms, outlook)
        own = sum(max(tile.plain, tile.plain_before) for tile in ground)
        elsewhere = (self.zone.traffic - sum(tile.traffic for tile in ground)) / 2
        others = max(self.zone.active, self.zone.active_before) - len(ground)
        usual = max(elsewhere, 0.0) * len(ground) / max(others, 1)
        return (own + _PRIOR_MESSAGES) / (usual + _PRIOR_MESSAGES)

    def evaluate(
        self,
        until_ms: int,
        outlook: Outlook,
        most: float,
        less: Callable[[Observation, int], float] = lambda observation, now_ms: 0.0,
        least: Callable[[Observation, int], float] = lambda observation, now_ms: 0.0,
    ) -> Iterator[Found]:
        """Those due up to ``until_ms`` that mean something, each of at most ``most`` nats.

        ``less`` is what something else takes off the weight of an observation, ``least`` how many
        are expected at least, as known at a time (ms).
        """
        while self.waiting and self.waiting[0].due <= until_ms:
            now = heappop(self.waiting)
            keys = around(now.observation, outlook.tile_m)
            own = self._tile(keys[0], now.due, outlook)
            if any(tile.honest for tile in self._known(keys, now.due, outlook)):
                continue
            here, ground = self._place(now.observation, now.due, outlook)
            since = now.due - outlook.hold_ms - outlook.window_ms
            seen = _seen(here, since)
            expected = self._expected(here, ground, outlook)
            expected = max(expected, least(now.observation, now.due))
            weight = min(most, _share_of_each(seen, expected, outlook))
            weight -= less(now.observation, now.due)
            if seen < outlook.least_subscribers or weight < outlook.least_weight:
                own.unreported = [*own.unreported[1 - _UNREPORTED :], now.observation]
                continue
            due = [now.observation]
            for tile in here:
                # Those that came first, when they still were too few to mean anything.
                due += [
                    observation for observation in tile.unreported if observation.rx_ts >= since
                ]
                tile.unreported, tile.flagged = [], True
            place, began_ms = now.observation.place, self.began_ms or 0
            wide = outlook.wide and is_wide(self.came, place, began_ms, now.due)
            for observation in due:
                share = round(weight, 3)
                yield Found(observation, now.due, share, seen, round(expected, 3), wide)

    def _place(
        self, observation: Observation, rx: int, outlook: Outlook
    ) -> tuple[list[Tile], list[Tile]]:
        """The tiles of an observation's place, and those that count the traffic there."""
        keys = around(observation, outlook.tile_m)
        grounds = [key.rpartition("|")[2] for key in keys]
        roll(self.zone, rx // outlook.window_ms)
        nearest, traffic = 0, 0
        most = _MOST_OF_ZONE * self.zone.traffic if self.zone.traffic >= _ENOUGH_TRAFFIC else inf
        for key in grounds:
            tile = self._rolled(key, rx, outlook)
            traffic += 0 if tile is None else tile.traffic
            if traffic > most and nearest:
                break
            nearest += 1
        here, ground = (self._known(some[:nearest], rx, outlook) for some in (keys, grounds))
        return here, ground

    def _known(self, keys: Sequence[str], rx: int, outlook: Outlook) -> list[Tile]:
        tiles = (self._rolled(key, rx, outlook) for key in keys)
        return [tile for tile in tiles if tile is not None]

    def _expected(self, here: list[Tile], ground: list[Tile], outlook: Outlook) -> float:
        """How many odd subscribers a window would bring here without a transmitter.

        ``ground`` are the tiles that count the traffic here: the same ones, unless the odd
        messages are about a target.
        """
        zone, expected = self.zone, outlook.floor
        if outlook.habit:
            expected = max(expected, sum(tile.before for tile in here))
        odd = zone.odd + zone.odd_before - sum(tile.odd + tile.odd_before for tile in here)
        plain = zone.plain + zone.plain_before
        plain -= sum(tile.plain + tile.plain_before for tile in ground)
        if outlook.crowd:
            share = odd + outlook.usual_share * _PRIOR_MESSAGES
            share /= max(odd, 0) + max(plain, 0) + _PRIOR_MESSAGES
            traffic = sum(max(tile.plain, tile.plain_before) for tile in ground)
            expected = max(expected, share * traffic)
        if outlook.widespread:
            active = max(zone.active, zone.active_before)
            active -= sum(_is_active(tile) for tile in here)
            odd_tiles = zone.odd_tiles + zone.odd_tiles_before
            odd_tiles -= sum((tile.odd > 0) + (tile.odd_before > 0) for tile in here)
            if odd_tiles >= max(_MANY_TILES, _MANY_SHARE * active):
                expected = max(expected, len(here) * odd / max(active, 1))
        return expected

    def _repeats(self, who: str, rx: int, outlook: Outlook) -> bool:
        """Whether this subscriber is odd over and over (docs/science.md, F12)."""
        times = self.repeats.pop(who, [])
        times = [then for then in times if then > rx - _REPEAT_MS] + [rx]
        self.repeats[who] = times[-outlook.most_repeats - 1 :]
        for other in list(islice(self.repeats, 2)):
            if self.repeats[other][-1] <= rx - _REPEAT_MS:
                del self.repeats[other]
        if len(self.repeats) > _REPEATERS:
            del self.repeats[next(iter(self.repeats))]
        return len(times) > outlook.most_repeats

    def _wake(self, tile: Tile) -> None:
        self.zone.active += not (tile.odd or tile.plain)

    def _tile(self, key: str, rx: int, outlook: Outlook) -> Tile:
        """The tile as of ``rx``, a new one where there was none."""
        tile = self._rolled(key, rx, outlook)
        if tile is None:
            if len(self.tiles) >= MOST_TILES:
                del self.tiles[next(iter(self.tiles))]
            tile = Tile(rx // outlook.window_ms)
        else:
            del self.tiles[key]
        # Those unseen for longest come first.
        self.tiles[key] = tile
        roll(self.zone, rx // outlook.window_ms)
        return tile

    def _rolled(self, key: str, rx: int, outlook: Outlook) -> Tile | None:
        tile = self.tiles.get(key)
        if tile is not None and roll(tile, rx // outlook.window_ms):
            oldest = rx - outlook.window_ms - outlook.hold_ms
            tile.who = {who: last for who, last in tile.who.items() if last >= oldest}
            tile.unreported = [
                observation for observation in tile.unreported if observation.rx_ts >= oldest
            ]
            is_over = tile.windows > MEMORY and tile.usual < _FORGETTABLE
            if is_over and not (tile.odd_before or tile.plain_before or tile.who):
                del self.tiles[key]
                return None
        return tile


def _seen(tiles: list[Tile], since_ms: int) -> int:
    return len({who for tile in tiles for who, rx in tile.who.items() if rx >= since_ms})


def _is_active(tile: Tile) -> bool:
    return bool(tile.odd or tile.plain)


def _share_of_each(seen: int, expected: float, outlook: Outlook) -> float:
    """One subscriber's share of the log-likelihood ratio of the count; at least ``least_weight``
    where all together leave no doubt, since many may share out much and each have little."""
    if seen <= expected:
        return 0.0
    share = log(seen / expected) - 1 + expected / seen
    if seen >= _MANY_TIMES * expected and seen * share >= outlook.no_doubt:
        return max(share, outlook.least_weight)
    return share


def around(observation: Observation, tile_m: float, of: TilesOf = tiles_about) -> Sequence[str]:
    """The tiles of an observation's place, named by its target where it has one."""
    tiles, target = of(observation.place, tile_m), observation.values.get(TARGET)
    return tiles if target is None else [f"{target}|{tile}" for tile in tiles]
