"""Channels in the settings: strict, every problem reported at once; secrets only from elsewhere."""

import asyncio
from pathlib import Path

import pytest

from field.channels.commands import summary
from field.channels.opening import open_channels
from field.channels.secrets import read_secrets
from streams.config.channels import NtfySettings, WebhookSettings, kind_of
from streams.config.settings import ConfigError, load_settings

GOOD = """
console: {public_url: "https://console.example"}
channels:
  - {kind: cot, name: tak, url: "tcp://127.0.0.1:8087"}
  - {kind: ntfy, name: vans, url: "https://ntfy.example", topic: alerts, token_env: NTFY_TOKEN,
     min_severity: high, operators: ["460-00"], rats: [lte], language: zh, zone: Asia/Shanghai}
  - {kind: webhook, name: soc, url: "http://127.0.0.1:9/x", secret_file: SECRET, enabled: false}
  - {kind: mqtt, name: room, host: 127.0.0.1}
  - {kind: email, name: post, host: mail.example, sender: a@b.example, to: [c@d.example]}
  - {kind: cap, name: hub, sender: a@b.example, folder: cap}
  - {kind: wecom, name: group, token_env: GROUP_TOKEN}
  - {kind: dingtalk, name: group-2, token_env: GROUP_TOKEN, secret_env: GROUP_SECRET}
  - {kind: feishu, name: group-3, token_env: GROUP_TOKEN}
"""
BAD = """
channels:
  - {kind: pigeon, name: loft}
  - {name: none}
  - 7
  - {kind: webhook, name: Not A Name, url: "ftp://x", debounce_s: -1}
  - {kind: ntfy, name: vans, topic: "a b", colour: red}
  - {kind: cap, name: both, sender: me, url: "https://x", folder: y}
  - {kind: cot, name: tak, url: "tcp://127.0.0.1:1", zone: Mars/Olympus}
  - {kind: email, name: post, host: x, sender: nobody, to: []}
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_each_kind_is_read_with_its_own_keys(tmp_path: Path) -> None:
    channels = load_settings(_file(tmp_path, GOOD), env={}).channels
    kinds = ["cot", "ntfy", "webhook", "mqtt", "email", "cap", "wecom", "dingtalk", "feishu"]
    assert [kind_of(channel) for channel in channels] == kinds
    vans = channels[1]
    assert isinstance(vans, NtfySettings)
    assert vans.operators == ("460-00",)
    assert vans.debounce_s == 300.0
    assert isinstance(channels[2], WebhookSettings)


def test_everything_that_is_wrong_is_reported_at_once_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_file(tmp_path, BAD), env={})
    shown = str(caught.value)
    for sentence in (
        "channels[0].kind: no such kind: 'pigeon'; known are cot, cap, ntfy",
        "channels[1].kind: is missing; known are",
        "channels[2]: must be a mapping",
        "channels[3].name:",
        "channels[3].url:",
        "channels[3].debounce_s: must be a number at least 0",
        "channels[4].colour: no such key; known keys are name, enabled",
        "channels[4].topic:",
        "channels[4].url: is missing",
        "channels[5]: give either url or folder",
        "channels[6]: zone 'Mars/Olympus' is no time zone",
        "channels[7].sender:",
        "channels[7].to:",
    ):
        assert f"  {sentence}" in shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("channels: {kind: cot}\n", "channels: must be a list"),
        (
            "channels: [{kind: cap, name: a, sender: x, folder: y}, {kind: cot, name: a,"
            " url: 'tcp://x:1'}]\n",
            "channels: names are unique; given twice: a",
        ),
    ],
)
def test_lists_that_are_none(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_settings(_file(tmp_path, text), env={})


def _opened(path: Path, env: dict[str, str], only: str | None = None) -> list[str]:
    async def names() -> list[str]:
        opened = open_channels(load_settings(path, env={}), env, only=only)
        for one in opened:
            await one.sender.stop()
        return [one.channel.name for one in opened]

    return asyncio.run(names())


def test_a_secret_that_is_missing_is_reported_with_its_channel_and_key(tmp_path: Path) -> None:
    path = _file(tmp_path, GOOD.replace("enabled: false", "enabled: true"))
    with pytest.raises(ConfigError) as caught:
        _opened(path, {"GROUP_TOKEN": "t"})
    shown = str(caught.value)
    assert "channel vans: token_env: the variable NTFY_TOKEN is not set" in shown
    assert "channel soc: secret_file: SECRET can't be read" in shown
    assert "channel group-2: secret_env: the variable GROUP_SECRET is not set" in shown
    assert "channel group:" not in shown


def test_secrets_are_in_the_environment_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    path = _file(tmp_path, GOOD.replace("SECRET,", f"{secret},"))
    env = {"GROUP_TOKEN": "t", "GROUP_SECRET": "s", "NTFY_TOKEN": "n"}
    assert "soc" not in _opened(path, env)
    assert len(_opened(path, env)) == 8
    assert _opened(path, env, only="soc") == ["soc"]
    with pytest.raises(ConfigError, match="there is no channel 'sock'; the settings have tak, va"):
        _opened(path, env, only="sock")


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        ("{kind: wecom, name: a}", "channel a: token_env or token_file is missing"),
        ("{kind: wecom, name: a, token_env: T, token_file: F}", "token_env or token_file, not b"),
        (
            "{kind: mqtt, name: a, host: 127.0.0.1, username: u}",
            "password_env or password_file is missing",
        ),
        (
            "{kind: cot, name: a, url: 'tls://x:1', ca_file: gone.pem}",
            "channel a: ca_file: there is no file gone.pem",
        ),
        (
            "{kind: cot, name: a, url: 'tls://x:1', p12_file: EMPTY}",
            "channel a: its certificates can't be used",
        ),
        ("{kind: wecom, name: a, token_file: EMPTY}", "token_file: .*empty is empty"),
    ],
)
def test_what_only_opening_can_see(tmp_path: Path, channel: str, sentence: str) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    path = _file(tmp_path, f"channels: [{channel.replace('EMPTY', str(empty))}]\n")
    with pytest.raises(ConfigError, match=sentence):
        _opened(path, {})


def test_a_line_break_after_a_secret_is_no_part_of_it() -> None:
    for shown in ("a-token\n", "a-token"):
        channel = NtfySettings(name="a", url="https://x", topic="t", token_env="T")
        problems: list[str] = []
        assert read_secrets(channel, {"T": shown}, problems) == {"token": "a-token"}
        assert not problems


def test_addresses_are_listed_without_what_may_be_a_secret(tmp_path: Path) -> None:
    text = "channels: [{kind: webhook, name: a, url: 'https://u:pw@soc.example:1/hooks/key?t=1'}]"
    shown = summary(load_settings(_file(tmp_path, text), env={}))
    assert shown == "a: webhook url=https://***@soc.example:1/***"


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        ("{kind: ntfy, name: a, topic: t, url: 'http://[::1'}", "[0]: url: its host or port is n"),
        ("{kind: ntfy, name: a, topic: t, url: 'http://x:99999'}", "[0]: url: its host or port i"),
        ("{kind: webhook, name: a, url: 'http://:80/x'}", "[0]: url: its host or port is none"),
        ("{kind: cap, name: a, sender: x, url: 'http://x:0'}", "[0]: url: its host or port is n"),
        ("{kind: cot, name: a, url: 'tcp://x:99999'}", "[0]: url: its host or port is none"),
        ("{kind: mqtt, name: a, host: ''}", "[0].host:"),
        ("{kind: email, name: a, host: 'smtp://x', sender: a@x, to: [b@x]}", "[0].host:"),
        ("{kind: email, name: a, host: x, sender: a&b@x, to: [b@x]}", "[0].sender:"),
        (
            "{kind: mqtt, name: a, host: x, kinds: [fake_basestation]}",
            "[0].kinds: must be one of fake_base_station, cloned_cell, sms_spammer, imsi_catcher",
        ),
    ],
)
def test_what_could_never_send_refuses_to_start(
    tmp_path: Path, channel: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_file(tmp_path, f"channels: [{channel}]\n"), env={})
    assert f"  channels{sentence}" in str(caught.value)


def test_channels_are_listed_without_their_secrets(tmp_path: Path) -> None:
    shown = summary(load_settings(_file(tmp_path, GOOD), env={"NTFY_TOKEN": "hidden"}))
    assert "hidden" not in shown
    lines = shown.splitlines()
    assert len(lines) == 9
    assert lines[0] == "tak: cot url=tcp://127.0.0.1:8087"
    assert lines[2].startswith("soc: webhook (disabled) ")
    assert "operators=460-00" in lines[1]
    assert "token_env=NTFY_TOKEN" in lines[1]


PLAIN = """
channels:
  - {kind: ntfy, name: vans, url: "http://ntfy.example/x?secret", topic: alerts}
  - {kind: webhook, name: soc, url: "http://10.0.0.1:9/x"}
  - {kind: mqtt, name: room, host: mqtt.example}
  - {kind: email, name: post, host: "192.0.2.1", security: none, sender: a@b.example, to: [c@d.ex]}
  - {kind: cap, name: hub, sender: a@b.example, url: "http://hub.example"}
  - {kind: wecom, name: group, url: "http://bot.example", token_env: GROUP_TOKEN}
"""


def test_plain_text_beyond_this_computer_is_refused_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(_file(tmp_path, PLAIN), {})
    shown = str(refused.value)
    for what in (
        "plain HTTP to ntfy.example",
        "plain HTTP to 10.0.0.1",
        "plain MQTT to mqtt.example",
        "plain SMTP to 192.0.2.1",
        "plain HTTP to hub.example",
        "plain HTTP to bot.example",
    ):
        assert what in shown
    assert shown.count("allow_plain: true") == 6
    assert "secret" not in shown
    allowed = PLAIN.replace("}\n", ", allow_plain: true}\n")
    assert len(load_settings(_file(tmp_path, allowed), {}).channels) == 6
    here = PLAIN
    for far in ("ntfy.example", "10.0.0.1", "mqtt.example", "192.0.2.1", "hub.ex", "bot.ex"):
        here = here.replace(far, "127.0.0.2", 1).replace("127.0.0.2ample", "127.0.0.2")
    assert len(load_settings(_file(tmp_path, here), {}).channels) == 6
