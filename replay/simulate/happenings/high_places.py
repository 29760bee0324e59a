"""The effect of a hill, from which phones receive and use cells far away."""

import numpy as np

from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import Network
from replay.simulate.network.radio import CANDIDATE_SITES
from replay.simulate.network.radio import Hill as HighPlace
from replay.simulate.people.groups import about, joined, standing
from replay.simulate.people.people import HOME, Phones
from replay.simulate.scenario.happenings.cell_happenings import Hill

BELOW_THE_VIEW_M = 2500.0  # beams are tilted down, so that masts near by pass under the hill


class HillEffect(Effect[Hill]):
    """A hill, its visitors, and the nine sites of each operator that they receive."""

    def people(self, phones: Phones) -> Phones:
        rng = self.random("people")
        spots = about(rng, self.spec.at_m, 0.9 * self.spec.radius_m, self.spec.visitors)
        grown, _ = joined(phones, self.scenario, rng, *standing(self.scenario, *spots), HOME)
        return grown

    def hills(self, network: Network) -> list[HighPlace]:
        rng, (x_m, y_m) = self.random("hills"), self.spec.at_m
        off_m = np.hypot(network.site_x - x_m, network.site_y - y_m)
        received = []
        for operator in range(int(network.site_operator.max()) + 1):
            mine = np.flatnonzero(network.site_operator == operator)
            mine = mine[np.argsort(off_m[mine])]
            distant = mine[off_m[mine] > BELOW_THE_VIEW_M]
            if len(mine) == 0:
                received.append(np.zeros(CANDIDATE_SITES, dtype=np.int64))
                continue
            town = mine[~network.site_in_city[mine]]
            chosen = [mine[:0] if len(distant) else mine[:1]]
            if len(distant):
                chosen.append(distant[np.unique(rng.integers(0, max(1, len(distant) // 2), 5))])
            if len(town):
                chosen.append(rng.choice(town, min(3, len(town)), replace=False))
            sites = np.concatenate(chosen)[:CANDIDATE_SITES]
            received.append(np.pad(sites, (0, CANDIDATE_SITES - len(sites)), mode="edge"))
        return [HighPlace(x_m, y_m, self.spec.radius_m, tuple(received))]
