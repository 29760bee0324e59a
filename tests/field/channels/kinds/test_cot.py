"""Cursor on Target against a real TAK server (taky): what a second client sees, plain and by TLS.

A mesh is received by a plain socket on the multicast group, on loopback.

Long because all of it runs against one server that takes long to start.
"""

import asyncio
import math
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from ssl import create_default_context
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from lxml import etree

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.cot import CotSender
from streams.config.channels import CotSettings
from tests.conftest import free_port
from tests.field.channels.example import an_alert
from tests.services.taky import Server, client, plain, takyctl

# A server of its kind is started.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
P12_PASSWORD = "atakatak"


@pytest.fixture
def taky(tmp_path: Path) -> Iterator[Server]:
    with closing(plain(tmp_path)) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate authority, and certificates for van1 in van1/certs."""
    above = tmp_path_factory.mktemp("taky")
    host = ["--host", "127.0.0.1", "--bind-ip", "127.0.0.1", "--public-ip", "127.0.0.1"]
    takyctl(above, "setup", *host, "server")
    folder = above / "server"
    takyctl(folder, "build_client", "van1")
    with ZipFile(folder / "van1.zip") as bundle:
        bundle.extractall(folder / "van1")
    return folder


@pytest.fixture
def taky_tls(authority: Path) -> Iterator[Server]:
    port = free_port()
    config = authority / f"taky-{port}.conf"
    made = (authority / "taky.conf").read_text()
    config.write_text(made.replace("port = 8089", f"port = {port}"))
    with closing(Server(authority, port, config)) as server:
        server.start()
        yield server


def channel(url: str, **changes: Any) -> CotSettings:
    """Patient unless a test sets another time: the machine may be busy with other things."""
    return msgspec.structs.replace(CotSettings(name="tak", url=url, timeout_s=60.0), **changes)


@asynccontextmanager
async def sender(settings: CotSettings, password: str = "") -> AsyncIterator[CotSender]:
    made = CotSender(settings, password)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


MARKER, REGION = "cellhound.a1", "cellhound.a1.region"
MOVED = an_alert(revision=2, position={"lat": 39.915, "lon": 116.42})
GONE = an_alert(revision=3, status="closed")


async def seen_moved_and_cleared(
    settings: CotSettings, password: str, connect: Callable[[], Any]
) -> None:
    """What must hold of a server: for who listens, and for who comes late."""
    async with sender(settings, password) as ours, connect() as second:
        assert await ours.send(Notice((an_alert(),))) == "2 events"
        await second.until(lambda: {MARKER, REGION} <= second.events.keys(), "marker and region")
        assert second.place(MARKER) == (39.9042, 116.4074)
        assert second.events[MARKER].get("type") == "a-s-G-I-U-T-com-tow"
        assert float(second.events[MARKER].find("point").get("ce")) == 420.0
        assert second.events[MARKER].find("detail/__cellhound").get("plmn") == "460-00"
        shape = second.events[REGION].find("detail/shape/ellipse")
        assert float(shape.get("major")) >= float(shape.get("minor")) > 100.0
        async with connect() as late:
            await late.until(lambda: {MARKER, REGION} <= late.events.keys(), "a late van sees it")
        await ours.send(Notice((MOVED,)))
        await second.until(lambda: second.place(MARKER) == (39.915, 116.42), "it moves")
        assert await ours.send(Notice((GONE,))) == "4 events"
        await second.until(lambda: {MARKER, REGION} <= second.deleted, "it is taken off")
        await asyncio.sleep(6.0)  # Until what the server keeps is stale.
        async with connect() as late:
            await asyncio.sleep(1.0)
            assert not {MARKER, REGION} & late.events.keys()


def test_a_replay_is_called_one_on_the_map(taky: Server) -> None:
    async def run() -> None:
        async with sender(channel(f"tcp://127.0.0.1:{taky.port}")) as ours:
            await ours.send(Notice((an_alert(),), replay=True))
            async with client(taky.port) as late:
                await late.until(lambda: {MARKER, REGION} <= late.events.keys(), "it is shown")
        for uid in (MARKER, REGION):
            callsign = late.events[uid].find("detail/contact").get("callsign")
            assert callsign.startswith("[REPLAY] ")
        assert late.events[MARKER].findtext("detail/remarks").startswith("[REPLAY] ")
        assert late.events[MARKER].find("detail/__cellhound").get("replay") == "true"

    asyncio.run(run())


@pytest.mark.slow
def test_a_second_client_sees_it_move_and_go_also_one_that_comes_late(taky: Server) -> None:
    settings = channel(f"tcp://127.0.0.1:{taky.port}")
    asyncio.run(seen_moved_and_cleared(settings, "", lambda: client(taky.port)))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["p12", "pem"])
def test_the_same_by_tls_with_a_client_certificate(taky_tls: Server, form: str) -> None:
    folder = taky_tls.folder
    (bundle,) = (folder / "van1" / "certs").glob("van1-*.p12")
    authority, cert, key = folder / "ssl" / "ca.crt", folder / "van1.pem", folder / "van1.key"
    _as_pem(bundle, cert, key)
    # The certificate that takyctl makes is for a name, not for the address that we connect to.
    settings = channel(
        f"tls://127.0.0.1:{taky_tls.port}", ca_file=str(authority), check_hostname=False
    )
    own = {"p12_file": str(bundle)} if form == "p12" else {"cert_file": str(cert)}
    more = {} if form == "p12" else {"key_file": str(key)}
    settings = msgspec.structs.replace(settings, **own, **more)
    context = create_default_context(cafile=str(authority))
    context.check_hostname = False
    context.load_cert_chain(cert, key)
    password = P12_PASSWORD if form == "p12" else ""
    asyncio.run(seen_moved_and_cleared(settings, password, lambda: client(taky_tls.port, context)))


def _as_pem(bundle: Path, cert: Path, key: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    secret, public, _ = pkcs12.load_key_and_certificates(bundle.read_bytes(), P12_PASSWORD.encode())
    assert secret is not None
    assert public is not None
    cert.write_bytes(public.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def test_without_a_certificate_a_server_that_wants_one_is_not_reached(taky_tls: Server) -> None:
    settings = channel(
        f"tls://127.0.0.1:{taky_tls.port}",
        ca_file=str(taky_tls.folder / "ssl" / "ca.crt"),
        timeout_s=4.0,
    )

    async def run() -> None:
        async with sender(settings) as ours:
            # Also refused for its name, which check_hostname looks at.
            assert re.match("not connected: .*certificate", await _refused(ours))

    asyncio.run(run())


async def _refused(ours: CotSender) -> str:
    """Why it can't send, once the server has answered anything."""
    for _ in range(60):
        with pytest.raises(SendError) as caught:
            await ours.send(Notice((an_alert(),)))
        if "no answer yet" not in str(caught.value):
            return str(caught.value)
    raise AssertionError("the server never answered")


