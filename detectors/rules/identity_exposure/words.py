"""How `identity_exposure` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values

_EXPOSURES: Final = {
    "mac_failure": "{who} refused the authentication of {claimed}",
    "identity_request": "{who} had to name the subscriber to {claimed}",
    "reject": "{who} were turned away by {claimed}",
    "detach": "{who} were sent away by {claimed}",
    "authentication_reject": "{who} were refused as unknown by {claimed}",
}
_EXPOSURES_ZH: Final = {
    "mac_failure": "{who}拒绝了{claimed}的鉴权",
    "identity_request": "{who}被{claimed}索要用户身份",
    "reject": "{who}被{claimed}拒绝接入",
    "detach": "{who}被{claimed}强制分离",
    "authentication_reject": "{who}被{claimed}当作无效用户拒绝",
}


def _english(who: str, claimed: str, values: Values) -> str:
    if values.get("kind") == "ratio":
        share = float(values.get("share") or 0.0)
        return f"{who} had to identify themselves on {claimed}, as {share:.0%} of all there did"
    exposed = _EXPOSURES.get(str(values.get("reason")), "{who} gave itself away to {claimed}")
    return exposed.format(who=who, claimed=claimed) + ", which did not prove to be of the network"


def _chinese(who: str, claimed: str, values: Values) -> str:
    if values.get("kind") == "ratio":
        share = float(values.get("share") or 0.0)
        return f"{who}在{claimed}上不得不表明身份，该处全部手机中有 {share:.0%} 如此"
    exposed = _EXPOSURES_ZH.get(str(values.get("reason")), "{who}向{claimed}暴露了身份")
    return exposed.format(who=who, claimed=claimed) + "，而后者未能证明自己属于该网络"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Asks for identities",
        name="identity exposure",
        sentence=_english,
        values={
            "kind": "kind",
            "share": "share",
            "cause": "cause",
        },
        terms={"reason": _EXPOSURES},
    ),
    "zh": RuleWords(
        title="索取身份",
        name="用户身份暴露",
        sentence=_chinese,
        values={
            "kind": "类型",
            "share": "占比",
            "cause": "原因码",
        },
        terms={"reason": _EXPOSURES_ZH},
    ),
}
