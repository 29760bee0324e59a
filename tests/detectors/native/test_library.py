"""The library is loaded where it is of the sources beside it, and else not at all."""

import shutil
from pathlib import Path

import pytest

from detectors.native import library


def test_no_library_and_what_is_none_are_not_loaded(tmp_path: Path) -> None:
    other = tmp_path / "native.so"
    assert library.loaded(str(other)) is None
    other.write_bytes(b"no library")
    assert library.loaded(str(other)) is None


@pytest.mark.skipif(library.OURS is None, reason="the library wasn't compiled")
def test_one_of_other_sources_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(library.LIBRARY).parent
    for path in (*folder.glob("*.rs"), Path(library.LIBRARY)):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setattr(library, "_FOLDER", tmp_path)
    assert library.loaded(str(tmp_path / "native.so")) is not None
    (tmp_path / "levels.rs").write_text("// newer")
    assert library.loaded(str(tmp_path / "native.so")) is None