@pytest.mark.slow
def test_a_server_that_comes_back_is_shown_everything_anew(taky: Server) -> None:
    async def run() -> None:
        settings = channel(f"tcp://127.0.0.1:{taky.port}", timeout_s=2.0)
        async with sender(settings) as ours:
            await _succeeds(lambda: ours.send(Notice((an_alert("a1"),))))
            taky.close()
            await _fails(lambda: ours.send(Notice((an_alert("a2"),))))
            await _fails(lambda: ours.send(Notice((an_alert("a3"),))))
            taky.start()
            await asyncio.sleep(3.0)
            async with client(taky.port) as late:
                names = {f"cellhound.a{number}" for number in (1, 2, 3)}
                await late.until(lambda: names <= late.events.keys(), "all three")

    asyncio.run(run())


async def _succeeds(attempt: Callable[[], Awaitable[str]]) -> None:
    """Until the connection is there."""
    for _ in range(60):
        with suppress(SendError):
            await attempt()
            return
    raise AssertionError("it never connected")


async def _fails(attempt: Callable[[], Awaitable[str]]) -> None:
    """Until the loss of the connection has been noticed."""
    for _ in range(50):
        try:
            await attempt()
        except SendError:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the loss was never noticed")


@pytest.mark.slow
def test_a_link_that_is_cut_silently_is_noticed(tmp_path: Path) -> None:
    own_network = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*own_network, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of one's own may be made here")
    alert = tmp_path / "alert.json"
    alert.write_bytes(msgspec.json.encode(an_alert()))
    done = subprocess.run(
        [*own_network, sys.executable, Path(__file__).with_name("cut_link.py"), alert],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    print(f"raised {done.stdout.strip()} s after the link was cut")
    assert float(done.stdout) >= 0.0, "two minutes of markers counted as sent"


def test_a_marker_is_sent_again_before_it_is_stale(taky: Server) -> None:
    async def run() -> None:
        settings = channel(f"tcp://127.0.0.1:{taky.port}", stale_s=10.0)
        async with sender(settings) as ours, client(taky.port) as second:
            await ours.send(Notice((an_alert(),)))
            await second.until(lambda: MARKER in second.events, "it is there")
            first = second.events[MARKER].get("stale")
            await second.until(lambda: second.events[MARKER].get("stale") > first, "anew")

    asyncio.run(run())


@contextmanager
def mesh_of(group: str) -> Iterator[tuple[socket.socket, int]]:
    """A socket that receives a multicast group on loopback, and its port."""
    port = free_port()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as mesh:
        mesh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mesh.bind((group, port))
        joined = struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton("127.0.0.1"))
        mesh.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        mesh.settimeout(60.0)
        yield mesh, port


