"""What each program may do on a broker that asks: one table, and the commands made of it.

Kafka lets whoever may read or write a topic also see that it is there. Our own programs look at all
topics when they start, so each of them may see all; only workers make those that are missing.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import BETWEEN, INPUTS, LISTS, SPECS

Resource = Literal["topic", "group"]
Pattern = Literal["literal", "prefixed"]
Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs"]

_ALL: Final = tuple(spec.name for spec in SPECS)
_REGISTER: Final = "cell.register"
_EVIDENCE: Final = (*INPUTS, "fbs.evidence", "fbs.alerts", "fbs.actions")
#: Stands for the group of `kafka.group`.
_WORKERS: Final = "WORKERS"
_UP: Final = ("rollup.windows", "rollup.campaigns", "rollup.reputation")
_NATIONAL: Final = ("national.windows", "national.campaigns", "national.reputation")
_CHANNELS: Final = "cellhound-channel-"


@dataclass(frozen=True)
class Role:
    """A program or a source of messages. Topics and groups by plain name; groups that end in a dash
    are all that begin so."""

    name: str
    does: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    sees: tuple[str, ...] = _ALL
    create: bool = False
    configs: bool = False
    groups: tuple[str, ...] = ()
    group_operation: Operation = "Read"


def _listed(topics: tuple[str, ...]) -> str:
    *most, last = topics
    return f"{', '.join(most)} and {last}" if most else last


#: Each input has a source of its own, which can write there and nowhere else.
_SOURCES: Final = {
    "phones": ("cell.measurements", "device.signalling", "device.sms"),
    "core": ("cell.signalling",),
    "sms": ("sms.metadata",),
    "calls": ("call.signalling",),
    "numbers": ("number.register",),
    "subscribers": ("subscriber.changes",),
    "reports": ("public.reports", "number.reputation"),
    "operations": ("network.changes",),
    "teams": ("field.measurements", "field.feedback"),
}

ROLES: Final = (
    Role(
        "worker",
        "`cellhound worker`",
        read=(
            *(*INPUTS, *LISTS),
            *("fbs.evidence", "fbs.census", "fbs.correlators", "fbs.profile", "fbs.health"),
            "fbs.guard",
        ),
        write=(
            *("fbs.evidence", "fbs.census", "fbs.correlators", "fbs.profile", "fbs.register"),
            *("fbs.alerts", "dead.letters", "fbs.health", "fbs.guard"),
            *("fraud.victims", "fraud.actions", "number.reputation"),
        ),
        create=True,
        groups=(_WORKERS,),
    ),
    Role(
        "console",
        "`cellhound console`; it is also `channels` where it sends by some",
        read=(*_EVIDENCE, *LISTS, "fbs.register", "fbs.deliveries", "fbs.health"),
        write=("fbs.actions", "fraud.actions", "field.feedback", "field.measurements"),
    ),
    Role(
        "channels",
        "`cellhound notify run`",
        read=("fbs.alerts", "fbs.deliveries"),
        write=("fbs.deliveries",),
        groups=(_CHANNELS,),
    ),
    *(
        Role(name, f"sends {_listed(topics)}", write=topics, sees=())
        for name, topics in _SOURCES.items()
    ),
    Role(
        "ingest",
        "`cellhound ingest`, for what phones send",
        read=("fbs.health",),
        write=_SOURCES["phones"],
    ),
    Role(
        "reminders",
        "reminds victims; it is also `console` where `console.guardians` names somebody",
        ("fraud.victims",),
        sees=(),
    ),
    Role("traceback", "`cellhound calls trace`", ("call.signalling",)),
    Role("acting", "carries out what is proposed, or asks a person", ("fraud.actions",), sees=()),
    Role(
        "rollup",
        "`cellhound rollup export`, in a province; it also reads the nation's mirrored topic",
        read=("fbs.alerts", "number.reputation", *_UP),
        write=(*_UP, "number.reputation"),
    ),
    Role(
        "national",
        "`cellhound rollup national`, which also reads the provinces' mirrored topics",
        read=_NATIONAL,
        write=_NATIONAL,
        create=True,
    ),
    Role(
        "mirror",
        "MirrorMaker 2, which also needs rights on the topics that it makes",
        read=(*_UP, "national.reputation"),
        configs=True,
    ),
    Role("register", "`cellhound register import`", write=(_REGISTER,)),
    Role("number-list", "`cellhound numbers import`", write=("number.register",)),
    Role("replay", "`cellhound replay`", read=INPUTS, write=(*INPUTS, *LISTS)),
    Role("record", "`cellhound record`", read=(*INPUTS, *LISTS, "fbs.guard")),
    Role("audit", "`cellhound register audit`", read=("fbs.census", _REGISTER, "fbs.guard")),
    Role(
        "evidence",
        "`cellhound evidence export`",
        read=(*_EVIDENCE, "fbs.guard"),
        write=("fbs.actions",),
    ),
    Role(
        "profile",
        "`cellhound profile export`, `import`, `show`",
        read=("fbs.profile",),
        write=("fbs.profile",),
    ),
    Role(
        "state",
        "`cellhound state show`, `reset`",
        read=("fbs.correlators",),
        write=("fbs.correlators",),
        groups=(_WORKERS,),
        group_operation="Describe",
    ),
    Role(
        "account",
        "`cellhound account`",
        read=(*INPUTS, *LISTS, "dead.letters", "fbs.correlators", "fbs.health", "fbs.guard"),
        groups=(_WORKERS,),
        group_operation="Describe",
    ),
    Role(
        "doctor",
        "`cellhound doctor`",
        read=(
            *(*INPUTS, *BETWEEN, "fbs.correlators", _REGISTER),
            *("fbs.alerts", "fbs.actions", "fbs.health", "dead.letters", "fbs.guard"),
        ),
        configs=True,
        groups=(_WORKERS, _CHANNELS),
        group_operation="Describe",
    ),
)


class Acl(NamedTuple):
    """One permission, as the cluster knows it."""

    principal: str
    resource: Resource
    name: str
    pattern: Pattern
    operation: Operation


def acls_of(role: Role, kafka: KafkaSettings, principal: str) -> Iterator[Acl]:
    """All that a principal needs in a role, on topics and groups of the settings' prefix."""
    asked: tuple[tuple[Operation, tuple[str, ...]], ...] = (
        ("Read", role.read),
        ("Write", role.write),
        ("Describe", tuple(one for one in role.sees if one not in (*role.read, *role.write))),
        ("Create", _ALL if role.create else ()),
        ("DescribeConfigs", _ALL if role.configs else ()),
    )
    for operation, topics in asked:
        for topic in topics:
            yield Acl(principal, "topic", kafka.name_of(topic), "literal", operation)
    for group in role.groups:
        pattern: Pattern = "prefixed" if group.endswith("-") else "literal"
        name = kafka.name_of(kafka.group if group == _WORKERS else group)
        yield Acl(principal, "group", name, pattern, role.group_operation)


