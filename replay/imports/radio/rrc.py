"""LTE's RRC (TS 36.331), decoded by pycrate, as far as there are fields for it.

Broadcast: system information 1 (network, tracking area, cell, barring, band, what is scheduled) and
3 (hysteresis, own priority). Commands to the phone: the choice of the cipher, release with a
redirect, hand-over. Carried in them: NAS. pycrate is an extra (`captures`); without it messages are
counted as ``lte_rrc_without_pycrate``.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from replay.imports.nas import Area, NasMessage
from replay.imports.radio.information import Information

#: RRC is short: the longest reconfigurations have some hundred octets.
_MOST_BYTES: Final = 4096
_TYPES: Final = {
    "dl_ccch": "DL_CCCH_Message",
    "dl_dcch": "DL_DCCH_Message",
    "ul_ccch": "UL_CCCH_Message",
    "ul_dcch": "UL_DCCH_Message",
    "bcch_dl_sch": "BCCH_DL_SCH_Message",
}
_RATS: Final = {
    **{"eutra": "lte", "geran": "gsm", "utra-FDD": "umts", "utra-TDD": "umts", "utra": "umts"},
    **{"utra-TDD-r10": "umts", "nr-r15": "nr"},
}

#: A piece of what a message says: of the cell, a procedure, or NAS that it carries.
Piece = Information | NasMessage | bytes


def decode_rrc(channel: str, data: bytes) -> list[Piece] | str:
    """What a message says, or the reason why nothing; never raises."""
    module = _definitions()
    if module is None:
        return "lte_rrc_without_pycrate"
    if not data or len(data) > _MOST_BYTES:
        return "cut_off" if not data else "malformed"
    message = getattr(module, _TYPES[channel])
    try:
        message.from_uper(data)
        kind, value = message.get_val()["message"]
    except Exception:
        # pycrate raises whatever it runs into on malformed bits. One packet must not lose the rest.
        return "malformed"
    if kind != "c1":
        return "no_known_field"
    name, content = value
    read = _READERS.get(name)
    try:
        pieces = [] if read is None else read(content)
    except (KeyError, TypeError, ValueError, IndexError):
        return "no_known_field"  # an extension in place of what is known
    return pieces or "no_known_field"


@cache
def _definitions() -> Any:
    """The definitions of TS 36.331, a third of a second to load; ``None`` without pycrate."""
    try:
        from pycrate_asn1dir.RRCLTE import EUTRA_RRC_Definitions
    except ImportError:
        return None
    return EUTRA_RRC_Definitions


def _r8(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of the first release, which later ones extend."""
    found = content["criticalExtensions"]
    while isinstance(found, tuple):
        found = found[1]
    if not isinstance(found, dict):
        raise TypeError(found)
    return found


def _sib1(content: Mapping[str, Any]) -> list[Piece]:
    access = content["cellAccessRelatedInfo"]
    plmn = access["plmn-IdentityList"][0]["plmn-Identity"]
    if "mcc" not in plmn:
        return []
    mcc, mnc = (int("".join(map(str, plmn[name]))) for name in ("mcc", "mnc"))
    listed = sum(len(each["sib-MappingInfo"]) for each in content["schedulingInfoList"])
    broadcast = {
        "cell_barred": access["cellBarred"] == "barred",
        # Type 1 itself, and type 2, which the first message has without being listed.
        "sib_count": 2 + listed,
    }
    area = Area(mcc, mnc, access["trackingAreaCode"][0])
    cell, band = access["cellIdentity"][0], content["freqBandIndicator"]
    return [Information("lte", area, cell, broadcast, band)]


def _system_information(content: Mapping[str, Any]) -> list[Piece]:
    for name, block in _r8(content)["sib-TypeAndInfo"]:
        if name == "sib3":
            hysteresis = block["cellReselectionInfoCommon"]["q-Hyst"].removeprefix("dB")
            broadcast = {
                "reselect_hysteresis_db": int(hysteresis),
                "reselect_priority": block["cellReselectionServingFreqInfo"][
                    "cellReselectionPriority"
                ],
            }
            return [Information("lte", broadcast=broadcast)]
    return []


def _security_mode(content: Mapping[str, Any]) -> list[Piece]:
    chosen = _r8(content)["securityConfigSMC"]["securityAlgorithmConfig"]
    cipher, integrity = (
        chosen[name].split("-")[0].upper()
        for name in ("cipheringAlgorithm", "integrityProtAlgorithm")
    )
    return [NasMessage("security_mode", cipher=cipher, integrity=integrity)]


def _release(content: Mapping[str, Any]) -> list[Piece]:
    found = _r8(content).get("redirectedCarrierInfo")
    rat = _RATS.get(found[0]) if found else None
    return [NasMessage("redirect", target_rat=rat)] if rat else []


def _mobility(content: Mapping[str, Any]) -> list[Piece]:
    kind, purpose = _r8(content)["purpose"]
    if kind == "cellChangeOrder":
        rat: str | None = "gsm"
    else:
        rat = _RATS.get(purpose.get("targetRAT-Type", ""))
    return [NasMessage("handover", target_rat=rat)] if rat else []


def _reconfiguration(content: Mapping[str, Any]) -> list[Piece]:
    found = _r8(content)
    pieces: list[Piece] = list(found.get("dedicatedInfoNASList", ()))
    if mobility := found.get("mobilityControlInfo"):
        target = mobility["targetPhysCellId"]
        pieces.insert(0, NasMessage("handover", target_rat="lte", target_pci=target))
    return pieces


def _transfer(content: Mapping[str, Any]) -> list[Piece]:
    kind, data = _r8(content)["dedicatedInfoType"]
    return [data] if kind == "dedicatedInfoNAS" else []


def _set_up(content: Mapping[str, Any]) -> list[Piece]:
    return [_r8(content)["dedicatedInfoNAS"]]


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], list[Piece]]]] = {
    "systemInformationBlockType1": _sib1,
    "systemInformation": _system_information,
    "securityModeCommand": _security_mode,
    "rrcConnectionRelease": _release,
    "mobilityFromEUTRACommand": _mobility,
    "rrcConnectionReconfiguration": _reconfiguration,
    "dlInformationTransfer": _transfer,
    "ulInformationTransfer": _transfer,
    "rrcConnectionSetupComplete": _set_up,
    "rrcConnectionRequest": lambda _: [NasMessage(begins=True)],
}
