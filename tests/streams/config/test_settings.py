"""Settings: strict, with every problem named at once; file over defaults, environment, flags."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from detectors.rollup.records import KEPT_MS
from detectors.rules import RULES
from streams.config.settings import ConfigError, Settings, configs_dir, load_settings
from streams.kafka.topics import SPECS


def _file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_the_defaults_that_ship_are_those_in_the_code() -> None:
    loaded = load_settings(env={})
    assert msgspec.structs.replace(loaded, rules=()) == Settings()
    for loaded_rule, rule in zip(loaded.rules, RULES, strict=True):
        # One that nothing has weighed yet may be off.
        assert msgspec.structs.replace(loaded_rule, enabled=True) == rule()


def _keys(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The tree of keys of a struct; ``None`` for a plain value."""
    return {
        field.name: _keys(field.type)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        else None
        for field in msgspec.structs.fields(kind)
    }


def test_the_shipped_file_names_every_key_and_no_other() -> None:
    shipped = yaml.safe_load((configs_dir() / "default.yaml").read_text())
    rules = shipped.pop("rules")
    assert sorted(rules) == sorted(rule.name for rule in RULES)
    # Which senders are people is a national matter; the docs have it.
    wanted = _keys(Settings)
    del wanted["rules"]
    wanted["senders"] = {}

    def same(shipped: Any, known: Any, path: str) -> None:
        if known is not None:
            assert isinstance(shipped, dict), path
            assert sorted(shipped) == sorted(known), path
            for key, inner in known.items():
                same(shipped[key], inner, f"{path}.{key}")

    same(shipped, wanted, "default.yaml")


def test_every_key_of_the_shipped_file_has_a_sentence() -> None:
    lines = (configs_dir() / "default.yaml").read_text().splitlines()
    keys = [line for line in lines if line.startswith(" ") and ":" in line.partition("#")[0]]
    silent = [line for line in keys if "#" not in line]
    # Sections and rules explain themselves where they begin.
    assert all(line.rstrip().endswith((":", "{}")) for line in silent)
    assert len(keys) > 25


def test_all_problems_are_listed_at_once_with_their_paths(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        """
kafka: {bootstrap: 9092, colour: red}
streams: {idle_s: soon, chunk_records: 10.5, store: memory}
incidents: {fusion: {half_life_s: [1]}, association: 7}
senders: {personal: ["1[3"]}
rules: {unknown_sell: {}, unknown_cell: {cap: high, kap: 1}}
extra: 1
""",
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path, env={})
    listed = str(caught.value)
    for place in (
        "kafka.bootstrap",
        "kafka.colour",
        "streams.idle_s",
        "streams.chunk_records",
        "streams.store",
        "incidents.fusion.half_life_s",
        "incidents.association",
        "rules.unknown_sell",
        "rules.unknown_cell.cap",
        "rules.unknown_cell.kap",
        "extra",
        "senders",
    ):
        assert f"  {place}" in listed
    assert "mine.yaml" in listed
    assert "known keys are" in listed
    assert "'soon'" in listed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1\n", "must be a mapping"),
        ("a: [\n", "is not YAML"),
        ("[" * 2000, "nested too deep"),
        ("!!python/object/apply:os.getcwd []\n", "is not YAML"),
        ("kafka: 3\n", "kafka: must be a mapping"),
        ("rules: 3\n", "rules: must be a mapping"),
        ("rules: {unknown_cell: 3}\n", "rules.unknown_cell: must be a mapping"),
        (
            "streams: {chunk_records: 0}\n",
            "chunk_records: must be a whole number at least 1",
        ),
        ("streams: {heartbeat_s: 5}\n", "streams: heartbeat_s must be at most a third"),
    ],
)
def test_files_that_are_no_settings(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_settings(_file(tmp_path, text), env={})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: can't be read"):
        load_settings(tmp_path / "none.yaml", env={})


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load_settings(_file(tmp_path, "# nothing\n"), env={}) == load_settings(env={})


def test_flags_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        """
kafka: {prefix: file-, group: mine}
streams: {idle_s: 1}
rules: {unknown_cell: {enabled: false}}
""",
    )
    env = {
        "KAFKA_BOOTSTRAP": "broker:1",
        "CELLHOUND_CONFIG": str(path),
        "CELLHOUND__KAFKA__BOOTSTRAP": "other:2",
        "CELLHOUND__STREAMS__IDLE_S": "3",
        "CELLHOUND__RULES__UNKNOWN_CELL__CAP": "2.5",
        "CELLHOUND_KEY": "not a setting",
    }
    read = load_settings(env=env, flags={"kafka.prefix": "flag-", "kafka.bootstrap": None})
    assert read.kafka.prefix == "flag-"
    assert read.kafka.group == "mine"
    assert read.kafka.bootstrap == "broker:1"
    assert read.streams.idle_s == 3
    rule = next(rule for rule in read.rules if rule.name == "unknown_cell")
    assert not rule.enabled
    assert msgspec.to_builtins(rule)["cap"] == 2.5
    assert load_settings(path, env={}, flags={"kafka.bootstrap": "z:1"}).kafka.bootstrap == "z:1"


def test_the_environment_is_as_strict_as_a_file() -> None:
    env = {"CELLHOUND__STREAMS__IDLE": "3", "CELLHOUND__NOTHING__AT_ALL": "{}"}
    with pytest.raises(ConfigError) as caught:
        load_settings(env=env)
    assert "streams.idle:" in str(caught.value)
    assert "nothing:" in str(caught.value)
    with pytest.raises(ConfigError, match="CELLHOUND__KAFKA: is not a YAML value"):
        load_settings(env={"CELLHOUND__KAFKA": "{"})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "console: {basemap: {datum: mars}}",
            "console.basemap.datum: must be one of wgs84, gcj02, bd09, got 'mars'",
        ),
        (
            "channels: [{kind: webhook, name: a, url: u, min_severity: loud}]",
            "channels[0].min_severity: must be one of info, low, medium, high, critical",
        ),
    ],
)
def test_a_wrong_text_is_answered_with_those_that_are_listed(
    tmp_path: Path, text: str, answer: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_file(tmp_path, text), env={})
    assert answer in str(caught.value)


def test_numbers_that_may_be_verified_again_are_at_home_where_calls_are() -> None:
    env = {"CELLHOUND__NUMBERS__HOME_CODE": "'44'"}
    assert load_settings(env=env).incidents.calls.acting.home_code == "44"
    with pytest.raises(ConfigError, match=r"incidents\.calls\.acting\.automatic"):
        load_settings(env={"CELLHOUND__INCIDENTS__CALLS__ACTING__AUTOMATIC": "[fly]"})


def test_no_hour_is_added_to_that_its_topic_has_forgotten(tmp_path: Path) -> None:
    kept = {spec.name: spec.retention_ms for spec in SPECS if spec.retention_ms == KEPT_MS}
    assert set(kept) >= {"rollup.windows", "rollup.campaigns", "national.windows"}
    assert load_settings(_file(tmp_path, "rollup: {keep_days: 90}"), env={}).rollup.keep_days == 90
    with pytest.raises(ConfigError, match="keep_days"):
        load_settings(_file(tmp_path, "rollup: {keep_days: 91}"), env={})
