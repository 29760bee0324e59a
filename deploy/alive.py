"""Whether the program in this container is alive: asks its /livez; exit code 0 or 1.

For images without a shell and without curl. CELLHOUND_ALIVE_URL names the address on this very
computer, whose certificate is for another name and is not looked at; without it all is well.
"""

import os
import ssl
import sys
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT_S = 4.0


def alive(url: str) -> bool:
    """Whether the address answers with success in time; True where there is none."""
    if not url:
        return True
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(url, timeout=TIMEOUT_S, context=context):
            return True
    except (URLError, OSError, ValueError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(not alive(os.environ.get("CELLHOUND_ALIVE_URL", "")))
