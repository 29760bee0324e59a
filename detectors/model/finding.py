"""Findings and observations: what screening lets through, one record for each suspicious row, or
one that is needed to judge others.

A *finding* is a message that an honest network would seldom cause. An *observation* is a message
that shows what is normal where it matters for judging findings (an SMS that the operator did send,
a cell on which the core network served somebody). Neither is an alert: one place fuses and decides.

Both are small frozen records that travel on ``fbs.evidence`` and ``fbs.census`` as JSON. Their
``digest`` orders records of the same arrival time and names them in an ``alert_id``; it leaves out
pseudonyms, of the phone and of who sent a text (which depend on the hashing key), and the source
offset (which depends on partitioning), so that both are the same wherever the message travelled.
"""

import re
from hashlib import blake2b
from operator import attrgetter
from typing import Annotated, Final, Literal, get_args

import msgspec

from detectors.model.described import means

#: ``number``: what is about calls and telephone numbers, or about texts of a campaign.
Space = Literal["device", "subscriber", "number"]
#: Findings of less weight (nats) are about honest holes in the register more often than not: they
#: go with an incident only by identity, and neither move its place nor keep it open.
STRONG_WEIGHT: Final = 1.0

StationFamily = Literal["signalling", "identity", "radio", "sms", "protocol"]
#: What a number says; how many are rung; how calls end; by which SIMs and devices; what people
#: reported; what those who were called did; what texts hold.
CallFamily = Literal["number", "pace", "outcome", "equipment", "report", "victim", "message"]
Family = Literal[StationFamily, CallFamily]
#: Evidence of what happened to phones and their owners. A cell that the register lacks, or has
#: wrongly, is odd in its identity and on the radio in many ways at once: none of them is harm.
OF_HARM: Final[frozenset[Family]] = frozenset({"signalling", "sms", "protocol"})
#: RAT, MCC, MNC and physical code.
Code = tuple[str | None, int | None, int | None, int]
StationKind = Literal["fake_base_station", "cloned_cell", "sms_spammer", "imsi_catcher"]
CallKind = Literal[
    "scam_caller", "scam_campaign", "sim_box", "wangiri", "phishing", "account_takeover"
]
#: Kinds of alerts about calls and texts, not about transmitters.
CALL_ALERTS: Final[frozenset[str]] = frozenset(get_args(CallKind))
AlertKind = Literal[StationKind, CallKind]
#: What a number is to the calls or messages that a finding is about.
Role = Literal["caller", "callback", "impersonated"]
#: Calls that one finding names at most.
MOST_NAMED: Final = 64


class Identity(msgspec.Struct, frozen=True, order=True, gc=False):
    """A claimed cell identity; ``None`` for what is not known. A PLMN and an area alone are one."""

    rat: Annotated[str | None, means("gsm, umts, lte or nr.")] = None
    mcc: Annotated[int | None, means("Mobile country code.")] = None
    mnc: Annotated[int | None, means("Mobile network code.")] = None
    area: Annotated[int | None, means("LAC (gsm, umts) or TAC (lte, nr).")] = None
    cell: Annotated[int | None, means("Cell identity.")] = None
    arfcn: Annotated[int | None, means("Channel number.")] = None
    pci: Annotated[int | None, means("BSIC, PSC or PCI.")] = None

    def agrees(self, other: "Identity") -> bool:
        """Whether all fields that both know agree, the area among them."""
        if self.area is None or self.area != other.area:
            return False
        # Field by field, since it is asked of every claim with every finding.
        return (
            (self.cell == other.cell or self.cell is None or other.cell is None)
            and (self.mnc == other.mnc or self.mnc is None or other.mnc is None)
            and (self.mcc == other.mcc or self.mcc is None or other.mcc is None)
            and (self.rat == other.rat or self.rat is None or other.rat is None)
            and (self.arfcn == other.arfcn or self.arfcn is None or other.arfcn is None)
            and (self.pci == other.pci or self.pci is None or other.pci is None)
        )

    @property
    def domain(self) -> str | None:
        """The technology, ``gsm`` for UMTS too: both have location areas (TS 23.003, 4.1)."""
        return "gsm" if self.rat == "umts" else self.rat

    @property
    def code(self) -> Code | None:
        """RAT, network and physical code; ``None`` without one, and in GSM, which has but 64."""
        if self.pci is None or self.rat in (None, "gsm"):
            return None
        return self.rat, self.mcc, self.mnc, self.pci


