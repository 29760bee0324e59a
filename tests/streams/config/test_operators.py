"""An operator's own names of networks: taken up, and refused with key and what may stand there."""

from pathlib import Path

import pytest

from cellhound.options import settings_of
from detectors.networks.names import Network, network_text
from replay.results.running import evaluate
from replay.traces.truth import EvaluationError
from streams.config.settings import ConfigError, load_settings


def _settings(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_are_one_for_all_languages_or_one_each(tmp_path: Path) -> None:
    text = """
operators:
  460-77: Rail network
  460-00: {en: Our network, zh: 本网}
  310-012: {zh: 外网}
"""
    assert load_settings(_settings(tmp_path, text), env={}).operators == (
        Network("460-77", "Rail network", "Rail network"),
        Network("460-00", "Our network", "本网"),
        Network("310-012", "外网", "外网"),
    )
    assert load_settings(env={}).operators == ()
    from_environment = {"CELLHOUND__OPERATORS": "{460-77: Rail}"}
    assert load_settings(env=from_environment).operators == (Network("460-77", "Rail", "Rail"),)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("46000: One", "operators.46000: is no code of a network; write MCC-MNC, three digits"),
        ("46-00: One", "operators.46-00: is no code of a network"),
        ("460-0: One", "operators.460-0: is no code of a network"),
        ("460-0٠: One", "operators.460-0٠: is no code of a network"),
        ("460-00: 7", "operators.460-00: must be a name of 1 to 60 printable letters, or one for"),
        ("460-00: {}", "operators.460-00: must be a name of 1 to 60 printable letters, or one for"),
        ("460-00: [One]", "operators.460-00: must be a name of 1 to 60 printable letters, or one"),
        ("460-00: {de: Eins}", "operators.460-00.de: no such language; known are en, zh"),
        ("460-00: {en: ' '}", "operators.460-00.en: must be a name of 1 to 60 printable letters"),
        (f"460-00: {'x' * 61}", "operators.460-00: must be a name of 1 to 60 printable letters"),
        ('460-00: "a\\nb"', "operators.460-00: must be a name of 1 to 60 printable letters"),
        ('460-00: "a\\u202eb"', "operators.460-00: must be a name of 1 to 60 printable letters"),
        ("460-01: One, 460-001: Two", "operators.460-001: is the same network as 460-01"),
    ],
)
def test_a_wrong_code_or_name_is_refused(tmp_path: Path, given: str, problem: str) -> None:
    path = _settings(tmp_path, f"operators: {{{given}}}\nkafka: {{colour: red}}\n")
    with pytest.raises(ConfigError) as refused:
        load_settings(path, env={})
    assert problem in str(refused.value)
    # With the file, and with what else is wrong.
    assert f"{path} can't be used" in str(refused.value)
    assert "kafka.colour" in str(refused.value)


def test_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="operators: must be a mapping of codes to names"):
        load_settings(_settings(tmp_path, "operators: [460-00]\n"), env={})


@pytest.mark.usefixtures("own_networks")
def test_commands_and_the_library_take_names_up_with_their_settings(tmp_path: Path) -> None:
    path = _settings(tmp_path, "operators: {460-01: {en: Second network, zh: 二网}}\n")
    settings_of(path)
    assert (network_text(460, 1), network_text(460, 0)) == (
        "Second network 460-01",
        "China Mobile 460-00",
    )
    settings_of(None)
    assert network_text(460, 1, "zh") == "中国联通 460-01"
    with pytest.raises(EvaluationError):
        evaluate([], config=path)
    assert network_text(460, 1, "zh") == "二网 460-01"
