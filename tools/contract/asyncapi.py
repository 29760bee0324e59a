"""The topics as an AsyncAPI 3 document; the payloads are the JSON Schemas beside it."""

from collections.abc import Mapping
from typing import Any, Final

from streams.kafka.topics import SPECS, TopicSpec
from tools.contract.input_schemas import DIALECT

_FORMAT: Final = f"application/schema+json;version={DIALECT}"
_BINDING: Final = "0.5.0"
_HEADERS: Final = {
    "type": "object",
    "properties": {
        "content-type": {
            "type": "string",
            "enum": ["application/json", "application/vnd.apache.arrow.stream"],
            "default": "application/json",
            "description": "JSON: one object or an array of them. Arrow: a stream of rows.",
        },
        "rx-ts": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Arrival time in decimal milliseconds, for messages without `rx_ts`.",
        },
    },
}

_INTERNAL: Final = (
    "Internal: what travels between the stages, or their memory. Its form may change with any "
    "version, so that nobody else reads or writes it."
)
_SECURITY: Final = {
    "certificate": {"type": "X509", "description": "TLS with a certificate of the program's own."},
    "scram": {"type": "scramSha512", "description": "SASL over TLS, a user for each program."},
}


def asyncapi(
    inputs: Mapping[str, Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The document; ``inputs`` and ``outputs`` are the JSON Schemas by topic.

    Cellhound receives the inputs and sends the outputs. What travels between the stages has no
    fixed form: its topics are there without operations, and without a payload.
    """
    schemas = {**inputs, **outputs}
    specs = [spec for spec in SPECS if spec.name in schemas]
    inner = [spec for spec in SPECS if spec.name not in schemas]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "cellhound",
            "version": "0.1.0",
            "description": "What cellhound reads from Kafka and writes to it. A prefix may stand "
            "before all names of topics. See ../messages.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "The broker of `cellhound broker up`; others by --bootstrap.",
            },
            "cluster": {
                "host": "{bootstrap}",
                "protocol": "kafka-secure",
                "description": "An operator's cluster; see ../kafka-security.md.",
                "variables": {
                    "bootstrap": {
                        "default": "127.0.0.1:9093",
                        "description": "Host and port: `kafka.bootstrap`.",
                    }
                },
                "security": [{"$ref": f"#/components/securitySchemes/{one}"} for one in _SECURITY],
            },
        },
        "channels": {spec.name: _channel(spec, schemas[spec.name]) for spec in specs}
        | {spec.name: _inner(spec) for spec in inner},
        "operations": {
            f"{action}.{spec.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{spec.name}"},
                "messages": [{"$ref": f"#/channels/{spec.name}/messages/message"}],
            }
            for spec in specs
            for action in ["receive" if spec.name in inputs else "send"]
        },
        "components": {
            "securitySchemes": _SECURITY,
            "messages": {
                spec.name: _message(spec, schemas[spec.name], is_input=spec.name in inputs)
                for spec in specs
            },
        },
    }


def _inner(spec: TopicSpec) -> dict[str, Any]:
    """A topic between the stages: nobody else's business."""
    described = _channel(spec, {"description": _INTERNAL})
    return described | {"messages": {}}


def _channel(spec: TopicSpec, schema: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"cleanup.policy": ["compact" if spec.compact else "delete"]}
    if spec.retention_ms is not None:
        settings["retention.ms"] = spec.retention_ms
    if spec.max_message_bytes is not None:
        settings["max.message.bytes"] = spec.max_message_bytes
    return {
        "address": spec.name,
        "description": schema["description"],
        "messages": {"message": {"$ref": f"#/components/messages/{spec.name}"}},
        "bindings": {
            "kafka": {
                "partitions": spec.partitions,
                "topicConfiguration": settings,
                "bindingVersion": _BINDING,
            }
        },
    }


def _message(spec: TopicSpec, schema: Mapping[str, Any], *, is_input: bool) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": spec.name,
        "title": spec.name,
        "contentType": "application/json",
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": f"./{spec.name}.json"}},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": spec.key},
                "bindingVersion": _BINDING,
            }
        },
        "examples": [{"payload": schema["examples"][0]}],
    }
    return message | ({"headers": _HEADERS} if is_input else {})
