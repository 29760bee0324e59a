"""Files spoilt at random: no importer raises but to refuse, none takes long, none grows."""

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.imports.conversations import Summary
from replay.imports.importers import READERS
from replay.imports.importing import Given, ImportFileError, write_messages
from replay.imports.logs.netmonster import read_netmonster
from replay.imports.logs.rayhunter import read_rayhunter
from replay.imports.mapped.mapped_csv import MAPPED, mapped_reader
from replay.imports.nas_traces import import_nas
from replay.imports.recognise import NAMES, kind_of
from streams.config_error import ConfigError
from streams.privacy.hasher import Hasher
from streams.register.column_map import read_column_map
from streams.register.csv_file import RegisterError, read_register
from tests.replay.imports.logs import test_logs_of_apps as apps
from tests.replay.imports.logs.test_rayhunter import HEAD, T0, row
from tests.replay.imports.mapped.test_mapped_csv import MAPPING, TABLE
from tests.replay.imports.radio.blocks import (
    LTE_RRC,
    RELEASE,
    SECURITY_MODE,
    SIB1,
    SIB3,
    TRANSFER,
    TYPE_3,
    TYPE_4,
    UM,
    gsmtap,
)
from tests.replay.imports.test_captures import pcap, pcapng

GIVEN = Given(Hasher(b"k"), plmn=(1, 1))
HUGE = "9" * 400


@st.composite
def spoilt(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with a few places deleted, repeated, overwritten or filled with something."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 40)))
        piece = bytes(data[begin:end])
        filling = st.one_of(
            st.binary(max_size=30),
            st.sampled_from((b"", b"\n", b'"', b"\x00", b"-1", b"1e999", b"nan", HUGE.encode())),
            st.just(piece + piece),
        )
        data[begin:end] = draw(filling)
    return bytes(data)


def taken(reader: Callable[..., object], path: Path) -> None:
    """Reads, checks and writes a file as the command does."""
    summary = Summary()
    messages = reader(path, GIVEN, summary)
    write_messages(messages, path.parent / "out", summary)
    assert summary.messages <= summary.packets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoilt")


@pytest.fixture(scope="module")
def kismet_log(folder: Path) -> bytes:
    records = [("Cellular", "a", apps.SERVING), ("CellModem", "a", apps.NEIGHBOUR)] * 5
    return apps.kismet(folder / "whole.kismet", *records).read_bytes()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_logs_of_apps(data: st.DataObject, folder: Path) -> None:
    for kind, whole in (
        ("tower-collector", apps.TOWER_COLLECTOR),
        ("g-nettrack", apps.G_NETTRACK),
    ):
        path = folder / "log"
        path.write_bytes(data.draw(spoilt(whole.encode())))
        assert kind_of(path) in (None, *NAMES)
        if kind_of(path) == kind:  # as the command asks first
            taken(READERS[kind], path)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_kismet(data: st.DataObject, folder: Path, kismet_log: bytes) -> None:
    path = folder / "log.kismet"
    path.write_bytes(data.draw(spoilt(kismet_log)))
    kind_of(path)
    taken(READERS["kismet"], path)


@given(number=st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.none()))
@settings(max_examples=30, deadline=None)
def test_kismet_with_any_value(number: object, folder: Path) -> None:
    path = folder / "values.kismet"
    path.unlink(missing_ok=True)
    records = [("Cellular", "a", apps.SERVING | {name: number}) for name in apps.SERVING]
    apps.kismet(path, *records)
    taken(READERS["kismet"], path)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_lists_of_cells_and_rayhunters_analysis(data: st.DataObject, folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(data.draw(spoilt(apps.NETMONSTER.encode())))
    list(read_netmonster(path, Summary()))
    analysis = "\n".join((HEAD, row(T0, _3="SIB1 received CID: 1, TAC: 2, PLMN: 001-01")) * 3)
    path.write_bytes(data.draw(spoilt(analysis.encode())))
    kind_of(path)
    list(read_rayhunter(path, Summary()))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_mapped_tables_and_mappings(data: st.DataObject, folder: Path) -> None:
    path, mapping = folder / "table.csv", folder / "mapping.yaml"
    path.write_bytes(data.draw(spoilt(TABLE.encode())))
    mapping.write_text(MAPPING, "utf-8")
    with suppress(ImportFileError):
        taken(mapped_reader(read_column_map(mapping, MAPPED)), path)
    mapping.write_bytes(data.draw(spoilt(MAPPING.encode())))
    path.write_text(TABLE, "utf-8")
    with suppress(ConfigError, ImportFileError):
        taken(mapped_reader(read_column_map(mapping, MAPPED)), path)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_captures(data: st.DataObject, folder: Path) -> None:
    packets = [
        *(gsmtap(block, LTE_RRC, 5, 1300, -85) for block in (SIB1, SIB3)),
        *(gsmtap(block, LTE_RRC, 1) for block in (TRANSFER, SECURITY_MODE, RELEASE)),
        *(gsmtap(block, UM, 1, 33, -70) for block in (TYPE_3, TYPE_4)),
    ]
    whole = data.draw(st.sampled_from((pcap, pcapng)))(*packets, link_type=217)
    path = folder / "capture"
    path.write_bytes(data.draw(spoilt(whole)))
    with suppress(ImportFileError):
        import_nas(path, folder / "captured", subscriber="s")


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_registers(data: st.DataObject, folder: Path) -> None:
    row_ = b"LTE,262,2,801,86355,0,13.285512,52.522202,1000,7,1,1282569574,1300155341,0\n"
    path = folder / "cells.csv"
    path.write_bytes(data.draw(spoilt(row_ * 5)))
    with suppress(RegisterError):
        read_register(path)


def test_a_large_file_of_rubbish_takes_little_time_and_memory(folder: Path) -> None:
    path = folder / "rubbish"
    with path.open("wb") as stream:
        stream.write(apps.G_NETTRACK.encode())
        for _ in range(100):
            stream.write(b"\t".join([b"9" * 20] * 30) * 50 + b"\n")
    tracemalloc.start()
    begun = time.process_time()
    taken(READERS["g-nettrack"], path)
    assert time.process_time() - begun < 10
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()
