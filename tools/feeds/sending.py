"""Where a feed's messages go: to standard output, to the gateway, or to Kafka itself.

    python -m tools.feeds.mdt FILE | cellhound ingest --stdin cell.measurements
    python -m tools.feeds.mdt FILE --url http://127.0.0.1:8341
    python -m tools.feeds.mdt FILE --bootstrap 127.0.0.1:9092

What is left out is counted, by reason, on standard error.
"""

import argparse
import json
import os
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

Message = dict[str, Any]
#: Reads a file; what it leaves out it counts, by reason.
Reader = Callable[[Path, Counter[str]], Iterator[Message]]
_IN_A_REQUEST: Final = 1000


def run(topic: str, read: Reader) -> None:
    """The program of a feed: its arguments, its messages on their way, and the count."""
    parser = argparse.ArgumentParser(description=f"Sends a file's records to {topic}.")
    parser.add_argument("file", type=Path)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", help="of `cellhound ingest`; FEED_TOKEN is its token")
    where.add_argument("--bootstrap", help="of Kafka, HOST:PORT")
    parser.add_argument("--prefix", default="", help="of the topics' names on Kafka")
    given = parser.parse_args()
    left_out: Counter[str] = Counter()
    found = (_whole(message) for message in read(given.file, left_out))
    if given.url:
        sent = _post(f"{given.url}/v1/{topic}", found)
    elif given.bootstrap:
        sent = _produce(given.bootstrap, given.prefix + topic, found)
    else:
        sent = sum(print(json.dumps(message)) is None for message in found)
    why = "".join(f", {count} {reason}" for reason, count in sorted(left_out.items()))
    print(f"{topic}: {sent} messages{'; left out:' + why[1:] if why else ''}", file=sys.stderr)


def _whole(message: Message) -> Message:
    """Without what is not known."""
    return {name: value for name, value in message.items() if value is not None}


def _post(url: str, found: Iterator[Message]) -> int:
    sent = 0
    headers = {"Content-Type": "application/x-ndjson"}
    if token := os.environ.get("FEED_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    while batch := list(islice(found, _IN_A_REQUEST)):
        body = "\n".join(map(json.dumps, batch)).encode()
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            sent += json.load(answer)["messages"]
    return sent


def _produce(bootstrap: str, topic: str, found: Iterator[Message]) -> int:
    """One record a message, keyed by whom it is about: all of a subscriber's share a partition."""
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=50)
    sent = 0
    for message in found:
        key = str(message.get("device") or message["subscriber"]).encode()
        producer.send(topic, json.dumps(message).encode(), key)
        sent += 1
    producer.flush()
    producer.close()
    return sent
