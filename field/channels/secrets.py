"""Secrets and files that channels name: read when a channel is opened, all problems are collected.

A secret is in an environment variable (``token_env: NAME``) or in a file (``token_file: PATH``, its
last line break left out), never in the settings, so that those can be shown and kept anywhere.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from streams.config.channels import BotSettings, ChannelSettings

_ENV, _FILE = "_env", "_file"


def read_secrets(
    channel: ChannelSettings, env: Mapping[str, str], problems: list[str]
) -> dict[str, str]:
    """The channel's secrets by name (``token``, ``password``, ``secret``), those that it has.

    What is wrong is added to ``problems``, with the channel and the key.
    """
    found = {}
    keys = [field.name for field in msgspec.structs.fields(type(channel))]
    names = [key.removesuffix(_ENV) for key in keys if key.endswith(_ENV)]
    for name in names:
        value = _secret(channel, name, env, problems)
        if value is not None:
            found[name] = value
    files = [key for key in keys if key.endswith(_FILE) and key.removesuffix(_FILE) not in names]
    for key in files:
        path = getattr(channel, key)
        if path and not Path(path).is_file():
            problems.append(f"channel {channel.name}: {key}: there is no file {path}")
    return found


def _secret(
    channel: ChannelSettings, name: str, env: Mapping[str, str], problems: list[str]
) -> str | None:
    variable, path = getattr(channel, name + _ENV), getattr(channel, name + _FILE)
    before = len(problems)
    value = ""
    if variable and path:
        problems.append(f"channel {channel.name}: give {name}_env or {name}_file, not both")
    elif variable:
        value = env.get(variable, "").rstrip("\r\n")
        if not value:
            problems.append(
                f"channel {channel.name}: {name}_env: the variable {variable} is not set"
            )
    elif path:
        try:
            value = Path(path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"channel {channel.name}: {name}_file: {path} can't be read ({error})")
        else:
            if not value:
                problems.append(f"channel {channel.name}: {name}_file: {path} is empty")
    elif _needed(channel, name):
        problems.append(f"channel {channel.name}: {name}_env or {name}_file is missing")
    if name == "token" and not (value.isascii() and value.isprintable()):
        where = f"channel {channel.name}: token_{'env' if variable else 'file'}"
        problems.append(f"{where}: no token has letters beyond ASCII, or line breaks")
    return value if value and len(problems) == before else None


def _needed(channel: ChannelSettings, name: str) -> bool:
    if name == "password":
        return bool(getattr(channel, "username", ""))
    return name == "token" and isinstance(channel, BotSettings)
