"""Workers keep an installation's profile on Kafka; those that begin without a state take it up."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient

from detectors.context.zone_routing import CALLS
from detectors.profile.profile import Profile
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def exported(deployment: Deployment, path: Path) -> Profile:
    deployment.command("profile", "export", "--out", str(path), "--prefix", deployment.prefix)
    return msgspec.json.decode(path.read_bytes(), type=Profile)


def signs(deployment: Deployment) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in deployment.read("fbs.health")]


def learned_of(deployment: Deployment) -> set[str]:
    """The zones of which the newest sign of life says how far they have learned."""
    newest = signs(deployment)[-1:]
    return {one["zone"] for sign in newest for one in sign["learning"]}


@pytest.mark.nightly
def test_what_was_learned_outlives_the_state(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    # Often, so that it is written on the way too.
    deployment.settings["CELLHOUND__STREAMS__PROFILE_EVERY_S"] = "60"
    nothing = deployment.attempt("profile", "show", "--prefix", deployment.prefix)
    assert nothing.returncode == 1
    worker = deployment.start()
    empty = deployment.attempt("profile", "show", "--prefix", deployment.prefix)
    assert (empty.returncode, "is empty" in empty.stderr) == (1, True)
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    # The zone of calls is begun last, when what texts wait for is over.
    wait_until(lambda: CALLS in learned_of(deployment), "it says what it knows")
    assert worker.stop() == 0
    first = exported(deployment, tmp_path / "first.json")
    busiest = max(first.zones, key=lambda zone: zone.age.reports)
    assert busiest.age.minutes >= 10
    assert busiest.sites
    assert learned_of(deployment) == {zone.zone for zone in first.zones}
    shown = deployment.command("profile", "show", "--prefix", deployment.prefix).stdout
    assert f"zone {busiest.zone}: cold" in shown
    assert "not yet learned: where sites are" in shown

    # The state is lost: what was learned is not.
    states = deployment.name("fbs.correlators")
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        admin.delete_topics([states])
        wait_until(lambda: states not in admin.list_topics(), "the states are gone")
    finally:
        admin.close()
    second_worker = deployment.start()
    deployment.replay(quarter_hour.trace, "--late")
    deployment.wait_until_idle()
    assert second_worker.stop() == 0
    second = exported(deployment, tmp_path / "second.json")
    again = next(zone for zone in second.zones if zone.zone == busiest.zone)
    assert again.age.first_ms == busiest.age.first_ms
    assert again.age.reports > busiest.age.reports
    assert {site.lat for site in again.sites} == {site.lat for site in busiest.sites}


@pytest.mark.nightly
def test_a_profile_is_imported_into_another_installation(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    kept, back = tmp_path / "kept.json.gz", tmp_path / "back.json"
    deployment.command(
        *("detect", str(quarter_hour.trace), "--out", str(tmp_path / "out")),
        *("--profile-out", str(kept)),
    )
    done = deployment.command("profile", "import", str(kept), "--prefix", deployment.prefix)
    assert f"loaded into {deployment.prefix}fbs.profile" in done.stdout
    shown = deployment.command("profile", "show", str(kept)).stdout
    first = exported(deployment, back)
    assert shown == deployment.command("profile", "show", str(back)).stdout
    assert first.zones
    worker = deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    assert worker.stop() == 0
    taken = exported(deployment, back)
    ages = {zone.zone: zone.age for zone in taken.zones}
    assert all(ages[zone.zone].reports > zone.age.reports for zone in first.zones)


def test_a_bad_profile_is_refused_before_anything_is_loaded(
    deployment: Deployment, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "cellhound-profile", "version": 1, "zones": [{"zone": "a"}]}')
    done = deployment.attempt("profile", "import", str(bad), "--prefix", deployment.prefix)
    assert done.returncode == 2
    assert "zones[0].age: is missing" in done.stderr
    assert deployment.read("fbs.profile") == []
