"""What is shipped starts: each program with its settings and its environment, up to the broker."""

import re
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from field.console import serve
from streams.config.settings import ConfigError, Settings, load_settings
from streams.listening import address
from streams.signed.trust import Trust
from streams.worker import worker
from tests.field.console.access.network.test_listening import certificate
from tests.field.console.guarded_app import opened

_DEPLOY = Path(__file__).parents[2] / "deploy"
PLACES = ("compose", "systemd", "kubernetes")
#: Where the settings of a place lie.
_CONFIG = {"kubernetes": "kubernetes/example/config.yaml"}
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


class _AtTheBrokerError(Exception):
    """It has come as far as a program comes without a broker."""


def _pod(program: str) -> dict[str, Any]:
    text = (_DEPLOY / "kubernetes" / "base" / f"{program}.yaml").read_text("utf-8")
    (container,) = next(yaml.safe_load_all(text))["spec"]["template"]["spec"]["containers"]
    return dict(container)


def _service(program: str) -> dict[str, Any]:
    text = (_DEPLOY / "compose" / "compose.yaml").read_text("utf-8")
    services: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return services["worker-1" if program == "worker" else program]


def shipped(place: str, program: str) -> tuple[list[str], dict[str, str]]:
    """The words of its command and its environment."""
    if place == "compose":
        service = _service(program)
        return service["command"], service["environment"]
    if place == "kubernetes":
        pod = _pod(program)
        return pod["args"], {one["name"]: one["value"] for one in pod["env"] if "value" in one}
    name = "worker@" if program == "worker" else program
    text = (_DEPLOY / "systemd" / f"cellhound-{name}.service").read_text("utf-8")
    start = re.search(r"(?m)^ExecStart=\S+ (.+)$", text)
    assert start is not None
    lines = re.findall(r"(?m)^Environment=(.+)$", text.replace("%i", "1"))
    return shlex.split(start[1]), dict(
        pair.split("=", 1) for line in lines for pair in line.split()
    )


def settings_of(place: str, program: str, folder: Path) -> Settings:
    """As the program reads them, with files of ours in place of secrets."""
    words, given = shipped(place, program)
    cert, key = certificate(folder)
    env = {name: _here(value, cert, key) for name, value in given.items()}
    if "--listen" in words:
        env["CELLHOUND__CONSOLE__LISTEN"] = words[words.index("--listen") + 1]
    text = (_DEPLOY / _CONFIG.get(place, f"{place}/config.yaml")).read_text("utf-8")
    file = folder / "config.yaml"
    file.write_text(re.sub(r"(ca_file: )\S+", rf"\1{cert}", text))
    return load_settings(file, env)


def _here(value: str, cert: str, key: str) -> str:
    if not value.startswith(("/run/secrets/", "%d/")):
        return value
    return key if value.endswith(".key") else cert


def _stops(*_: Any, **__: Any) -> Any:
    raise _AtTheBrokerError


@pytest.mark.parametrize("place", PLACES)
def test_a_worker_comes_as_far_as_the_broker(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLHOUND_KEY", "0123456789abcdef0123456789abcdef")
    monkeypatch.setattr(worker, "ensure_topics", _stops)
    # The port may be taken here; what is served there has tests of its own.
    monkeypatch.setattr(worker, "serving", lambda *_: nullcontext())
    # Else the log of all tests after this one would have a worker's form.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    settings = settings_of(place, "worker", tmp_path)
    with pytest.raises(_AtTheBrokerError):
        worker.run(settings)
    Trust.of(settings.trust, {"CELLHOUND_HOME": str(tmp_path)})
    undecided = load_settings(tmp_path / "config.yaml", {"CELLHOUND__TRUST__PRODUCERS": "''"})
    with pytest.raises(ConfigError, match=r"trust\.producers must be set"):
        worker.run(undecided)


@pytest.mark.parametrize("place", PLACES)
def test_a_console_with_accounts_comes_as_far_as_the_broker(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "look", _stops)
    settings = settings_of(place, "console", tmp_path)
    # Accounts of ours: PostgreSQL isn't here, and an empty database would be refused for that.
    accounts = str(tmp_path / "accounts.db")
    settings = replace(settings, console=replace(settings.console, accounts=accounts))
    with pytest.raises(ConfigError, match="there are no accounts"):
        serve.run(settings)
    with opened(tmp_path):
        pass
    with pytest.raises(_AtTheBrokerError):
        serve.run(settings)
    plain = replace(settings.console, tls_cert="", tls_key="", public_url="")
    with pytest.raises(ConfigError, match="plain text"):
        serve.run(replace(settings, console=plain))


@pytest.mark.parametrize("place", ["compose", "kubernetes"])
@pytest.mark.parametrize("program", ["worker", "console", "channels"])
def test_probes_ask_where_the_program_answers(place: str, program: str, tmp_path: Path) -> None:
    settings = settings_of(place, program, tmp_path)
    is_console = program == "console"
    scheme = "https" if is_console else "http"
    listen = settings.console.listen if is_console else settings.metrics.listen
    host, port = address(listen, "listen")
    if place == "compose":
        url = shipped(place, program)[1]["CELLHOUND_ALIVE_URL"]
        assert url == f"{scheme}://127.0.0.1:{port}/livez"
        return
    assert host == "0.0.0.0"  # The kubelet asks from outside.
    pod = _pod(program)
    (named,) = pod["ports"]
    assert named["containerPort"] == port
    for kind in _PROBES:
        probe = pod[kind]["httpGet"]
        assert probe["path"] == ("/readyz" if kind == "readinessProbe" else "/livez")
        assert (probe["port"], probe.get("scheme", "HTTP").lower()) == (named["name"], scheme)


def test_channels_start_where_there_are_some() -> None:
    """Without any they end at once, and an installation would never be up."""
    assert _service("channels")["profiles"] == ["channels"]
    example = yaml.safe_load((_DEPLOY / "kubernetes/example/kustomization.yaml").read_text("utf-8"))
    assert {"name": "cellhound-channels", "count": 0} in example["replicas"]
