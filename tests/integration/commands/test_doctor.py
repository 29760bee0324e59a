"""The doctor on a real Kafka: it sees what is there, and makes nothing."""

import json

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.conftest import free_port
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def _examined(
    deployment: Deployment, own_process: bool = False
) -> tuple[int, dict[str, dict[str, str]]]:
    """Exit code, and the checks by name."""
    words = ("doctor", "--json", "--prefix", deployment.prefix)
    done = deployment.attempt(*words, own_process=own_process)
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer["ok"] == (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in answer["checks"]}


def _knows_groups(deployment: Deployment) -> bool:
    """A new broker makes its topic of groups when it is first asked for one, and says no till then.

    That the doctor reports as what it is, a failure.
    """
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        admin.list_group_offsets({deployment.name("cellhound"): None})
    except KafkaError:
        return False
    finally:
        admin.close()
    return True


@pytest.mark.nightly
def test_a_worker_at_work_is_seen(deployment: Deployment, quarter_hour: Known) -> None:
    # Where nobody else listens.
    deployment.settings["CELLHOUND__CONSOLE__LISTEN"] = f"127.0.0.1:{free_port()}"
    deployment.load_register(quarter_hour.trace)
    wait_until(lambda: _knows_groups(deployment), "the broker can be asked for groups")
    _, before = _examined(deployment)
    assert before["topics"]["state"] == before["topics.partitions"]["state"] == "ok"
    assert before["topics.retention"]["state"] == "ok"
    assert before["workers"]["state"] == "fail"
    assert before["lag.workers"]["state"] == "warn", before["lag.workers"]
    assert before["register"]["state"] == "ok"

    worker = deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    code, found = _examined(deployment)
    print(json.dumps(found, indent=2))
    assert code == 0, found
    assert found["lag.workers"]["state"] == "ok"
    assert "1 members, 0 records" in found["lag.workers"]["seen"]
    assert found["workers"]["state"] == "ok"
    assert "1 at work" in found["workers"]["seen"]
    assert found["clock"]["state"] == "ok"
    assert found["register.datum"]["state"] in ("ok", "skipped")

    assert worker.stop() == 0
    code, after = _examined(deployment)
    assert after["lag.workers"]["state"] == "warn"
    assert "0 members" in after["lag.workers"]["seen"]
    assert list(after) == list(found), "the order of checks is always the same"


def test_missing_topics_are_reported_and_not_made(deployment: Deployment) -> None:
    deployment.prefix += "absent-"
    code, found = _examined(deployment, own_process=True)
    assert code == 1
    assert found["topics"]["state"] == "fail"
    assert found["workers"]["state"] == "skipped"
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        assert not [name for name in admin.list_topics() if name.startswith(deployment.prefix)]
    finally:
        admin.close()
