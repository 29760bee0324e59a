"""Which verdicts count: who vouches for one, and whether somebody of that role may give it."""

from collections.abc import Mapping
from typing import Any, Final

from detectors.alert.rights import may_give
from streams.decode.raw_rows import Fault
from streams.signed.seals import voucher
from streams.signed.trust import Trust

TOPIC: Final = "field.feedback"
#: As whom somebody counts who names no role.
_USUAL: Final = "field"
_UNSIGNED: Final = {
    "unsigned": "no console signed it",
    "unknown_key": "the key that signed it is not among those that are believed",
}


def vouched_role(
    content: Mapping[str, Any], values: Mapping[str, Any], trust: Trust
) -> str | Fault | None:
    """The role behind a verdict where a console that is believed vouches for it, else ``None``; a
    `Fault` for a verdict that counts nowhere. ``values`` are its fields as read.

    A role that nobody vouches for is only a claim: it is held to the table of rights too, but gives
    nobody more than a field team has.
    """
    by = voucher(content, TOPIC, trust.believed())
    if by == "forged":
        return Fault("bad_seal", "its seal does not fit: it was changed, or somebody forged it")
    if by != "signed" and trust.only_signed:
        return Fault("not_signed", f"{_UNSIGNED[by]}, and only signed ones count")
    role, verdict = values.get("role") or _USUAL, values.get("verdict")
    withdrawn = values.get("withdrawn") is True
    if verdict is not None and not may_give(role, verdict, withdrawn):
        what = "take a verdict back" if withdrawn else f"give the verdict {verdict}"
        return Fault("not_allowed", f"the role {role} may not {what}")
    return role if by == "signed" else None
