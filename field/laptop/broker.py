"""The broker of one start: its own, one that runs already, or one that was named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from field.laptop.claim import Claim
from streams.kafka.laptop.known_brokers import remember
from streams.kafka.local_broker import Broker


@contextmanager
def own_broker(node: Broker, claim: Claim, show: Callable[[str], None]) -> Iterator[str]:
    """The address of the broker in its folder, which is stopped again at the end of the block.

    One that ran before stays, unless it is left of a start of ours that was killed. Raises
    BrokerError.
    """
    taken_over = claim.former is not None and claim.former.owns_broker
    ran = node.status().running
    if not ran:
        show("broker     is being started ..")
        claim.put(owns_broker=True)
    stays = ran and not taken_over
    if ran and taken_over and node.status().bootstrap != node.bootstrap:
        node.down()
    try:
        node.up()
        remember(node)
        claim.put(broker=node.bootstrap, owns_broker=not stays)
        how = "runs already, and stays" if stays else f"data in {node.home}"
        show(f"broker     {node.bootstrap} (Apache Kafka; {how})")
        yield node.bootstrap
    finally:
        if not stays:
            node.down()
