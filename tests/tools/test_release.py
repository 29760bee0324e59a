"""What goes with a release: the same wheel twice, its bill of materials, licences, signatures."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from email import message_from_bytes
from importlib.resources import files
from pathlib import Path
from sysconfig import get_platform
from zipfile import ZipFile

import jsonschema_rs
import pytest
from packaging.requirements import Requirement

from tests.test_cellhound import SCENARIO
from tools.release.licence_page import page
from tools.release.parts import UnknownLicence, checked, parts
from tools.release.sbom import bill

_ROOT = Path(__file__).parents[2]
_PARTS = ("geo", "detectors", "streams", "field", "replay", "cellhound")
_BLOCKS = dict(
    re.findall(r"```sh (\S+)\n(.*?)```", (_ROOT / "docs" / "releasing.md").read_text(), re.DOTALL)
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two, from copies of the source that lie elsewhere, are of other dates and other modes."""
    built = []
    for number, umask in enumerate((0o022, 0o077)):
        source = tmp_path_factory.mktemp("source") / f"clone-{number}"
        source.mkdir()
        for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
            shutil.copyfile(_ROOT / name, source / name)
        for name in (*_PARTS, "configs", "docs/schema"):
            left_out = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(
                _ROOT / name, source / name, ignore=left_out, copy_function=shutil.copyfile
            )
        os.utime(source / "README.md", (number * 1_000_000_000,) * 2)
        command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out")
        env = {key: os.environ[key] for key in os.environ if key != "SOURCE_DATE_EPOCH"}
        subprocess.run(command, cwd=source, env=env, umask=umask, check=True, capture_output=True)
        built.extend((source / "out").glob("*.whl"))
    return built


def run(block: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """The lines of the page, as whoever releases runs them."""
    env = os.environ | {name: str(value) for name, value in variables.items()}
    # Without -e: a page's lines are pasted, and each must end them where it fails.
    command = ["sh", "-uc", _BLOCKS[block]]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_a_wheel_is_the_same_wherever_and_whenever_it_is_built(wheels: list[Path]) -> None:
    first, second = wheels
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_a_wheel_with_a_compiled_reader_is_for_one_kind_of_computer(wheels: list[Path]) -> None:
    for wheel in wheels:
        compiled = [name for name in ZipFile(wheel).namelist() if name.endswith(".so")]
        if shutil.which("rustc") is None:
            assert (compiled, wheel.stem.rpartition("-")[2]) == ([], "any")
        else:
            assert sorted(compiled) == ["detectors/native/native.so", "streams/plain/plain.so"]
            assert wheel.stem.endswith(f"-py3-none-{get_platform().replace('-', '_')}")


def test_a_wheel_names_ranges_and_no_exact_version(wheels: list[Path]) -> None:
    with ZipFile(wheels[0]) as wheel:
        (name,) = (each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(wheel.read(name))
    needed = [Requirement(text) for text in metadata.get_all("Requires-Dist") or ()]
    assert {"aiokafka", "numpy"} <= {each.name for each in needed}
    assert {mark.operator for each in needed for mark in each.specifier} == {">=", "<"}


def test_an_installed_wheel_has_all_that_it_needs(wheels: list[Path], tmp_path: Path) -> None:
    """In an environment of its own, away from the source: only the other packages are shared."""
    program = installed(wheels[0], tmp_path / "venv")
    env = {"PATH": os.environ["PATH"], "CELLHOUND_HOME": str(tmp_path / "home")}

    def run(*words: str) -> str:
        done = subprocess.run(
            [program, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "simulate" in run("--help")
    assert run("--version").startswith("cellhound, version")
    (tmp_path / "hamlet.yaml").write_text(SCENARIO)
    run("simulate", "hamlet.yaml", "--out", "trace")
    assert " alerts in " in run("detect", "trace", "--out", "found", "--report", "report.html")
    for made in ("found/map.html", "report.html"):  # Made of files that lie beside the code.
        assert "</style>" in (tmp_path / made).read_text("utf-8")
    assert "\nmoving-blaster " in run("simulate", "--list")
    asked = "from streams.config.shipped import scenario_file as s; print(s('demo'))"
    python = [program.with_name("python"), "-c", asked]
    found = subprocess.run(
        python, cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()).is_relative_to(tmp_path / "venv")
    with ZipFile(wheels[0]) as wheel:
        held = wheel.namelist()
    kafka = [f"streams/configs/kafka/{name}" for name in ("pom.xml", "server.properties.tmpl")]
    assert {*kafka, "streams/configs/default.yaml", "field/console/static/index.html"} <= {*held}


def installed(wheel: Path, folder: Path) -> Path:
    """The wheel's program in a new environment, which has this one's other packages."""
    venv.create(folder, with_pip=False)
    shared = sysconfig.get_path("purelib")
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (own / "shared.pth").write_text(f"{shared}\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    return folder / "bin" / "cellhound"


def test_a_signed_wheel_is_known_and_a_changed_one_is_not(
    wheels: list[Path], tmp_path: Path
) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    for name in ("release", "other"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", tmp_path / name]
        subprocess.run(make, check=True)
    public = (tmp_path / "release.pub").read_text()
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f'releases@example.org namespaces="cellhound-release" {public}')
    wheel = tmp_path / wheels[0].name
    shutil.copy(wheels[0], wheel)
    bom = tmp_path / "cellhound.cdx.json"
    bom.write_text(bill())
    both = f"{wheel} {bom}"
    names = {"ALLOWED_SIGNERS": allowed, "SIGNER": "releases@example.org", "FILES": both}
    assert run("sign", RELEASE_KEY=tmp_path / "release", FILES=both).returncode == 0
    assert run("verify", **names).returncode == 0
    bom.write_text(bill() + "\n")
    assert run("verify", **names).returncode != 0
    bom.write_text(bill())
    (tmp_path / f"{wheel.name}.sig").unlink()
    assert run("sign", RELEASE_KEY=tmp_path / "other", FILES=wheel).returncode == 0
    assert run("verify", **names).returncode != 0


def test_the_bill_of_materials_is_valid_and_holds_all_parts() -> None:
    folder = files("cyclonedx.schema._res")
    others = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}", json.loads((folder / name).read_text("utf-8")))
            for name in others
        ]
    )
    schema = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.validator_for(schema, registry=registry)
    written = json.loads(bill())
    validator.validate(written)
    assert not validator.is_valid(written | {"components": [{"name": "nameless kind"}]})
    assert {c["purl"] for c in written["components"]} == {part.purl for part in parts()}
    assert all(c["licenses"] for c in written["components"])
    needs = {each["ref"]: each.get("dependsOn", []) for each in written["dependencies"]}
    assert "pkg:pypi/aiokafka@" in " ".join(needs["cellhound"])
    assert set().union(*needs.values()) == {part.purl for part in parts()}


def test_the_same_locks_give_the_same_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    first = bill()
    assert bill() == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert "2023-11-14T22:13:20" in bill()


def test_the_page_of_licences_is_that_of_the_locks() -> None:
    assert (_ROOT / "docs" / "licences.md").read_text("utf-8") == page()


@pytest.mark.parametrize("found", ["", "GPL-3.0-only", "MIT AND AGPL-3.0-only", "see homepage"])
def test_what_may_not_be_shipped_or_is_not_known_is_refused(found: str) -> None:
    with pytest.raises(UnknownLicence, match="some-package 1"):
        checked("some-package", "1", found)


def test_one_of_several_choices_suffices() -> None:
    assert checked("some-package", "1", "GPL-3.0-only OR MIT AND 0BSD")
