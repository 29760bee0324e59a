"""A library is loaded where it is of the sources beside it, and else not at all."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from detectors.native import library
from streams.plain import library as plain

PACKAGES = {"detectors.native": library.OURS, "streams.plain": plain.OURS}


def test_no_library_and_what_is_none_are_not_loaded(tmp_path: Path) -> None:
    assert library.loaded(tmp_path) is None
    (tmp_path / f"{tmp_path.name}.so").write_bytes(b"no library")
    assert library.loaded(tmp_path) is None


@pytest.mark.parametrize("package", PACKAGES)
def test_one_of_other_sources_is_not_loaded(tmp_path: Path, package: str) -> None:
    """As after an update without a build."""
    if PACKAGES[package] is None:
        pytest.skip("the library wasn't compiled")
    with as_file(files(package)) as folder:
        copy = shutil.copytree(folder, tmp_path / folder.name)
    assert library.loaded(copy) is not None
    with next(copy.glob("*.rs")).open("a", encoding="utf-8") as source:
        source.write("// Changed since.\n")
    assert library.loaded(copy) is None
