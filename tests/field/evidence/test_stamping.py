"""Time stamps by a real authority: what it stamped is believed, anything else is named."""

import random
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from field.evidence.bundle import MANIFEST, SIGNATURE, STAMP, build, packed
from field.evidence.signing import Signer
from field.evidence.stamping import StampFailed, certificates, examined, stamper
from field.evidence.verify import verify
from streams.config.settings import ConfigError
from tests.conftest import free_port
from tests.field.evidence.test_verify import FILES, files_in
from tests.services.stamping_authority import OPENSSL, Authority, authority

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl here")

CONTENT = b"what is to be stamped"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa")) as made:
        yield made


@pytest.fixture(scope="module")
def bundle(tsa: Authority, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle that is signed and stamped."""
    home = {"CELLHOUND_HOME": str(tmp_path_factory.mktemp("home"))}
    return stamped_bundle(stamper(tsa.url), Signer.of("", home))


def stamped_bundle(stamp: Callable[[bytes], bytes], signer: Signer | None = None) -> bytes:
    about = {"alert_id": "a" * 32, "revision": 3, "by": "somebody", "software": "cellhound 1"}
    make = partial(build, FILES, created_ms=1_748_916_000_500, signer=signer, stamp=stamp)
    return make(**about)  # type: ignore[arg-type]


def test_a_bundle_is_stamped_and_its_stamp_is_known(
    bundle: bytes, tsa: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    found = verify(path, authority=certificates(tsa.root))
    assert found.problems == ()
    assert "time stamp: of 20" in found.text()
    assert "by the authority that was given" in found.text()
    unknown = verify(path)
    assert unknown.problems == ()
    assert "by whom is not known" in unknown.text()
    # Other programs come to the same.
    files = files_in(bundle)
    for name in (MANIFEST, STAMP):
        (tmp_path / name).write_bytes(files[name])
    words = (OPENSSL, "ts", "-verify", "-data", MANIFEST, "-in", STAMP, "-CAfile", tsa.root)
    done = subprocess.run(
        [str(word) for word in words], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"Verification: OK" in done.stdout, done.stderr


def test_a_stamp_that_is_missing_moved_or_of_somebody_else_is_a_problem(
    bundle: bytes, tsa: Authority, tmp_path: Path
) -> None:
    path, trusted = tmp_path / "bundle.zip", certificates(tsa.root)
    files = files_in(bundle)
    with authority(tmp_path) as other:
        cases = {
            "one is due": {name: value for name, value in files.items() if name != STAMP},
            "not of this manifest": files | {STAMP: stamper(tsa.url)(b"another")},
            "the time stamp: ": files | {STAMP: stamper(other.url)(files[MANIFEST])},
            "can't be read": files | {STAMP: files[SIGNATURE]},
        }
        for problem, changed in cases.items():
            path.write_bytes(packed(changed))
            found = verify(path, authority=trusted)
            assert not found.ok
            assert any(problem in one for one in found.problems), (problem, found.problems)
    # Without a stamp and without asking for one all is as it was.
    path.write_bytes(packed(cases["one is due"]))
    assert verify(path).problems == ()
    assert "time stamp: none" in verify(path).text()


def test_a_spoilt_stamp_never_passes_and_raises_nothing(tsa: Authority) -> None:
    good = stamper(tsa.url)(CONTENT)
    trusted = certificates(tsa.root)
    assert examined(good, CONTENT, trusted)[1] == []
    chance = random.Random(3)
    for turn in range(300):
        spoilt = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        if turn % 3 == 0:
            del spoilt[chance.randrange(len(spoilt)) :]
        text, problems = examined(bytes(spoilt), CONTENT, trusted)
        if not problems:  # Beside what is signed, such as a certificate that isn't needed.
            assert "by the authority that was given" in text
            assert examined(bytes(spoilt), CONTENT + b".", trusted)[1]
    assert examined(b"", CONTENT, trusted)[1]
    assert examined(b"0" * 300_000, CONTENT, trusted)[1]


def test_an_authority_that_gives_no_stamp_is_named(tsa: Authority) -> None:
    answers = {
        "HTTP status 503": (503, b""),
        "gave no time stamp": (200, b"<html>"),
        "more than a time stamp has": (200, b"0" * 300_000),
        # That of an earlier question, as it may have been recorded.
        "something else": (200, stamper(tsa.url)(CONTENT)),
        "HTTP status 302": (302, b""),
    }
    for why, instead in answers.items():
        tsa.instead.append(instead)
        with pytest.raises(StampFailed, match=why):
            stamper(tsa.url)(CONTENT)
    with pytest.raises(StampFailed, match="can't be asked"):
        stamper(f"http://127.0.0.1:{free_port()}/")(CONTENT)


@pytest.mark.parametrize("url", ["", "tsa.example", "ftp://tsa.example", "http://", "http://[x"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="--stamp: "):
        stamper(url)


def test_verify_takes_the_authority_s_certificate(
    bundle: bytes, tsa: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    words = ["evidence", "verify", str(path), "--tsa-certificate"]
    shown = CliRunner().invoke(main, [*words, str(tsa.root)])
    assert "by the authority that was given" in shown.output
    key = tsa.folder / "tsa.key"
    refused = CliRunner().invoke(main, [*words, str(key)])
    assert refused.exit_code == 2
    assert "has no certificate that can be read" in refused.output
