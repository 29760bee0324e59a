"""Where the gateway may listen: beyond this computer only with tokens, and by TLS or in front of
nobody."""

from typing import Any

import pytest

from field.ingest.serve import check_door
from streams.config.ingest import PHONES, IngestSettings
from streams.config.settings import ConfigError
from streams.kafka.security.acls import ROLES


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"listen": "0.0.0.0:8341"}, "there are no tokens"),
        ({"listen": "0.0.0.0:8341", "allow_plain": True}, "there are no tokens"),
        ({"listen": "0.0.0.0:8341", "tokens": "x"}, "in plain text"),
        ({"tls_cert": "x"}, "ingest.tls_cert is set and ingest.tls_key is not"),
        ({"tls_cert": "/none", "tls_key": "/none"}, "ingest.tls_cert: /none can't be read"),
        ({"listen": "nowhere"}, "ingest.listen: 'nowhere' is no address"),
    ],
)
def test_what_is_refused_says_what_to_set(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as found:
        check_door(IngestSettings(**settings))
    assert says in str(found.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"listen": "[::1]:8341"},
        {"listen": "0.0.0.0:8341", "tokens": "x", "allow_plain": True},
    ],
)
def test_what_is_allowed(settings: dict[str, Any]) -> None:
    check_door(IngestSettings(**settings))


def test_its_kafka_user_may_write_what_it_takes_by_default_and_no_more() -> None:
    (role,) = (role for role in ROLES if role.name == "ingest")
    assert role.write == IngestSettings().topics == PHONES
    assert not role.create
    assert not role.groups
