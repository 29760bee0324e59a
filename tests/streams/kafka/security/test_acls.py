"""The table of who may do what: complete, no wider than it must be, and the documentation's own."""

from pathlib import Path

import pytest

from streams.kafka.security.acls import ROLES, Role, acls_of, commands
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import INPUTS, LISTS, SPECS

PAGE = Path(__file__).parents[4] / "docs" / "kafka-security.md"
TOPICS = {spec.name for spec in SPECS}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_names_topics_of_ours(role: Role) -> None:
    assert {*role.read, *role.write, *role.sees} <= TOPICS
    assert len(set(role.read)) == len(role.read)
    assert len(set(role.write)) == len(role.write)


def test_every_topic_has_somebody_who_writes_and_somebody_who_reads_it() -> None:
    assert {topic for role in ROLES for topic in role.write} == TOPICS
    assert {topic for role in ROLES for topic in role.read} == TOPICS


def test_only_workers_write_alerts_and_make_topics() -> None:
    assert [role.name for role in ROLES if "fbs.alerts" in role.write] == ["worker"]
    # Of the nation's topics no worker is there to make them.
    assert [role.name for role in ROLES if role.create] == ["worker", "national"]


def test_of_victims_only_those_read_who_remind_them() -> None:
    assert [role.name for role in ROLES if "fraud.victims" in role.read] == ["reminders"]
    assert [role.name for role in ROLES if "fraud.victims" in role.write] == ["worker"]
    (reminders,) = [role for role in ROLES if role.name == "reminders"]
    assert {acl.name for acl in acls_of(reminders, KafkaSettings(), "User:x")} == {"fraud.victims"}


def test_a_source_can_write_its_own_topic_and_nothing_else() -> None:
    sources = [role for role in ROLES if role.does.startswith("sends ")]
    assert {topic for role in sources for topic in role.write} == {*INPUTS, *LISTS} - {
        "cell.register"
    }
    for role in sources:
        acls = list(acls_of(role, KafkaSettings(), "User:x"))
        assert {acl.operation for acl in acls} == {"Write"}
        assert {acl.name for acl in acls} == set(role.write)


def test_lines_name_prefix_group_and_principal() -> None:
    kafka = KafkaSettings(bootstrap="a:1,b:2", prefix="north-", group="hunters")
    lines = commands(kafka, "User:CN={role},O=x y", ["channels", "worker"])
    assert [line for line in lines if line.startswith("#")] == [
        "# worker: `cellhound worker`",
        "# channels: `cellhound notify run`",
    ]
    granting = [line for line in lines if not line.startswith("#")]
    assert all("'User:CN=" in line and " --bootstrap-server a:1,b:2 " in line for line in granting)
    assert granting[-1].endswith(
        "--allow-principal 'User:CN=channels,O=x y' --operation Read"
        " --resource-pattern-type prefixed --group north-cellhound-channel-"
    )
    assert any(line.endswith("--operation Read --group north-hunters") for line in granting)
    assert not [line for line in granting if "--topic fbs" in line or "--topic cell" in line]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_page_has_the_table(role: Role) -> None:
    assert row_of(role) in PAGE.read_text("utf-8").splitlines()


def row_of(role: Role) -> str:
    groups = ", ".join(
        f"{role.group_operation} `cellhound-channel-*`"
        if group.endswith("-")
        else f"{role.group_operation} `cellhound`"
        for group in role.groups
    )
    more = [
        "Describe on all" if role.sees else "",
        "Create on all" if role.create else "",
        "DescribeConfigs on all" if role.configs else "",
    ]
    cells = [
        f"`{role.name}`",
        role.does,
        ", ".join(f"`{topic}`" for topic in role.read),
        ", ".join(f"`{topic}`" for topic in role.write),
        ", ".join(filter(None, more)),
        groups,
    ]
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"
