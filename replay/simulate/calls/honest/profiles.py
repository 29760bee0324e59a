"""How firms and trades call that look odd and are honest: one row each."""

from typing import Literal

from msgspec import Struct


class Profile(Struct, frozen=True):
    """A trade. Ranges are drawn from for each line; ``stranger_share`` is of its callees.

    ``parameter`` names how many lines there are, ``look`` what the truth calls them.
    ``trusted_share`` is of lines, those that the number register marks so. ``callee_ends`` is of
    answered calls, where they don't end as those of people do. With ``drops_share``, of
    the calls that ring, those that the line itself ends before anybody could answer.
    """

    parameter: str
    look: str
    number: Literal["fixed", "mobile", "400", "short"]
    per_hour: tuple[float, float]
    rhythm: Literal["office", "shops", "round", "people"] = "office"
    stranger_share: tuple[float, float] = (0.3, 0.9)
    known: tuple[int, int] = (20, 400)
    district: bool = False
    moves: bool = False
    answered: tuple[float, float] = (0.5, 0.85)
    duration_s: tuple[float, float] = (20.0, 90.0)
    back_share: tuple[float, float] = (0.1, 0.5)
    called_in: tuple[float, float] = (0.1, 1.0)
    drops_share: tuple[float, float] = (0.0, 0.0)
    trusted_share: float = 0.0
    sims: tuple[int, int] = (1, 2)
    callee_ends: tuple[float, float] | None = None


PROFILES = (
    Profile(
        "couriers",
        "courier",
        "mobile",
        (6.0, 40.0),
        rhythm="shops",
        stranger_share=(0.5, 0.95),
        district=True,
        moves=True,
        answered=(0.6, 0.9),
        duration_s=(8.0, 30.0),
        back_share=(0.2, 0.6),
    ),
    Profile(
        "taxi_dispatch",
        "taxi_dispatch",
        "fixed",
        (20.0, 150.0),
        rhythm="round",
        stranger_share=(0.4, 0.9),
        duration_s=(8.0, 30.0),
        called_in=(0.8, 1.5),
        trusted_share=0.6,
    ),
    Profile(
        "schools",
        "school",
        "fixed",
        (5.0, 80.0),
        stranger_share=(0.0, 0.1),
        district=True,
        duration_s=(20.0, 120.0),
        called_in=(0.3, 1.0),
        trusted_share=0.5,
    ),
    Profile(
        "hospitals",
        "hospital",
        "fixed",
        (5.0, 60.0),
        stranger_share=(0.3, 0.8),
        duration_s=(25.0, 120.0),
        called_in=(0.5, 2.0),
        trusted_share=0.7,
    ),
    Profile(
        "banks",
        "bank",
        "short",
        (20.0, 150.0),
        stranger_share=(0.2, 0.7),
        duration_s=(40.0, 300.0),
        called_in=(0.3, 2.0),
        trusted_share=1.0,
    ),
    Profile(
        "call_centres",
        "call_centre",
        "400",
        (20.0, 120.0),
        stranger_share=(0.6, 1.0),
        answered=(0.2, 0.6),
        duration_s=(10.0, 60.0),
        back_share=(0.01, 0.1),
        called_in=(0.05, 0.5),
        trusted_share=0.4,
    ),
    Profile(
        "predictive_dialers",
        "predictive_dialer",
        "fixed",
        (60.0, 600.0),
        stranger_share=(0.8, 1.0),
        answered=(0.15, 0.5),
        duration_s=(5.0, 40.0),
        back_share=(0.01, 0.08),
        called_in=(0.0, 0.05),
        drops_share=(0.05, 0.5),
        trusted_share=0.2,
    ),
    Profile(
        "estate_agents",
        "estate_agent",
        "mobile",
        (8.0, 45.0),
        rhythm="shops",
        stranger_share=(0.7, 0.98),
        answered=(0.3, 0.6),
        duration_s=(10.0, 60.0),
        back_share=(0.02, 0.15),
    ),
    Profile(
        "alarm_lines",
        "alarm_line",
        "fixed",
        (2.0, 30.0),
        rhythm="round",
        stranger_share=(0.0, 0.02),
        known=(1, 12),
        answered=(0.85, 1.0),
        duration_s=(2.0, 6.0),
        back_share=(0.0, 0.05),
        called_in=(0.0, 0.2),
    ),
    Profile(
        "network_probes",
        "network_probe",
        "mobile",
        (6.0, 30.0),
        rhythm="round",
        stranger_share=(0.0, 0.0),
        known=(2, 10),
        answered=(0.9, 1.0),
        duration_s=(10.0, 60.0),
        back_share=(0.0, 0.0),
        called_in=(0.0, 0.0),
        sims=(4, 32),
    ),
    Profile(
        "missed_on_purpose",
        "missed_on_purpose",
        "mobile",
        (0.3, 2.0),
        rhythm="people",
        stranger_share=(0.0, 0.05),
        known=(3, 12),
        answered=(0.02, 0.2),
        back_share=(0.5, 0.9),
        drops_share=(0.7, 0.95),
    ),
)

#: Those of `replay.simulate.calls.parameters.NUISANCES`.
AT_TIMES = (
    Profile(
        "pollsters",
        "pollster",
        "fixed",
        (60.0, 400.0),
        stranger_share=(1.0, 1.0),
        answered=(0.2, 0.5),
        duration_s=(8.0, 40.0),
        back_share=(0.01, 0.05),
        called_in=(0.0, 0.05),
        trusted_share=0.2,
        callee_ends=(0.6, 0.9),
    ),
    Profile(
        "recall_lines",
        "recall_line",
        "fixed",
        (40.0, 150.0),
        stranger_share=(0.8, 1.0),
        answered=(0.5, 0.8),
        duration_s=(20.0, 90.0),
        back_share=(0.1, 0.4),
        called_in=(0.1, 0.5),
        trusted_share=0.3,
    ),
    Profile(
        "parcel_stations",
        "parcel_station",
        "mobile",
        (40.0, 120.0),
        rhythm="shops",
        stranger_share=(0.7, 0.98),
        district=True,
        answered=(0.5, 0.85),
        duration_s=(6.0, 20.0),
        back_share=(0.2, 0.6),
        called_in=(0.1, 0.6),
    ),
)