def commands(kafka: KafkaSettings, principal: str, names: Iterable[str] = ()) -> list[str]:
    """Lines for a shell that give each role what it needs; those of some ``names``, else all.

    ``principal`` is a principal's name with ``{role}`` in it.
    """
    lines = []
    wanted = set(names)
    for role in ROLES:
        if wanted and role.name not in wanted:
            continue
        lines.append(f"# {role.name}: {role.does}")
        together: dict[tuple[str, str, str, str], list[str]] = {}
        for acl in acls_of(role, kafka, principal.replace("{role}", role.name)):
            kind = (acl.principal, acl.resource, acl.pattern, acl.operation)
            together.setdefault(kind, []).append(acl.name)
        lines += [_line(kafka, *kind, names=tuple(same)) for kind, same in together.items()]
    return lines


def _line(
    kafka: KafkaSettings,
    principal: str,
    resource: str,
    pattern: str,
    operation: str,
    names: tuple[str, ...],
) -> str:
    words = ["kafka-acls.sh", "--bootstrap-server", ",".join(kafka.servers)]
    words += ["--command-config", "admin.properties", "--add", "--allow-principal", principal]
    words += ["--operation", operation]
    words += ["--resource-pattern-type", pattern] if pattern == "prefixed" else []
    words += [word for name in names for word in (f"--{resource}", name)]
    return shlex.join(words)
