"""No secret of the settings is shown."""

import pytest

from streams.privacy.masking import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://bots.example/cgi-bin/send?key=77f1", "https://bots.example/***"),
        ("mqtts://van:pw@mq.example:8883", "mqtts://***@mq.example:8883"),
        ("tcp://[2001:db8::1]:8087", "tcp://[2001:db8::1]:8087"),
        ("https://host:port/x", "***"),
    ],
)
def test_a_channels_address_shows_only_where_it_leads(address: str, shown: str) -> None:
    assert masked({"channels": [{"url": address}]}) == {"channels": [{"url": shown}]}


def test_secrets_are_recognised_by_their_names() -> None:
    tree = {
        "channels": [
            {
                "kind": "ntfy",
                "token": "tk_1",
                "smtp_password": "x",
                "signing_secret": "",
                "token_env": "X",
            }
        ],
        "console": {"basemap": {"source": "https://tiles.example/{z}/{x}/{y}.png?ak=1"}},
        "kafka": {"group": "cellhound"},
    }
    assert masked(tree) == {
        "channels": [
            {
                "kind": "ntfy",
                "token": "***",
                "smtp_password": "***",
                "signing_secret": "",
                "token_env": "X",
            }
        ],
        "console": {"basemap": {"source": "https://tiles.example/{z}/{x}/{y}.png?***"}},
        "kafka": {"group": "cellhound"},
    }
