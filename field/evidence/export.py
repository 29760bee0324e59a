"""Makes the evidence bundle of an alert, from the topics alone.

The only clock is here: what the bundle holds is decided by the topics, when it was made by the
caller's moment.
"""

import getpass
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from field.alerts.life_cycle import Action, new_id
from field.evidence.bundle import build
from field.evidence.gathering import Gathered, gathered, revisions_of
from field.evidence.matching import Matching, criterion
from field.evidence.report import report
from field.evidence.signing import Signer
from streams.config.settings import Settings
from streams.decode.topic_reader import Topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.refusals import refusal
from streams.kafka.topics import topic_name
from streams.privacy.hasher import Hasher
from streams.privacy.masking import masked
from streams.privacy.secret_file import write_private
from streams.signed.keys import NOBODY, PublicKeys

#: The packages that what was found may depend on.
_PACKAGES: Final = (
    "faust-streaming",
    "kafka-python",
    "msgspec",
    "numpy",
    "pyarrow",
    "scipy",
    "shapely",
)
#: How long the audit trail may take to be written.
_AUDIT_S: Final = 10.0


def export(
    settings: Settings,
    hasher: Hasher,
    alert_id: str,
    out: Path,
    seal: Callable[[Action], bytes] | None = None,
    consoles: PublicKeys = NOBODY,
    stamp: Callable[[bytes], bytes] | None = None,
) -> str:
    """Writes the bundle of an alert to ``out``, for its user alone; what it holds, in a sentence.
    ``stamp`` gives the time stamp of its manifest; without it there is none.

    The export, as ``seal`` makes a record of it, is in the audit trail before the bundle is made.
    Where that can't be (without a console's key nobody vouches for a record; a mirror may only be
    read), a line on standard error reports it, and the bundle is made all the same: who reads the
    topics by other means leaves no trace either. ``consoles`` are those whose records are kept as
    they came.

    Raises `field.evidence.gathering.NoSuchAlert`, `field.evidence.signing.SigningKeyError`,
    `streams.kafka.make_topics.KafkaUnavailable`.
    """
    now_ms, user = int(time.time() * 1000), _user()
    action = Action(
        action_id=new_id(),
        ts=now_ms,
        action="export",
        # No account has a blank in its name: nobody's own deeds are mistaken for these.
        by=f"command line {hasher.scrub_text(user)}",
        role="admin",
        alert_id=alert_id,
    )
    audited = partial(_audit, settings, action, seal)
    made, found = bundle_of(settings, hasher, alert_id, now_ms, user, consoles, audited, stamp)
    write_private(out, made)
    messages = sum(map(len, found.messages.values()))
    missing = f", {len(found.missing)} messages are missing" if found.missing else ""
    return (
        f"{out}: {len(found.revisions)} revisions, {len(found.findings)} findings, {messages} input"
        f" messages{missing}; {len(made)} bytes, sha256 {sha256(made).hexdigest()}"
    )


def bundle_of(
    settings: Settings,
    hasher: Hasher,
    alert_id: str,
    now_ms: int,
    by: str,
    consoles: PublicKeys,
    audited: Callable[[], None] = lambda: None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> tuple[bytes, Gathered]:
    """The bundle's bytes, and what went into it; errors as of `export`, and those of ``stamp``.

    ``audited`` is called once it is known that there is such an alert.
    """
    signer = Signer.of(settings.evidence.signing_key, os.environ)
    kafka = settings.kafka
    with Topics(kafka) as topics:
        revisions = revisions_of(topics, alert_id)
        audited()
        matching = Matching(revisions[-1], settings.evidence)
        found = gathered(topics, hasher, revisions, matching, consoles)
    software = f"cellhound {_version('cellhound')}"
    files = files_of(found, settings, now_ms, by, software)
    made = build(
        files,
        alert_id=alert_id,
        revision=revisions[-1].revision,
        created_ms=now_ms,
        by=by,
        software=software,
        signer=signer,
        stamp=stamp,
    )
    return made, found


def files_of(
    found: Gathered, settings: Settings, created_ms: int, by: str, software: str
) -> dict[str, bytes]:
    """The bundle's files but for its manifest."""
    alert = found.revisions[-1]
    config = _pretty(masked(msgspec.to_builtins(settings)))
    files = {
        "alert.json": _pretty(alert),
        "revisions.jsonl": _lines(found.revisions),
        "actions.jsonl": _lines(found.actions),
        "feedback.jsonl": _lines(found.feedback),
        "findings.jsonl": _lines(found.findings),
        "criterion.txt": f"{criterion(settings.evidence)}\n".encode(),
        "raw/missing.jsonl": _lines(found.missing),
        "rules.json": _pretty(_rules(settings)),
        "config.json": config,
        "config.sha256": f"{sha256(config).hexdigest()}  config.json\n".encode(),
        "versions.json": _pretty(_versions()),
        "report.txt": report(found, created_ms, by, software).encode(),
    }
    return files | {
        f"raw/{topic}.jsonl": _lines(messages) for topic, messages in found.messages.items()
    }


def _audit(settings: Settings, action: Action, seal: Callable[[Action], bytes] | None) -> None:
    kafka = settings.kafka
    if seal is None:
        _report_no_audit("no console's key is here to sign it with")
        return
    name = topic_name(kafka.prefix, "fbs.actions")
    try:
        producer = KafkaProducer(**kafka_python_options(kafka), acks="all")
        try:
            value, key = seal(action), action.alert_id.encode()
            producer.send(name, value, key).get(timeout=_AUDIT_S)
        finally:
            producer.close(timeout=_AUDIT_S)
    except KafkaError as error:
        _report_no_audit(refusal(error, kafka))


def _report_no_audit(why: str) -> None:
    print(f"cellhound: this export is not in the audit trail ({why})", file=sys.stderr)


def _rules(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "name": rule.name,
            "version": rule.version,
            "parameters": msgspec.to_builtins(rule),
        }
        for rule in settings.rules
        if rule.enabled
    ]


def _versions() -> dict[str, Any]:
    return {
        "cellhound": _version("cellhound"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # A user without a name, as in some containers.
        return "command line"


def _pretty(content: Any) -> bytes:
    return (
        msgspec.json.format(msgspec.json.encode(content, order="deterministic"), indent=2) + b"\n"
    )


def _lines(records: Iterable[Any]) -> bytes:
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)
