"""The examples of producers: what each makes of its source's file, and that it would be taken."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cellhound import main
from tools.feeds import amf_events, android, mdt, mme_trace, sending, smsc_cdr
from tools.feeds.pseudonyms import pseudonym

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "feeds.md").read_text("utf-8")
EXAMPLES = {
    "mdt": (mdt, "mdt.jsonl", 3, {"without a serving cell": 1}),
    "mme_trace": (
        mme_trace,
        "mme-trace.xml",
        6,
        {"of other kinds, or before the cell was known": 1},
    ),
    "amf_events": (
        *(amf_events, "amf-events.jsonl", 3),
        {"before the cell was known": 1, "that are no procedure": 1},
    ),
    "smsc_cdr": (smsc_cdr, "smsc.csv", 2, {"that are no delivery, or failed": 2}),
    "android": (
        *(android, "cellinfo.jsonl", 3),
        {"with a made-up position": 1, "without an identity or a level": 1},
    ),
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEY", "a key for tests only")


def made(name: str) -> list[dict[str, Any]]:
    feed, file, _, _ = EXAMPLES[name]
    return list(feed.read(ROOT / "docs" / "feeds" / file, Counter()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_all_that_it_sends_would_be_taken_and_what_is_left_out_is_counted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed, file, count, left_out = EXAMPLES[name]
    monkeypatch.setattr(sys, "argv", [name, str(ROOT / "docs" / "feeds" / file)])
    sending.run(feed.TOPIC, feed.read)
    printed = capsys.readouterr()
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(left_out.items()))
    assert printed.err == f"{feed.TOPIC}: {count} messages; left out: {why}\n"
    messages = tmp_path / "messages.jsonl"
    messages.write_text(printed.out)
    done = CliRunner().invoke(main, ["check-message", feed.TOPIC, str(messages)])
    assert (
        done.output.splitlines()[-1]
        == f"{count} messages of {feed.TOPIC}: {count} accepted, 0 accepted in part, 0 dead letters"
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_identifier_leaves_it(name: str) -> None:
    file = ROOT / "docs" / "feeds" / EXAMPLES[name][1]
    bare = re.findall(r"46000\d{10}|[0-9a-f]{8}-[0-9a-f-]{27}|0001a[45]", file.read_text())
    text = json.dumps(made(name))
    assert bare
    assert [each for each in bare if each in text] == []


def test_pseudonyms_are_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    first = pseudonym("imsi-460001234567890")
    assert first == pseudonym("imsi-460001234567890") != pseudonym("imsi-460001234567891")
    assert re.fullmatch(r"p[0-9a-f]{24}", first)
    monkeypatch.setenv("FEED_KEY", "another key for tests")
    assert pseudonym("imsi-460001234567890") != first
    monkeypatch.setenv("FEED_KEY", "short")
    with pytest.raises(SystemExit, match="at least 16"):
        pseudonym("imsi-460001234567890")


def test_a_logged_measurement_is_where_and_how_strong_it_was() -> None:
    lte, nowhere, nr = made("mdt")
    assert lte["ts"] == 1748916000000  # 2025-06-03 02:00 UTC
    assert (lte["mcc"], lte["mnc"], lte["area"], lte["cell"]) == (460, 0, 0xFFFE, 100000001)
    assert (lte["lat"], lte["lon"]) == pytest.approx((30.6586, 104.0648), abs=1e-5)
    assert (lte["accuracy_m"], lte["position_source"], lte["speed_mps"]) == (11.4, "gnss", 10.0)
    assert (lte["signal_dbm"], lte["quality_db"]) == (-87.5, -10.75)
    neighbour = {"rat": "lte", "arfcn": 1300, "pci": 77, "signal_dbm": -96.5}
    assert lte["neighbours"] == [neighbour]
    assert "lat" not in nowhere
    assert (nr["area"], nr["cell"], nr["signal_dbm"]) == (4210, 5000000123, -90.5)
    assert nr["position_source"] == "network"
    assert lte["device"] == nowhere["device"] != nr["device"]


def test_a_request_and_its_answer_are_one_message() -> None:
    update, identity, _, security, service, rejected = made("mme_trace")
    assert update["procedure"] == "tracking_area_update"
    assert (update["update_type"], update["outcome"]) == ("combined", "accept")
    assert (update["old_area"], update["old_rat"], update["old_lai_area"]) == (4101, "lte", 9711)
    assert (update["area"], update["cell"]) == (identity["area"], identity["cell"])
    assert identity["identity_type"] == "imsi"
    assert (security["cipher"], security["integrity"]) == ("EEA2", "EIA2")
    # Nothing says how it ended.
    assert service.get("outcome") is None
    assert service["cell"] == 100000002
    assert (rejected["outcome"], rejected["cause"], rejected["old_area"]) == ("reject", 9, 65000)
    assert rejected["subscriber"] != update["subscriber"]


def test_states_of_the_amf_are_procedures_in_the_cell_that_it_named_last() -> None:
    first, served, gone = made("amf_events")
    assert [each["procedure"] for each in (first, served, gone)] == [
        *("registration", "service_request", "detach"),
    ]
    assert (first["cell"], served["cell"]) == (5000000123, 5000000124)
    assert (first["area"], first["rat"]) == (4210, "nr")


def test_a_delivery_has_its_cell_from_the_location_and_its_length_from_the_alphabet() -> None:
    bank, person = made("smsc_cdr")
    assert (bank["rat"], bank["area"], bank["cell"]) == ("lte", 4100, 100000001)
    assert (bank["length"], bank["sender"], bank["subscription_mcc"]) == (68, "95588", 460)
    assert (person["rat"], person["area"], person["cell"]) == ("gsm", 0x2611, 0x1A2B)
    assert person["length"] == 160


def test_a_network_code_of_three_digits_is_read() -> None:
    assert smsc_cdr._plmn(bytes.fromhex("130014")) == {"mcc": 310, "mnc": 410}
    assert smsc_cdr._plmn(bytes.fromhex("64f000")) == {"mcc": 460, "mnc": 0}


def test_a_scan_is_a_message_for_each_sim_with_what_else_was_received() -> None:
    lte, nr, gsm = made("android")
    assert lte["ts"] == 1748916001200 - 700
    assert (lte["signal_dbm"], lte["timing_advance"], lte.get("ta_step_m")) == (-87, 6, None)
    assert lte["neighbours"] == [{"rat": "lte", "arfcn": 1300, "pci": 77, "signal_dbm": -96}]
    assert (nr["timing_advance"], nr["ta_step_m"]) == (2, 299.79)
    assert (gsm["rat"], gsm["mnc"], gsm["pci"]) == ("gsm", 1, 23)
    assert lte["device"] == gsm["device"]
    assert (lte["position_source"], gsm["position_source"]) == ("gnss", "network")


def test_the_page_shows_each_program_with_a_file_that_is_there() -> None:
    shown = re.findall(r"python -m tools\.feeds\.(\w+) docs/feeds/([\w.-]+)", PAGE)
    assert set(shown) == {(name, file) for name, (_, file, _, _) in EXAMPLES.items()}


def test_the_page_names_every_field_that_is_sent() -> None:
    fields = {field for name in EXAMPLES for message in made(name) for field in message}
    # Of these the table has the whole.
    fields -= {"source", "speed_mps", "bearing_deg", "altitude_m", "subscription_mcc"}
    assert {field for field in fields if f"`{field}`" not in PAGE} == set()


def test_it_is_a_program_that_prints_what_it_sends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.feeds.smsc_cdr", "docs/feeds/smsc.csv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["smsc", "smsc"]
