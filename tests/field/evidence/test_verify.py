"""A bundle is only relied on when nothing about it has been touched.

Long because every way of touching one is tried on the same bundle.
"""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from field.alerts.life_cycle import Action
from field.evidence.bundle import DIGEST, MANIFEST, SIGNATURE, build, digest_line, packed
from field.evidence.signing import Signature, Signer, SigningKeyError
from field.evidence.verify import verify
from field.trail.chain import Chain
from streams.signed.keys import NOBODY, PublicKeys, SigningKey

FILES = {"alert.json": b'{"a":1}\n', "raw/sms.metadata.jsonl": b"1\n2\n", "report.txt": b"text\n"}


def made(signer: Signer | None = None) -> bytes:
    return build(
        FILES,
        alert_id="a" * 32,
        revision=3,
        created_ms=1_748_916_000_500,
        by="somebody",
        software="cellhound 1",
        signer=signer,
    )


def files_in(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def changed(change: Callable[[dict[str, bytes]], None], signer: Signer | None = None) -> bytes:
    """A bundle that was taken apart, changed, and put together as ours are."""
    files = files_in(made(signer))
    change(files)
    return packed(files)


def problems(tmp_path: Path, bundle: bytes, signer: Signer | None = None) -> str:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    found = verify(path, signer)
    assert not found.ok
    assert "NOT to be relied on" in found.text()
    return "\n".join(found.problems)


def test_an_untouched_bundle_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(made())
    found = verify(path)
    assert found.problems == ()
    assert "made 2025-06-03T02:00:00.500Z by somebody, cellhound 1" in found.text()
    # .. but anybody can make one that is as whole: that is no proof, and is not called one.
    assert not found.ok
    assert "signature: none: nobody vouches for this bundle" in found.text()
    assert (
        "NOT vouched for: 3 files agree with digests that anybody could have made" in found.text()
    )
    assert "whole and unchanged" not in found.text()


def test_a_bundle_is_known_by_the_public_key_of_who_made_it(tmp_path: Path) -> None:
    maker = Signer.of("", {"CELLHOUND_HOME": str(tmp_path / "maker")})
    stranger = Signer.of("", {"CELLHOUND_HOME": str(tmp_path / "stranger")})
    assert (tmp_path / "maker" / "evidence.pem").stat().st_mode & 0o777 == 0o600
    again = Signer.of("", {"CELLHOUND_HOME": str(tmp_path / "maker")})
    assert again.public_pem == maker.public_pem != stranger.public_pem
    path = tmp_path / "bundle.zip"
    path.write_bytes(made(maker))
    assert "whole and unchanged: 3 files agree" in verify(path, keys=maker.public).text()
    assert verify(path, own=maker.public).ok
    assert "not by a key that was given" in verify(path, keys=stranger.public).text()
    for nobody in (NOBODY, stranger.public):
        found = verify(path, own=nobody)
        assert (found.ok, found.problems) == (False, ())
        assert "NOT vouched for" in found.text()
    path.write_bytes(made())
    assert "a signature is due" in verify(path, keys=maker.public).text()


def test_what_people_did_is_checked_one_by_one(tmp_path: Path) -> None:
    console = SigningKey.derived(b"a console's secret", "trail")
    action = Action(action_id="x", ts=1, action="found", by="anna", role="field", alert_id="a" * 32)
    signed = Chain(console).next(action, "")
    forged = signed.replace(b'"found"', b'"false_alarm"')
    for lines, words in (
        (
            [signed, msgspec.json.encode(action)],
            "1 signed by a console that is known here; 1 unsig",
        ),
        ([signed, forged], "actions.jsonl: 1 changed or forged"),
        ([b"[]"], "actions.jsonl: 1 changed or forged"),
        ([], "what people did: nothing"),
    ):
        files = FILES | {"actions.jsonl": b"".join(line + b"\n" for line in lines)}
        path = tmp_path / "bundle.zip"
        about = {"alert_id": "a", "revision": 1, "created_ms": 0, "by": "x", "software": "y"}
        path.write_bytes(build(files, **about))  # type: ignore[arg-type]
        keys = PublicKeys.of([console.public])
        assert words in verify(path, consoles=keys).text()


def test_the_same_content_gives_the_same_bytes() -> None:
    turned = dict(reversed(FILES.items()))
    again = build(
        turned,
        alert_id="a" * 32,
        revision=3,
        created_ms=1_748_916_000_500,
        by="somebody",
        software="cellhound 1",
    )
    assert again == made()


def test_a_changed_byte_is_found_wherever_it_is(tmp_path: Path) -> None:
    bundle = made()
    for at in range(len(bundle)):
        problems(tmp_path, bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :])


