"""Whether a broker grants all that a program needs, asked before it starts.

A consumer that may not read, or may not join its group, only waits, without a word.
"""

from typing import Any

from kafka.errors import GroupAuthorizationFailedError, KafkaError

from streams.kafka.security.acls import ROLES, acls_of
from streams.kafka.settings import KafkaSettings


def missing_rights(admin: Any, kafka: KafkaSettings, role_name: str) -> list[str]:
    """What a role needs and we may not do, such as "Write on fbs.alerts".

    Topics that are made already are no matter for Create. A group counts only where the broker
    refuses to speak of it: one that is new has no answer yet. Raises kafka's errors.
    """
    role = next(role for role in ROLES if role.name == role_name)
    needed = [acl for acl in acls_of(role, kafka, "") if acl.operation in ("Read", "Write")]
    topics = sorted({acl.name for acl in needed if acl.resource == "topic"})
    granted = {one["name"]: one["authorized_operations"] for one in admin.describe_topics(topics)}
    missing = []
    for acl in needed:
        if acl.resource == "topic":
            refused = acl.operation.upper() not in (granted.get(acl.name) or ())
        else:
            refused = acl.pattern == "literal" and _is_closed(admin, acl.name)
        if refused:
            missing.append(f"{acl.operation} on {acl.resource} {acl.name}")
    return missing


def _is_closed(admin: Any, group: str) -> bool:
    try:
        admin.describe_groups([group])
    except GroupAuthorizationFailedError:
        return True
    except KafkaError:
        return False
    return False
