"""One zone's exposures: how often its networks expose, and whose exposures are not yet found.

The judging memory of `detectors.rules.identity_exposure.rule`; the counts themselves are in
`detectors.rules.identity_exposure.counts`.
"""

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from detectors.features.memory.pending_findings import Due
from detectors.features.rows.serving import LISTED
from detectors.model.finding import Observation
from detectors.rules.identity_exposure.counts import CELLS, WINDOW_MS, Count, Kind, Network, share

#: Networks that a zone remembers.
_NETWORKS: Final = 64
Amount: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e9)]
#: Exposed phones of one cell and window that wait for others.
_WAITING: Final = 64


class UsualCounts(msgspec.Struct, frozen=True, array_like=True):
    """Connections of one cell in the long run, those exposed, and those exposed without a proof;
    of all cells under an empty name."""

    cell: Annotated[str, Meta(max_length=40)]
    connections: Amount
    exposed: Amount
    unproven: Amount


class UsualExposure(msgspec.Struct, frozen=True):
    """What is usual of one network and RAT."""

    network: Annotated[str, Meta(max_length=40)]
    cells: Annotated[tuple[UsualCounts, ...], Meta(max_length=CELLS)] = ()


class LearnedExposure(msgspec.Struct, frozen=True):
    """What a zone's networks usually do."""

    networks: Annotated[tuple[UsualExposure, ...], Meta(max_length=_NETWORKS)] = ()


class Ledger(Due):
    """Counts by network and RAT, and by network and cell the exposures that wait until there are
    too many of them."""

    networks: dict[str, Network] = msgspec.field(default_factory=dict)
    waiting: dict[str, list[Observation]] = msgspec.field(default_factory=dict)
    swept_ms: int = 0

    def network(self, observation: Observation) -> Network:
        """The counts of an observation's network, with room made for a new one."""
        network = self.networks.setdefault(_network_key(observation), Network())
        if len(self.networks) > _NETWORKS:
            del self.networks[next(iter(self.networks))]
        return network

    def waiting_on_cell(self, observation: Observation) -> list[Observation]:
        """The exposures that wait on an observation's cell, its own among them; to be emptied when
        they are found.

        Empty where its cell isn't given, or nothing waits.
        """
        cell = cell_key(observation)
        here = f"{_network_key(observation)} {cell}"
        if cell is not None and observation.kind == "exposed":
            self.waiting[here] = [*self.waiting.get(here, []), observation][-_WAITING:]
        return self.waiting.get(here, [])

    def learned(self) -> LearnedExposure:
        """What is usual in the long run of all networks."""
        return LearnedExposure(
            tuple(
                UsualExposure(
                    name,
                    tuple(
                        UsualCounts(cell, each.connections, each.exposed, each.unproven)
                        for cell, each in network.usual.items()
                    ),
                )
                for name, network in self.networks.items()
            )
        )

    def take_up(self, learned: LearnedExposure, now_ms: int) -> None:
        """Puts that into a fresh state; its next half life begins now."""
        for network in learned.networks:
            usual = {
                each.cell: Count(each.connections, each.exposed, each.unproven)
                for each in network.cells
            }
            self.networks[network.network] = Network(usual, halved_ms=now_ms)

    def forget(self, now_ms: int) -> None:
        """Forgets exposed phones that have waited for longer than a window, once a window."""
        if now_ms - self.swept_ms < WINDOW_MS:
            return
        self.swept_ms = now_ms
        for here, waiting in list(self.waiting.items()):
            self.waiting[here] = [one for one in waiting if now_ms - one.rx_ts <= WINDOW_MS]
            if not self.waiting[here]:
                del self.waiting[here]


def worth(observation: Observation, stands_for: float) -> Count:
    """For how much an observation counts; a connection is one of so many that weren't sampled."""
    if observation.kind == "connection":
        return Count(connections=stands_for)
    return Count(exposed=1.0) if observation.kind == "exposed" else Count(unproven=1.0)


def normal_share(
    network: Network,
    observation: Observation,
    kind: Kind,
    prior: tuple[float, float],
    habit: bool,
    now: bool,
) -> float:
    """Share of connections that is normal, by all cells of the register but the observation's.

    The larger of what they do in the long run (``habit``) and in the same minute (``now``), as far
    as these are considered, each after ``prior``: so many of that kind, of so many.
    """
    cell, known = cell_key(observation), is_listed(observation)
    usual = network.usual_elsewhere(cell, known) if habit else Count()
    present = network.now_elsewhere(observation.ts, cell, known) if now else Count()
    return max(share(usual, kind, prior), share(present, kind, prior))


def is_listed(observation: Observation) -> bool:
    """Whether the register has an observation's cell."""
    return observation.values.get("cell_known") == LISTED


def cell_key(observation: Observation) -> str | None:
    """The cell of an observation within its network; ``None`` where it isn't given."""
    claimed = observation.claimed
    if claimed is None or claimed.cell is None:
        return None
    return f"{claimed.area}-{claimed.cell}"


def _network_key(observation: Observation) -> str:
    claimed = observation.claimed
    return f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}" if claimed else ""
