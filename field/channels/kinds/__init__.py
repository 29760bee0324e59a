"""The kinds of channel: TAK, CAP, ntfy, webhook, MQTT, e-mail, bots."""
