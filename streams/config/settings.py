"""All settings: the shipped defaults, a YAML file over them, the environment, then flags.

Reading is strict: an unknown key or a wrong value refuses to start, and all problems are listed at
once with their paths. The shipped ``configs/default.yaml`` names every key with a sentence.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from detectors.acting.settings import CaseSettings
from detectors.correlate.settings import IncidentSettings
from detectors.features.rule import AnyRule, Rule
from detectors.networks.names import Network
from detectors.numbers.settings import NumberSettings
from detectors.rollup.records import KEPT_DAYS
from detectors.rules import RULES
from streams.config.channels import Channel
from streams.config.console import ConsoleSettings
from streams.config.ingest import IngestSettings
from streams.config.operation import LoggingSettings, MetricsSettings
from streams.config.operators import own_networks
from streams.config.places import PlacesSettings
from streams.config.shipped import configs_dir as configs_dir
from streams.config.strict_yaml import convert, listed, read_yaml
from streams.config_error import ConfigError as ConfigError
from streams.kafka.settings import KafkaSettings as KafkaSettings
from streams.limits import Limits
from streams.privacy.numbering import SenderRules
from streams.signed.settings import TrustSettings

#: Settings by environment: ``CELLHOUND__STREAMS__IDLE_S=3`` sets ``streams.idle_s``.
ENV_PREFIX = "CELLHOUND__"


class StreamSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the worker reads and keeps its state. Times in seconds.

    A broker refuses session timeouts below its own bound, 6 s unless configured.
    """

    disorder_s: Annotated[float, Meta(ge=0.0)] = 10.0
    idle_s: Annotated[float, Meta(gt=0.0)] = 5.0
    chunk_records: Annotated[int, Meta(ge=1)] = 20_000
    snapshot_every_s: Annotated[float, Meta(ge=0.0)] = 1.0
    profile_every_s: Annotated[float, Meta(ge=60.0)] = 1800.0
    audit_every_s: Annotated[float, Meta(ge=0.0)] = 600.0
    session_timeout_s: Annotated[float, Meta(gt=0.0, le=60.0)] = 10.0
    heartbeat_s: Annotated[float, Meta(gt=0.0)] = 2.0
    rebalance_timeout_s: Annotated[float, Meta(gt=0.0)] = 30.0
    stuck_s: Annotated[int, Meta(ge=1)] = 60

    def __post_init__(self) -> None:
        if self.heartbeat_s > self.session_timeout_s / 3:
            raise ValueError("heartbeat_s must be at most a third of session_timeout_s")


class EvidenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings a bundle takes, and the key that signs it.

    ``signing_key`` is a file; without one, a key is made in the state folder. A PEM private key
    (Ed25519) gives a signature that anybody can check with the public key; any other content is the
    secret of an HMAC-SHA256.
    """

    margin_s: Annotated[float, Meta(ge=0.0)] = 60.0
    near_m: Annotated[float, Meta(gt=0.0)] = 10_000.0
    signing_key: str = ""


class RollupSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a province puts up to the nation, and under which names the two know each other."""

    province: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{0,40}$")] = ""
    national: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,40}$")] = "national"
    every_s: Annotated[float, Meta(ge=0.1)] = 10.0
    keep_days: Annotated[float, Meta(gt=0.0, le=KEPT_DAYS)] = 14.0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    kafka: KafkaSettings = KafkaSettings()
    trust: TrustSettings = TrustSettings()
    streams: StreamSettings = StreamSettings()
    limits: Limits = Limits()
    senders: SenderRules = SenderRules()
    numbers: NumberSettings = NumberSettings()
    incidents: IncidentSettings = IncidentSettings()
    cases: CaseSettings = CaseSettings()
    rollup: RollupSettings = RollupSettings()
    roads: str = ""
    places: PlacesSettings = PlacesSettings()
    console: ConsoleSettings = ConsoleSettings()
    ingest: IngestSettings = IngestSettings()
    channels: tuple[Channel, ...] = ()
    evidence: EvidenceSettings = EvidenceSettings()
    operators: tuple[Network, ...] = ()
    metrics: MetricsSettings = MetricsSettings()
    logging: LoggingSettings = LoggingSettings()
    rules: tuple[AnyRule, ...] = ()

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"channels: names are unique; given twice: {', '.join(twice)}")


