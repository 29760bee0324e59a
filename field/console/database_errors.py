"""The errors of a database that does not answer, and a line of text for them.

A full disk, a server that is away or restarts: all that passes, so it is neither a bug nor a reason
to end. The caller is asked to try again.
"""

from typing import Final

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Errors of a database that does not answer, or does not let itself be written to.
FAILING: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)


def reason(error: BaseException) -> str:
    """The database's own words in a line, without the statement and its values.

    >>> reason(ValueError("no space left\\nLINE 1"))
    'no space left'
    """
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
