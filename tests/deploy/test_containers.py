"""The image and the deployment with compose, as far as they can be checked without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from field.evidence.signing import Signer
from streams.config.settings import load_settings
from tools.release.rights import script

_ROOT = Path(__file__).parents[2]
_DOCKERFILE = (_ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
_BY_DIGEST = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")
_FOLDER = _ROOT / "deploy" / "compose"
_COMPOSE: dict[str, Any] = yaml.safe_load((_FOLDER / "compose.yaml").read_text("utf-8"))
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = ("worker-1", "worker-2", "console", "channels", "doctor")
_ALIVE = _ROOT / "deploy" / "alive.py"


def instructions(word: str) -> list[str]:
    return re.findall(rf"(?m)^{word}\s+(.+)$", _DOCKERFILE)


def test_the_base_is_named_by_digest_and_nothing_else_is_a_base() -> None:
    (base,) = instructions("ARG")
    assert _BY_DIGEST.fullmatch(base.removeprefix("PYTHON="))
    assert {line.split()[0] for line in instructions("FROM")} == {"${PYTHON}"}


def test_nothing_in_the_image_needs_a_shell_or_root() -> None:
    last_stage = _DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last_stage
    assert "\nRUN" not in last_stage
    starts = (*instructions("ENTRYPOINT"), *instructions("CMD"), *instructions("RUN"))
    for command in (*starts, instructions("HEALTHCHECK")[0].partition("CMD ")[2]):
        assert json.loads(command), command


def test_dependencies_are_installed_by_hash_from_the_lock() -> None:
    runs = [json.loads(line) for line in instructions("RUN")]
    (locked,) = [run for run in runs if "--requirement" in run]
    assert "--require-hashes" in locked
    assert locked[-1].endswith("requirements-run.lock")
    (own,) = [run for run in runs if run[-1] == "cellhound"]
    assert {"--no-deps", "--no-index"} <= set(own)


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    lines = (_ROOT / ".dockerignore").read_text("utf-8").split()
    copied = [
        name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]
    ]
    assert lines == ["*", *(f"!{name}" for name in copied)]


@pytest.mark.parametrize("file", [_ROOT / "compose.yaml", _FOLDER / "compose.yaml"], ids=str)
def test_it_is_what_the_compose_specification_allows(file: Path) -> None:
    options = compose_spec.PyOptions()
    # What the checking library doesn't know, and Docker does: merges within merges, variables, and
    # a digest beside a tag, which is for people.
    text = yaml.safe_dump(yaml.safe_load(file.read_text("utf-8")))
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    text = re.sub(r":[\w.-]+@sha256:", "@sha256:", text)
    options.from_yaml(text).validate()
    for right, wrong in (("healthcheck:", "healthchecks:"), ("volumes:", "volume:")):
        with pytest.raises(ValueError, match=r"."):
            options.from_yaml(text.replace(right, wrong)).validate()


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_may_do_little(name: str) -> None:
    service = _SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].partition(":")[0] not in ("", "0", "root")
    assert service["mem_limit"]
    assert not service.get("privileged")
    assert name == "console" or "ports" not in service
    assert name in ("console", "channels") or service["networks"] == ["inside"]
    assert name in _OURS or _BY_DIGEST.fullmatch(service["image"])


def test_all_programs_are_there_and_secrets_come_from_files() -> None:
    assert set(_OURS) | {"kafka", "rights", "database"} == set(_SERVICES)
    for name, service in _SERVICES.items():
        text = json.dumps(service)
        named = set(re.findall(r"/run/secrets/([\w.]+)", text))
        given = set(service.get("secrets", ()))
        assert named <= given, name
        assert not [key for key in service.get("environment", {}) if key.endswith("PASSWORD")]
        assert given <= set(_COMPOSE["secrets"])


def test_the_broker_s_other_settings_are_those_of_the_small_one() -> None:
    """Listeners, TLS and ACLs differ, and how long what came in is kept."""
    small = yaml.safe_load((_ROOT / "compose.yaml").read_text("utf-8"))["services"]["kafka"]
    here, there = _SERVICES["kafka"], small
    assert here["image"] == there["image"]
    differing = {
        key.removeprefix("KAFKA_")
        for key in here["environment"].keys() | there["environment"].keys()
        if here["environment"].get(key) != there["environment"].get(key)
    }
    assert differing == {
        *("CONTROLLER_QUORUM_VOTERS", "LISTENERS", "ADVERTISED_LISTENERS", "SUPER_USERS"),
        *("INTER_BROKER_LISTENER_NAME", "LISTENER_SECURITY_PROTOCOL_MAP", "LOG_RETENTION_MS"),
        *("SSL_CLIENT_AUTH", "SSL_KEYSTORE_TYPE", "SSL_KEYSTORE_LOCATION", "SSL_TRUSTSTORE_TYPE"),
        *("SSL_TRUSTSTORE_LOCATION", "SSL_PRINCIPAL_MAPPING_RULES", "AUTHORIZER_CLASS_NAME"),
        "JVM_PERFORMANCE_OPTS",
    }


def test_rights_are_those_that_the_programs_need() -> None:
    assert (_FOLDER / "rights.sh").read_text("utf-8") == script()


def test_secrets_are_made_once_and_fit_each_other(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    program = shutil.copy(_FOLDER / "secrets.sh", tmp_path)
    made = tmp_path / "secrets"

    def make() -> dict[str, bytes]:
        subprocess.run([program, "console.example", "192.0.2.7"], check=True, capture_output=True)
        return {path.name: path.read_bytes() for path in made.iterdir()}

    first = make()
    assert set(_COMPOSE["secrets"]) <= set(first)
    assert make() == first
    readable = [path.name for path in made.iterdir() if path.stat().st_mode & 0o077]
    assert readable == ["ca.pem"]
    for name in ("kafka", "database", "console", "worker", "channels", "doctor", "admin"):
        chain = ("-CAfile", made / "ca.pem", made / f"{name}.pem")
        subprocess.run(["openssl", "verify", *chain], check=True, capture_output=True)
    shown = ["openssl", "x509", "-noout", "-text", "-in", made / "console.pem"]
    text = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    assert "DNS:console.example" in text
    assert "IP Address:192.0.2.7" in text
    signer = Signer.load(str(made / "evidence.pem"))
    assert signer is not None
    assert signer.public_pem.startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize("place", ["compose", "systemd"])
def test_settings_are_taken(place: str) -> None:
    settings = load_settings(_ROOT / "deploy" / place / "config.yaml", {})
    assert settings.kafka.security.protocol == "SSL"
    assert settings.logging.format == "json"


@pytest.mark.parametrize(
    ("url", "code"), [("", 0), ("http://127.0.0.1:1/livez", 1), ("no address", 1)]
)
def test_the_image_asks_whether_its_program_is_alive(url: str, code: int) -> None:
    env = os.environ | {"CELLHOUND_ALIVE_URL": url}
    done = subprocess.run([sys.executable, _ALIVE], env=env, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
