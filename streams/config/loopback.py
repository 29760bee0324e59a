"""Which addresses lead nowhere but to this computer."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches ``host``.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
