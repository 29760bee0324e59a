"""Alerts by MQTT: a retained message for each open one, so that who subscribes sees all of them.

``<topic>/alerts/<alert_id>`` holds the alert's JSON, with ``replay`` true in one that is replayed
from a recording, and is emptied when it closes;
``<topic>/status`` is ``online``, or ``offline`` by the connection's last will.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import aiomqtt
import msgspec

from field.channels.delivery.sender import Notice, SendError, plain_name
from field.channels.kinds.connected import Connected, Picture, tls_context
from streams.config.channels import MqttSettings

_QOS: Final = 1


class MqttSender(Connected):
    """Keeps a connection to one broker."""

    def __init__(
        self, channel: MqttSettings, password: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        picture = Picture(channel.most_age_s, channel.most_age_s)
        super().__init__(picture, channel.timeout_s / 2, clock)
        self._channel, self._password = channel, password
        self._tls = tls_context(channel) if channel.tls else None
        self._client: aiomqtt.Client | None = None

    async def send(self, notice: Notice) -> str:
        await self._take(notice)
        client = self._client
        if client is None:
            raise SendError(f"not connected: {self._why}", away=True)
        try:
            if notice.test:
                topic = f"{self._channel.topic}/test"
                await client.publish(topic, _payload(notice), _QOS)
            else:
                await self._put(client, notice)
        except aiomqtt.MqttError as error:
            raise SendError(f"not published: {error}", away=True) from error
        return "acknowledged by the broker"

    async def stop(self) -> None:
        client = self._client
        if client is not None and self._up.is_set():
            with suppress(aiomqtt.MqttError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._publish_status(client, "offline")
        await super().stop()

    async def _stay(self) -> str:
        try:
            async with self._made() as client:
                await self._publish_status(client, "online")
                opened, closed = self._picture.shown(self._clock())
                for notice in (*closed, *opened):
                    await self._put(client, notice)
                self._client = client
                self._up.set()
                # Nothing is subscribed to; this ends when the connection does.
                async for _ in client.messages:
                    pass
        except aiomqtt.MqttError as error:
            return str(error)
        finally:
            self._client = None
        return "the broker closed the connection"

    def _made(self) -> aiomqtt.Client:
        channel = self._channel
        return aiomqtt.Client(
            channel.host,
            channel.port,
            username=channel.username or None,
            password=self._password or None,
            will=aiomqtt.Will(f"{channel.topic}/status", b"offline", _QOS, retain=True),
            tls_context=self._tls,
            timeout=channel.timeout_s,
        )

    async def _publish_status(self, client: aiomqtt.Client, status: str) -> None:
        await client.publish(f"{self._channel.topic}/status", status, _QOS, retain=True)

    async def _put(self, client: aiomqtt.Client, notice: Notice) -> None:
        alert = notice.alerts[0]
        payload = b"" if alert.status == "closed" else _payload(notice)
        topic = f"{self._channel.topic}/alerts/{plain_name(alert.alert_id)}"
        await client.publish(topic, payload, _QOS, retain=True)


def _payload(notice: Notice) -> bytes:
    fields = msgspec.to_builtins(notice.alerts[0])
    return msgspec.json.encode(fields | {"replay": True} if notice.replay else fields)
