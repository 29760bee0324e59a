"""What one record may cost whoever reads it. Beyond that it is one dead letter.

Anybody who may write to an input topic may write a record that unpacks to a thousand times its
size. So the readers count rows and bytes before they make anything of them.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

#: Pseudonyms are some dozens of characters long (a SHA-512 in hex has 128), domains at most 253.
NAME_CHARACTERS: Final = 256
#: A compressed batch of records, which the broker keeps as its producer made it, may unpack to so
#: many bytes: twice the largest record that a topic takes.
BATCH_BYTES: Final = 16 << 20
#: Values of JSON are at least so long on average, brackets, names and commas included.
_BYTES_A_VALUE: Final = 8


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most that a record may hold.

    ``rows`` are the messages in a record, ``bytes`` its value's length after unpacking, ``ratio``
    how many times as long an unpacked value may be, ``letters`` the dead letters of one record.
    ``arrival_ahead_s`` is how far an arrival time may lie behind the record's own time stamp (s).
    A record that is tried apart, since workers died on it, may take ``seconds`` of processor time
    and let the process grow by ``memory`` bytes: one of 100,000 measurements in 13 MiB on cells
    that no register has took 1.2 s and 229 MiB, decoded and screened.
    """

    rows: Annotated[int, Meta(ge=1)] = 100_000
    bytes: Annotated[int, Meta(ge=4096)] = 16 << 20
    ratio: Annotated[int, Meta(ge=2)] = 100
    letters: Annotated[int, Meta(ge=1)] = 100
    arrival_ahead_s: Annotated[float, Meta(ge=0.0)] = 300.0
    seconds: Annotated[int, Meta(ge=1)] = 30
    memory: Annotated[int, Meta(ge=64 << 20)] = 1 << 30

    @property
    def values(self) -> int:
        """The most single values of all kinds that a record may hold."""
        return self.bytes // _BYTES_A_VALUE

    @property
    def arrival_ahead_ms(self) -> int:
        """``arrival_ahead_s`` in ms."""
        return int(self.arrival_ahead_s * 1000)


DEFAULT: Final = Limits()
