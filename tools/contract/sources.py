"""Which system of an operator gives which topic: a table for `docs/messages.md`."""

from typing import Final, NamedTuple


class System(NamedTuple):
    """One kind of system: what it records by which specification, and what of it is used."""

    system: str
    topic: str
    fields: str
    specification: str


SYSTEMS: Final = (
    System(
        "MME",
        "cell.signalling",
        "`source` core; attach, detach, tracking area update, service request, authentication, "
        "security mode, identity request; `old_*` from the old GUTI and TAI, `old_lai_area` of a "
        "combined update, `cause`, `csfb`, `cipher`, `integrity`; the cell (TAI, ECGI) from S1AP",
        "NAS: TS 24.301; S1AP: TS 36.413; fallback over SGs: TS 29.118; trace records: TS 32.423",
    ),
    System(
        "AMF",
        "cell.signalling",
        "`source` core; `registration` and the other procedures of 5GS, `old_*` from the 5G-GUTI "
        "and the last visited TAI, `identity_type` suci; the cell (TAI, NR CGI) from NGAP",
        "NAS: TS 24.501; NGAP: TS 38.413; trace records: TS 32.423",
    ),
    System(
        "MSC, VLR",
        "cell.signalling",
        "`source` core; `location_update` with `old_*` from the old LAI, `update_type`, `cause`, "
        "`identity_request`, authentication, `cipher`",
        "TS 24.008 (4.4 and 10.5); A interface: TS 48.008; Iu: TS 25.413",
    ),
    System(
        "SGSN",
        "cell.signalling",
        "`source` core; `routing_area_update`, attach, detach, with `old_*` from the old RAI, "
        "`cause`, `cipher`",
        "TS 24.008 (4.7 and 10.5); Gb: TS 48.018; Iu: TS 25.413",
    ),
    System(
        "Base stations (eNodeB, gNodeB)",
        "cell.signalling",
        "`source` ran; `handover` that failed or never began with `target_cell`, `target_pci`; "
        "reports of the cell identity behind a code (ANR)",
        "S1AP: TS 36.413; X2AP: TS 36.423; NGAP: TS 38.413; XnAP: TS 38.423; "
        "ANR: TS 36.300 22.3.2a",
    ),
    System(
        "Trace collection entity (MDT, subscriber and equipment trace)",
        "cell.measurements",
        "serving cell and `neighbours` with levels and quality, `timing_advance`; `lat`, `lon` "
        "where the phone gave its position with the measurement",
        "MDT: TS 37.320; trace: TS 32.421, TS 32.422, TS 32.423; reports: TS 36.331, TS 38.331",
    ),
    System(
        "Measurement reports of base stations, without a position",
        "cell.measurements",
        "`rat`, identity, `arfcn`, `pci`, `signal_dbm`, `neighbours`; no `lat`, `lon`: they count "
        "for identity, not for place",
        "TS 44.018 (gsm), TS 25.331 (umts), TS 36.331 (lte), TS 38.331 (nr)",
    ),
    System(
        "RAN counters",
        "none",
        "sums over a cell and a quarter of an hour name no phone and no second: not used",
        "TS 32.425 (lte), TS 28.552 (nr)",
    ),
    System(
        "SMSC, home router, IP-SM-GW, delivery records of the MSC",
        "sms.metadata",
        "`source` smsc; `sender`, `smsc`, `length`, `parts`, `content_hash`, `sent_ts`, "
        "`message_ref`; the serving cell where the delivery record has it",
        "TS 23.040; MAP: TS 29.002; IP-SM-GW: TS 23.204; records: TS 32.250, TS 32.274",
    ),
    System(
        "MSC, gateway MSC, international gateway",
        "call.signalling",
        "`point` msc, gmsc, igw; `caller` with `caller_nai`, `presentation`, `screening`, "
        "`callee`, `redirecting`, `presented` (generic number), `trunk`, `cause`, times; `sim`, "
        "`terminal` and the cell where the caller is a subscriber",
        "ISUP: Q.763, Q.764; causes: Q.850; records: TS 32.250, TS 32.298",
    ),
    System(
        "IMS: MGCF, IBCF, telephony application server",
        "call.signalling",
        "`point` mgcf, ibcf, tas; `call_ref` from the charging identity, `presented` (From), "
        "`asserted`, `redirecting` (Diversion, History-Info), `verstat`, `attestation`",
        "SIP in IMS: TS 24.229; RFC 3325, RFC 8224, RFC 8588; records: TS 32.260, TS 32.298",
    ),
    System(
        "Phone app of the crowd",
        "cell.measurements",
        "what the operating system shows: identity, `arfcn`, `pci`, `signal_dbm`, `quality_db`, "
        "`timing_advance` with `ta_step_m` (NR on Android: microseconds), position, movement",
        "levels: TS 45.008, TS 25.215, TS 36.214, TS 38.215",
    ),
    System(
        "Phone app of the crowd",
        "device.sms or sms.metadata",
        "`source` device: `sender`, `content_hash`, `has_url`, `url_domain`, the cell and place of "
        "receipt; `source` complaint: what a person reports afterwards",
        "TS 23.040",
    ),
    System(
        "Probe on a diagnostic port",
        "device.signalling or cell.signalling",
        "`source` device: the dialogue inside a rogue cell: `identity_request`, rejects with "
        "`cause`, `security_mode` with `cipher` and `integrity`, `redirect`",
        "TS 24.008, TS 24.301, TS 24.501; redirects: TS 36.331, TS 38.331",
    ),
    System(
        "Probe on a diagnostic port",
        "cell.measurements",
        "`broadcast` from decoded system information",
        "TS 44.018 (gsm), TS 36.331 (lte), TS 38.331 (nr)",
    ),
    System(
        "Drive tests",
        "cell.measurements",
        "as of a probe, with `position_source` gnss and exact `lat`, `lon`",
        "levels as above",
    ),
    System(
        "Instruments of field teams, fixed sensors",
        "field.measurements",
        "levels by `arfcn`, `bearing_to_deg` with `bearing_sigma_deg`; no identity needed",
        "none",
    ),
    System(
        "Inventory of the network",
        "cell.register",
        "all of it; `valid_from` and `valid_to` from the plan of changes",
        "identities: TS 23.003; resource models: TS 28.658 (lte), TS 28.541 (nr)",
    ),
    System(
        "Change management",
        "network.changes",
        "all of it",
        "none",
    ),
    System(
        "Number administration, routing databases",
        "number.register",
        "ranges and single numbers: `class`, `carrier`, `rights` by trunk, `protected`, "
        "`do_not_originate`",
        "E.164; E.212",
    ),
    System(
        "Subscriber administration, HLR, HSS",
        "subscriber.changes",
        "`kind`, `outlet`: replaced SIMs, forwarding, secondary numbers, activation",
        "MAP: TS 29.002; forwarding: TS 22.082",
    ),
    System(
        "Complaints centre, app makers, police, banks",
        "public.reports, number.reputation",
        "`number`, `url_domain` or `content_hash`, `category`, `case_ref`; marks with a `count`",
        "none",
    ),
    System(
        "Console, or the teams' own system",
        "field.feedback",
        "all of it",
        "none",
    ),
)