def _swapped(files: dict[str, bytes]) -> None:
    files["alert.json"] = b'{"a":2}\n'


def _removed(files: dict[str, bytes]) -> None:
    del files["report.txt"]


def _added(files: dict[str, bytes]) -> None:
    files["more.txt"] = b"more"


def _renamed(files: dict[str, bytes]) -> None:
    files["raw/other.jsonl"] = files.pop("raw/sms.metadata.jsonl")


def _shortened(files: dict[str, bytes]) -> None:
    files["raw/sms.metadata.jsonl"] = b"1\n"


def _other_digest(files: dict[str, bytes]) -> None:
    files[DIGEST] = digest_line(b"something else")


def _no_digest(files: dict[str, bytes]) -> None:
    del files[DIGEST]


def _no_manifest(files: dict[str, bytes]) -> None:
    del files[MANIFEST]


def _broken_manifest(files: dict[str, bytes]) -> None:
    files[MANIFEST] = b"{"
    files[DIGEST] = digest_line(b"{")


def _out_of_order(files: dict[str, bytes]) -> None:
    files["alert.json"] = files.pop("alert.json")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_swapped, "alert.json has been changed"),
        (_removed, "report.txt is listed but missing"),
        (_added, "more.txt is not listed: it was added"),
        (_renamed, "raw/sms.metadata.jsonl is listed but missing"),
        (_renamed, "raw/other.jsonl is not listed"),
        (_shortened, "has 2 bytes, 4 are listed"),
        (_other_digest, "manifest.json is not what manifest.sha256 says"),
        (_no_digest, "manifest.sha256 is missing"),
        (_no_manifest, "manifest.json is missing"),
        (_broken_manifest, "manifest.json can't be read"),
    ],
)
def test_tampering_is_reported_in_a_sentence(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], problem: str
) -> None:
    assert problem in problems(tmp_path, changed(change))


def test_bytes_outside_of_the_files_are_found(tmp_path: Path) -> None:
    assert "bytes besides the files" in problems(tmp_path, b"before" + made())
    assert "bytes besides the files" in problems(tmp_path, made() + b"after")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a\\b", "C:/x", "raw//x", "./x", "raw/../x", "x\ny"]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    assert "is refused" in problems(tmp_path, packed(FILES | {name: b"x"}))


def test_what_unfolds_into_more_than_it_weighs_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("alert.json", b"0" * 10_000_000)
    assert "is compressed" in problems(tmp_path, out.getvalue())
    path = tmp_path / "large.zip"
    path.write_bytes(made())
    assert "more than a bundle may have" in verify(path, most_bytes=100).text()
    many = packed({f"file-{number}": b"" for number in range(100)})
    assert "100 files are more" in problems(tmp_path, many)


