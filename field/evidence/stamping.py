"""A time stamp (RFC 3161) of a bundle's manifest: an authority's word on when it was there already.

Who signs a bundle can sign one today that claims to be of last year. A time stamping authority
signs the digest of what it is given together with the time by its own clock, and sees nothing else.
The stamp is its answer as it came, so that other programs check it too: ``openssl ts -verify -data
manifest.json -in manifest.tsr -CAfile FILE``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha512
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from cryptography import x509

from field.formats.words.moments import iso
from streams.config.settings import ConfigError

_PATIENCE_S: Final = 15.0
#: An answer with its chain of certificates has some 6 kB.
_MOST_BYTES: Final = 262_144
_ASKS: Final = "application/timestamp-query"
_ANSWERS: Final = "application/timestamp-reply"
_SHA512: Final = "2.16.840.1.101.3.4.2.3"


class StampFailed(Exception):  # noqa: N818 - it names what is the matter
    """The authority gave no stamp that can be used; the text is a sentence."""


def stamper(url: str) -> Callable[[bytes], bytes]:
    """What has contents stamped by the authority at that address.

    Raises ConfigError for what is none; what it gives raises StampFailed.
    """
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if not is_one:
        raise ConfigError(f"--stamp: {url!r} is no address; give http://.. or https://..")
    return partial(_stamped, url)


def _stamped(url: str, content: bytes) -> bytes:
    """The answer about ``content`` (DER): about it, and new. Only its digest leaves the house. By
    whom the answer is signed isn't examined here: that is for who verifies."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    query = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA512).build()
    raw = _asked(url, query.as_bytes())
    try:
        answer = _decoded(raw)
        is_fresh = _quietly(lambda: answer.tst_info.nonce) == query.nonce
        is_of = _is_of(answer, content)
    except ValueError as error:
        raise StampFailed(f"{url} gave no time stamp: {error}") from error
    if not is_of or not is_fresh:
        raise StampFailed(f"{url} answered with a time stamp of something else")
    return raw


def certificates(path: Path) -> list[x509.Certificate]:
    """The certificates (PEM) of a file. Raises ConfigError."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--tsa-certificate: {path} has no certificate that can be read ({error}); name the"
            " authority's root, and what lies between it and the stamp, as PEM"
        ) from error
    return found


def examined(
    raw: bytes | None, content: bytes, trusted: Sequence[x509.Certificate]
) -> tuple[str, list[str]]:
    """What the stamp ``raw`` says of ``content``, and what is wrong with it; where certificates
    are ``trusted``, it must be there, and by them. Never raises for what is in it."""
    if raw is None:
        return "none", ["there is no time stamp, and one is due"] if trusted else []
    try:
        answer = _decoded(raw)
        at, is_of = _time(answer), _is_of(answer, content)
    except ValueError as error:
        return "unreadable", [f"the time stamp can't be read: {error}"]
    if not is_of:
        return f"of {at}, of something else", ["the time stamp is not of this manifest"]
    if not trusted:
        return (
            f"of {at}, by whom is not known: name the authority's certificate with"
            " --tsa-certificate FILE",
            [],
        )
    if (why := _wrong(answer, content, trusted)) is not None:
        return f"of {at}, but not by the authority that was given", [f"the time stamp: {why}"]
    return f"of {at}, by the authority that was given", []


def _asked(url: str, query: bytes) -> bytes:
    got = b""
    try:
        with httpx.stream(
            *("POST", url),
            content=query,
            headers={"Content-Type": _ASKS, "Accept": _ANSWERS},
            timeout=_PATIENCE_S,
            follow_redirects=False,
        ) as answer:
            if answer.status_code != 200:
                raise StampFailed(f"{url} answered with the HTTP status {answer.status_code}")
            for part in answer.iter_bytes():
                got += part
                if len(got) > _MOST_BYTES:
                    raise StampFailed(f"{url} answered with more than a time stamp has")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StampFailed(f"{url} can't be asked ({error or type(error).__name__})") from error
    return got


def _decoded(raw: bytes) -> Any:
    """The answer; ValueError is raised for what is none, or refuses."""
    from rfc3161_client import decode_timestamp_response

    if len(raw) > _MOST_BYTES:
        raise ValueError(f"{len(raw)} bytes are more than one has")
    answer = _quietly(lambda: decode_timestamp_response(raw))
    if _quietly(lambda: answer.status) != 0:
        raise ValueError(f"it was refused ({'; '.join(_quietly(lambda: answer.status_string))})")
    return answer


def _quietly(look: Any) -> Any:
    """What a look at the answer gives; ValueError for whatever goes wrong in it: it is a parser in
    another language, whose panics are no `Exception`."""
    try:
        return look()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _time(answer: Any) -> str:
    moment: datetime = _quietly(lambda: answer.tst_info.gen_time)
    return iso(moment)


def _is_of(answer: Any, content: bytes) -> bool:
    imprint = _quietly(lambda: answer.tst_info.message_imprint)
    algorithm = _quietly(lambda: imprint.hash_algorithm.dotted_string)
    return bool(algorithm == _SHA512 and imprint.message == sha512(content).digest())


def _wrong(answer: Any, content: bytes, trusted: Sequence[x509.Certificate]) -> str | None:
    """Why the stamp isn't by who is trusted; ``None`` where it is."""
    from rfc3161_client import VerifierBuilder

    builder = VerifierBuilder(roots=list(trusted))
    try:
        _quietly(lambda: builder.build().verify_message(answer, content))
    except ValueError as error:
        return str(error)
    return None
