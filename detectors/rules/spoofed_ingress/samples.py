"""Calls on which `spoofed_ingress` fires, and calls on which it stays silent."""

from detectors.model.codes import INTERCONNECT, INTERNATIONAL, ROAMING_CHECKS, code_of
from detectors.model.columns import Batch
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town

HOME, ABROAD, DETACHED, NOWHERE, UNASKED = (
    code_of(text, ROAMING_CHECKS) for text in ROAMING_CHECKS
)
FROM_ABROAD: Row = {"ingress": INTERNATIONAL, "trunk": "gateway-01", "number_class": 0}
LINE: Row = {**FROM_ABROAD, "caller_prefix": 8610620, "caller_length": 12.0}
BANK: Row = {**FROM_ABROAD, "caller_prefix": 8695588, "caller_length": 7.0}
SHARED: Row = {**FROM_ABROAD, "caller_prefix": 8640012, "caller_length": 12.0}
MOBILE: Row = {**FROM_ABROAD, "roaming_check": HOME}
_PIECE: Row = {"number_class": 0, "ingress": INTERCONNECT, "trunk": "carrier-b"}
#: A number that never calls, and one that may only call by its own trunk.
SILENT: Row = {**_PIECE, "caller_prefix": 8612599, "caller_length": 7.0}
PROTECTED: Row = {**_PIECE, "caller": "d-bank", "caller_prefix": 8610620, "caller_length": 12.0}


def register(make: Town) -> Register:
    """The town's, and a list with a bank's line, voice mail, and a centre abroad."""
    rows: tuple[Row, ...] = (
        {"number": "d-bank", "protected": True, "rights": ("pbx-1",)},
        {"prefix": "12599", "length": 5, "number_class": "short", "do_not_originate": True},
        {"number": "d-centre", "number_class": "fixed", "rights": ("gateway-01",)},
        {"number": "d-trusted", "number_class": "fixed", "trusted": True},
    )
    known = make.register()
    source = Source("number.register", 0, 0, -1)
    listed = [NumberRow(rx_ts=make.t0_ms, source=source, **row) for row in rows]
    return known.with_numbers(known.numbers.updated(listed))


def fires(make: Town) -> list[Batch]:
    """Each way once; a mobile number twice, and once more after its phone was abroad after all."""
    twice = [{**MOBILE, "caller": "d-1", "at_s": 20.0 + n, "call_ref": f"two-{n}"} for n in (0, 1)]
    nobodys, unasked = ({**MOBILE, "roaming_check": one} for one in (NOWHERE, UNASKED))
    failed = {**unasked, "verstat": "TN-Validation-Failed"}
    others = [{**row, "at_s": 30.0 + n} for n, row in enumerate((nobodys, unasked, failed))]
    return [make.calls(LINE, BANK, SHARED, SILENT, PROTECTED, *twice, *others)]


def silent(make: Town) -> list[Batch]:
    """Calls at home, a roamer, a foreigner, and a bank by its own trunk."""
    british = {**FROM_ABROAD, "caller_prefix": 4474005, "caller_length": 12.0}
    own = {**PROTECTED, "trunk": "pbx-1"}
    return [make.calls({}, {**MOBILE, "roaming_check": ABROAD}, british, own, {"caller": None})]


def _diverted(make: Town) -> list[Batch]:
    by = {"redirecting": "d-9", "redirecting_prefix": 8613912, "redirecting_digits": 7}
    return [make.calls({**LINE, **by, "redirecting_length": 13.0})]


def _registered(make: Town) -> list[Batch]:
    return [make.calls({**LINE, "caller": "d-centre"}, {**LINE, "caller": "d-trusted"})]


def _wrong_answer(make: Town) -> list[Batch]:
    answers = [{**MOBILE, "caller": "d-1", "roaming_check": each} for each in (ABROAD, HOME)]
    return [make.calls(*({**row, "call_ref": f"r-{n}"} for n, row in enumerate(answers)))]


def _lone_failure(make: Town) -> list[Batch]:
    return [make.calls({"ingress": INTERCONNECT, "verstat": "TN-Validation-Failed"})]


EXCUSED = {
    "excuse_diverted": _diverted,
    "excuse_registered": _registered,
    "excuse_wrong_answer": _wrong_answer,
    "excuse_lone_failure": _lone_failure,
}