def load_settings(
    path: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from the file at ``path`` (else ``CELLHOUND_CONFIG``, else the defaults alone).

    ``flags`` are dotted paths to values, ``None`` for "not given": ``{"kafka.prefix": "test-"}``.
    Raises `ConfigError`.
    """
    env = os.environ if env is None else env
    path = path or env.get("CELLHOUND_CONFIG") or None
    tree = _read(configs_dir() / "default.yaml")
    names = ["default.yaml"]
    if path is not None:
        tree = _over(tree, _read(Path(path)))
        names.append(str(path))
    for name, value in env.items():
        if name.startswith(ENV_PREFIX):
            _set(tree, name[len(ENV_PREFIX) :].lower().split("__"), _scalar(name, value))
    if env.get("KAFKA_BOOTSTRAP"):
        _set(tree, ["kafka", "bootstrap"], env["KAFKA_BOOTSTRAP"])
    for dotted, value in (flags or {}).items():
        if value is not None:
            _set(tree, dotted.split("."), value)
    _make_one_home(tree)
    problems: list[str] = []
    rules = _rules(tree.pop("rules", {}), problems)
    own = own_networks(tree.pop("operators", {}), problems)
    settings = convert(tree, Settings, "", problems)
    if problems:
        raise ConfigError(listed(", ".join(names), problems))
    assert isinstance(settings, Settings)
    return msgspec.structs.replace(_with_home(settings), rules=rules, operators=own)


def _read(path: Path) -> dict[str, Any]:
    tree = read_yaml(path, ConfigError)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: must be a mapping of sections, such as kafka and rules.")
    return tree


def _make_one_home(tree: dict[str, Any]) -> None:
    """Numbers of calls are at home where senders of texts are, unless it is said otherwise."""
    numbers, senders = tree.get("numbers"), tree.get("senders")
    if not isinstance(numbers, dict) or numbers.get("home_code", "") != "":
        return
    codes = senders.get("country_codes") if isinstance(senders, dict) else None
    own = {name: value for name, value in numbers.items() if name != "home_code"}
    tree["numbers"] = own | ({"home_code": codes[0]} if isinstance(codes, list) and codes else {})


def _with_home(settings: Settings) -> Settings:
    """What is proposed about numbers at home needs to know where that is."""
    calls = settings.incidents.calls
    if calls.acting.home_code:
        return settings
    acting = msgspec.structs.replace(calls.acting, home_code=settings.numbers.home_code)
    calls = msgspec.structs.replace(calls, acting=acting)
    incidents = msgspec.structs.replace(settings.incidents, calls=calls)
    return msgspec.structs.replace(settings, incidents=incidents)


def _over(base: dict[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _over(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _set(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = tree.get(key)
        if not isinstance(inner, dict):
            inner = tree[key] = {}
        tree = inner
    tree[path[-1]] = value


def _scalar(name: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: is not a YAML value: {text!r}") from error


def _rules(tree: Any, problems: list[str]) -> tuple[AnyRule, ...]:
    by_name = {rule.name: rule for rule in RULES}
    if not isinstance(tree, dict):
        problems.append(f"rules: must be a mapping; known rules are {', '.join(by_name)}")
        return ()
    for name in tree:
        if name not in by_name:
            problems.append(f"rules.{name}: no such rule; known rules are {', '.join(by_name)}")
    built = [
        convert(tree.get(rule.name) or {}, rule, f"rules.{rule.name}", problems) for rule in RULES
    ]
    return tuple(rule for rule in built if isinstance(rule, Rule))