class Source(msgspec.Struct, frozen=True, order=True, gc=False):
    """The input record that a finding or observation came from, and the item in it (-1: the whole).

    ``part`` numbers what one rule made of one message. By `place_among_sent` all that came from a
    partition can be distinguished from a repeat after a restart.
    """

    topic: Annotated[str, means("Input topic, without a prefix.")]
    partition: Annotated[int, means("Its partition.")]
    offset: Annotated[int, means("The record; in a file, the line.")]
    index: Annotated[int, means("The item in an array or batch; -1: the whole.")]
    part: Annotated[int, means("Number among what its rule made of the message.")] = 0


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something was seen, WGS84 degrees.

    ``accuracy_m`` is the 68 % radius of a phone's own position. ``reach_m`` is given instead where
    the place is a cell's or an area's from the register: the observer was somewhere about there.
    """

    lat: Annotated[float, means("Latitude, WGS84.", "°")]
    lon: Annotated[float, means("Longitude, WGS84.", "°")]
    accuracy_m: Annotated[float | None, means("68 % radius of a position of its own.", "m")] = None
    reach_m: Annotated[float | None, means("How far the observer may be from it.", "m")] = None


class OfCalls(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a finding about calls, numbers or texts is about. Numbers and people are pseudonyms.

    ``links`` are what campaigns have in common, each ``kind:value``
    (`detectors.calls.links.LINKS`).
    """

    number: Annotated[str | None, means("Pseudonym of the number.")] = None
    prefix: Annotated[str | None, means("Its first digits, seven at most.")] = None
    length: Annotated[int | None, means("How many digits it has.")] = None
    number_class: Annotated[str | None, means("Its class.")] = None
    role: Annotated[Role, means("What it is here.")] = "caller"
    calls: Annotated[tuple[str, ...], means("References of the calls, the newest last.")] = ()
    people: Annotated[tuple[str, ...], means("Pseudonyms of those who were called.")] = ()
    links: Annotated[tuple[str, ...], means("What it has in common with others.")] = ()
    spared: Annotated[
        bool, means("Whether the operator's list protects or trusts it: nothing is done to it.")
    ] = False
    spoken_with: Annotated[
        bool, means("Whether its calls end as honest ones do: what others do says nothing of it.")
    ] = False
    only_shown: Annotated[
        bool,
        means(
            "Whether it comes in from abroad and may be another's than the caller's: a line of"
            " home that the operator's list lacks; a mobile one of which nobody says where it is."
        ),
    ] = False


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One suspicious message. Times in ms since the epoch, levels in dBm, distances in metres.

    ``weight`` is the log-likelihood ratio (nats) of one device's such message: how much likelier
    near a rogue transmitter than in an honest network. ``cap`` bounds what any number of devices
    may add by the same detector, since they may share one innocent cause (a hole in the register).
    ``values`` holds what was found against what was expected, for the explanation. ``seen_on`` is
    the honest cell on which a phone reported the claimed identity, where that is another than the
    claimed one.
    """

    detector: Annotated[str, means("Name of the rule.")]
    version: Annotated[int, means("Version of the rule.")]
    family: Annotated[Family, means("What kind of evidence it is.")]
    ts: Annotated[int, means("Event time.", "ms")]
    rx_ts: Annotated[int, means("Arrival time.", "ms")]
    weight: Annotated[float, means("Log-likelihood ratio of one such message.", "nats")]
    cap: Annotated[float, means("The most that all devices together may add.", "nats")]
    space: Annotated[Space, means("Which pseudonyms `who` belongs to.")]
    who: Annotated[str, means("Pseudonym of the device or subscriber.")]
    claimed: Annotated[Identity | None, means("The identity that the finding is about.")] = None
    seen_on: Annotated[Identity | None, means("The honest cell that reported it.")] = None
    place: Annotated[Place | None, means("Where it was observed.")] = None
    signal_dbm: Annotated[float | None, means("Level of the cell.", "dBm")] = None
    timing_advance: Annotated[float | None, means("As reported, in steps.", "steps")] = None
    ta_step_m: Annotated[float | None, means("Length of a step where unusual.", "m")] = None
    values: Annotated[
        dict[str, str | int | float | None], means("What was found against what was expected.")
    ] = {}
    of_calls: Annotated[
        OfCalls | None, means("Of what is about calls and numbers: which these are.")
    ] = None
    source: Annotated[Source, means("The input record that it came from.")]

    @property
    def is_strong(self) -> bool:
        """Whether it points to a transmitter rather than to a hole in the register."""
        return self.weight >= STRONG_WEIGHT

    def digest(self) -> bytes:
        """Sixteen bytes that name the content, whoever reported it and whatever way it came."""
        content: tuple[object, ...] = _FINDING(self)
        return _digest(content if self.of_calls is None else (*content, self.of_calls))


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message that shows what is normal, for the half of a rule that judges by place.

    ``kind`` is the rule's own word for it; ``values`` what the rule needs to judge.
    """

    detector: str
    kind: str
    ts: int
    rx_ts: int
    space: Space
    who: str
    claimed: Identity | None = None
    place: Place | None = None
    signal_dbm: float | None = None
    timing_advance: float | None = None
    ta_step_m: float | None = None
    values: dict[str, str | int | float | None] = {}
    of_calls: OfCalls | None = None
    source: Source

    def digest(self) -> bytes:
        """As `Finding.digest`."""
        content: tuple[object, ...] = _OBSERVATION(self)
        return _digest(content if self.of_calls is None else (*content, self.of_calls))


def place_among_sent(record: Finding | Observation) -> tuple[int, int, str, int]:
    """The place of a finding or observation among all that came from its partition, in the order in
    which they are sent.

    It depends on the message and on one rule alone. When a message is screened again after a crash,
    another rule may say more or less of it than before: the register may have grown, and what is
    kept for longer than any rule's horizon begins anew.
    """
    source = record.source
    return source.offset, source.index, record.detector, source.part


#: What makes up the content of either.
_FINDING: Final = attrgetter(
    *("detector", "version", "ts", "rx_ts", "weight", "cap", "claimed", "seen_on", "place"),
    *("signal_dbm", "timing_advance", "values"),
)
_OBSERVATION: Final = attrgetter(
    *("detector", "kind", "ts", "rx_ts", "claimed", "place"),
    *("signal_dbm", "timing_advance", "values"),
)
_ENCODER = msgspec.json.Encoder(order="deterministic")


#: A number in a text field, such as an SMS's sender or a link, as the hasher leaves it.
_PSEUDONYM: Final = re.compile(b'([":])h-[0-9a-f]{24}"')


def _digest(content: tuple[object, ...]) -> bytes:
    encoded = _ENCODER.encode(content)
    if b'"h-' in encoded or b":h-" in encoded:
        encoded = _PSEUDONYM.sub(rb'\1h-"', encoded)
    return blake2b(encoded, digest_size=16).digest()