def test_links_and_twins_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        link = zipfile.ZipInfo("alert.json")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
    assert "no plain file" in problems(tmp_path, out.getvalue())
    twin = made()
    with (
        zipfile.ZipFile(grown := io.BytesIO(twin), "a") as zipped,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        zipped.writestr("alert.json", b"other")
    assert "is there twice" in problems(tmp_path, grown.getvalue())


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_zip_is_a_problem_and_no_crash(tmp_path: Path, content: bytes) -> None:
    assert "can't be read as a bundle" in problems(tmp_path, content)


def _key_file(tmp_path: Path, name: str = "key.pem") -> Path:
    path = tmp_path / name
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_a_signature_shows_who_made_it(tmp_path: Path) -> None:
    ours, theirs = (Signer.load(str(_key_file(tmp_path, name))) for name in ("a.pem", "b.pem"))
    path = tmp_path / "bundle.zip"
    path.write_bytes(made(ours))
    assert "by the key of the settings" in verify(path, ours).text()
    assert verify(path, ours).ok
    assert not verify(path).problems
    assert "with the fingerprint" in verify(path).text()
    assert "not by the key of the settings" in problems(tmp_path, made(ours), theirs)
    assert "a signature is due" in problems(tmp_path, made(), ours)


def test_a_signature_of_another_manifest_is_found(tmp_path: Path) -> None:
    signer = Signer.load(str(_key_file(tmp_path)))
    assert signer is not None
    other = signer.sign(b"another manifest")

    def swap(files: dict[str, bytes]) -> None:
        files[SIGNATURE] = other

    assert "does not fit" in problems(tmp_path, changed(swap, signer))

    def spoil(files: dict[str, bytes]) -> None:
        files[SIGNATURE] = b"{}"

    assert "can't be read" in problems(tmp_path, changed(spoil, signer))


def test_a_signature_of_strange_letters_is_wrong_and_no_crash(tmp_path: Path) -> None:
    def sign(files: dict[str, bytes]) -> None:
        files[SIGNATURE] = '{"algorithm":"hmac-sha256","value":"é"}'.encode()

    problem = problems(tmp_path, changed(sign), Signer(b"a secret"))
    assert problem == "the signature is not by the key of the settings"


def test_a_bundle_writes_no_lines_of_its_own_into_the_answer(tmp_path: Path) -> None:
    by = "me\nsignature: ed25519, by the key of the settings\x1b[8m"
    path = tmp_path / "bundle.zip"
    path.write_bytes(
        build(FILES, alert_id="a", revision=1, created_ms=0, by=by, software="cellhound 1")
    )
    lines = verify(path).text().split("\n")
    assert [line for line in lines if line.startswith("signature:")] == [
        "signature: none: nobody vouches for this bundle"
    ]
    assert all(line.isprintable() for line in lines)


def test_a_file_that_claims_to_go_on_past_the_end_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    whole = bytearray(made())
    directory = whole.rindex(b"PK\x01\x02")  # The entry of the last file: sizes at 20 and 24.
    struct.pack_into("<II", whole, directory + 20, 1 << 20, 1 << 20)
    # Newer versions of Python find that it would run into what lies behind it.
    assert re.search("it ends too soon|Overlapped entries", problems(tmp_path, bytes(whole)))


def test_a_shared_secret_signs_for_those_who_have_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("only we know\n")
    signer = Signer.load(str(secret))
    path = tmp_path / "bundle.zip"
    path.write_bytes(made(signer))
    assert verify(path, signer).ok
    assert "only who has the secret" in verify(path).text()
    content = msgspec.json.decode(files_in(made(signer))[SIGNATURE], type=Signature)
    assert content.algorithm == "hmac-sha256"
    assert b"only we know" not in made(signer)
    assert "not by the key" in problems(tmp_path, made(signer), Signer(b"another"))


def test_an_unusable_key_names_the_cure(tmp_path: Path) -> None:
    assert Signer.load("") is None
    with pytest.raises(SigningKeyError, match="can't be read"):
        Signer.load(str(tmp_path / "absent"))
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(SigningKeyError, match="is empty"):
        Signer.load(str(empty))
    broken = tmp_path / "broken"
    broken.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SigningKeyError, match="no private key"):
        Signer.load(str(broken))