def test_a_mesh_receives_it_without_any_server() -> None:
    with mesh_of("239.2.3.1") as (mesh, port):

        async def run() -> None:
            settings = channel(f"udp://239.2.3.1:{port}", interface="127.0.0.1")
            async with sender(settings) as ours:
                assert await ours.send(Notice((an_alert(),))) == "2 events"

        asyncio.run(run())
        received = {etree.fromstring(mesh.recv(1 << 16)).get("uid") for _ in range(2)}
    assert received == {MARKER, REGION}


def test_what_is_too_long_for_a_mesh_keeps_nothing_else_from_it() -> None:
    # An outline of so many corners that no datagram holds it.
    turns = (math.tau * at / 4000 for at in range(4000))
    outline = [[116.4 + 0.01 * math.cos(t), 39.9 + 0.01 * math.sin(t)] for t in turns]
    huge = an_alert("huge", region={"type": "Polygon", "coordinates": [outline]})
    with mesh_of("239.2.3.2") as (mesh, port):

        async def run() -> None:
            settings = channel(
                f"udp://239.2.3.2:{port}", interface="127.0.0.1", region_as="polygon"
            )
            async with sender(settings) as ours:
                await ours.send(Notice((huge,)))
                await ours.send(Notice((an_alert(),)))

        asyncio.run(run())
        received = [etree.fromstring(mesh.recv(1 << 16)).get("uid") for _ in range(3)]
    assert received == ["cellhound.huge", MARKER, REGION]


def test_an_alert_without_a_place_is_on_no_map(taky: Server) -> None:
    async def run() -> None:
        async with sender(channel(f"tcp://127.0.0.1:{taky.port}")) as ours:
            nowhere = an_alert(position=None, region=None)
            assert await ours.send(Notice((nowhere,))) == "has no place to show"
            polygon = channel(f"tcp://127.0.0.1:{taky.port}", region_as="polygon")
        async with sender(polygon) as ours, client(taky.port) as second:
            await ours.send(Notice((an_alert(verdict="confirmed"),)))
            await second.until(lambda: {MARKER, REGION} <= second.events.keys(), "both")
            assert second.events[MARKER].get("type").startswith("a-h-")
            assert second.events[REGION].get("type") == "u-d-f"

    asyncio.run(run())
