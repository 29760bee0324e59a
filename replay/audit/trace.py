"""The register of a trace audited by its own measurements and core signalling."""

from pathlib import Path

from detectors.features.facts import Origin
from detectors.register.register import Register
from detectors.screen.screening import Screening
from replay.audit.evidence import AuditEvidence
from replay.audit.output import write_audit
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import TraceError, open_trace
from streams.privacy.hasher import Hasher
from streams.progress import by_bytes
from streams.register.csv_file import read_register

_MEASURED, _SIGNALLED = "cell.measurements", "cell.signalling"
#: Lines of a file may be out of order of arrival by so much (ms).
_LATE_MS, _ALL_MS = 60_000, 1 << 62


def audit(trace_dir: Path, out: Path, hasher: Hasher, register: Path | None = None) -> str:
    """Writes the files of `replay.audit.output`; the summary that they hold.

    Raises `replay.traces.trace_files.TraceError` and `streams.register.csv_file.RegisterError`.
    """
    trace = open_trace(trace_dir)
    path = register or trace.register
    if path is None or _MEASURED not in trace.files:
        lacks = "no register" if path is None else "no measurements"
        raise TraceError(f"{trace_dir} has {lacks}: there is nothing to audit")
    known, evidence = Register.from_rows(read_register(path).rows), AuditEvidence()
    for topic in (_MEASURED, _SIGNALLED):
        if topic in trace.files:
            _read(trace.files[topic], topic, known, hasher, evidence)
    return write_audit(out, evidence.audited(known.rows), len(known.rows))


def _read(path: Path, topic: str, known: Register, hasher: Hasher, evidence: AuditEvidence) -> None:
    screening = Screening((), Origin(topic, 0))
    reader, size = reader_of(path), path.stat().st_size
    chunks = decoded_chunks(reader, topic, hasher)
    for decoded, _ in by_bytes(chunks, reader, size, f"audit {path.name}"):
        evidence.observe(screening.step(decoded.batch, known).observations)
        if len(decoded.batch):
            evidence.observe(screening.counted(int(decoded.batch.rx_ms.max()) - _LATE_MS))
    evidence.observe(screening.counted(_ALL_MS))
