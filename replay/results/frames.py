"""Records as data frames of pandas or polars, whichever is there, with one type a column.

Times become UTC time stamps, whole numbers that may be missing stay whole, lists stay lists.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Literal, TypeAlias

#: What a column holds; ``time`` is milliseconds since the epoch, in UTC.
Kind: TypeAlias = Literal["text", "int", "float", "bool", "time", "list"]
Library: TypeAlias = Literal["pandas", "polars"]
Columns: TypeAlias = Mapping[str, Kind]

_LIBRARIES: Final[tuple[Library, ...]] = ("pandas", "polars")
_PANDAS: Final = {"text": "string", "int": "Int64", "float": "float64", "bool": "boolean"}


def frame(
    rows: Iterable[Mapping[str, Any]], columns: Columns, library: Library | None = None
) -> Any:
    """A data frame with just these columns; what a row lacks is null.

    Without ``library`` it is one of pandas where that is installed, else of polars. Raises
    `ImportError`, naming the extra, where there is none, and `ValueError` for another library.
    """
    held = list(rows)
    values = {name: [row.get(name) for row in held] for name in columns}
    return _MAKERS[_chosen(library)](values, columns)


def needed(module: str, extra: str, what: str) -> Any:
    """The module, or an `ImportError` that says which extra brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{what} need {module.partition('.')[0]}: pip install 'cellhound[{extra}]'"
        ) from error


def _chosen(library: Library | None) -> Library:
    if library is not None:
        if library not in _LIBRARIES:
            raise ValueError(f"{library!r} is no library of data frames here: pandas or polars")
        return library
    found = [name for name in _LIBRARIES if find_spec(name)]
    if not found:
        raise ImportError(
            "Data frames need pandas or polars: pip install 'cellhound[pandas]' or"
            " 'cellhound[polars]'"
        )
    return found[0]


def _of_pandas(values: Mapping[str, Sequence[Any]], columns: Columns) -> Any:
    pandas = needed("pandas", "pandas", "Data frames of pandas")

    def column(name: str, kind: Kind) -> Any:
        if kind == "time":
            whole = pandas.array(values[name], dtype="Int64")
            times = pandas.to_datetime(pandas.Series(whole), unit="ms", utc=True)
            return times.astype("datetime64[ms, UTC]")
        dtype = "object" if kind == "list" else _PANDAS[kind]
        return pandas.Series(list(values[name]), dtype=dtype)

    return pandas.DataFrame({name: column(name, kind) for name, kind in columns.items()})


def _of_polars(values: Mapping[str, Sequence[Any]], columns: Columns) -> Any:
    polars = needed("polars", "polars", "Data frames of polars")
    kinds = {
        "text": polars.String,
        "int": polars.Int64,
        "float": polars.Float64,
        "bool": polars.Boolean,
        "time": polars.Int64,
        "list": polars.List(polars.String),
    }
    made = polars.DataFrame(
        {name: polars.Series(name, values[name], kinds[kind]) for name, kind in columns.items()}
    )
    times = [name for name, kind in columns.items() if kind == "time"]
    return made.with_columns(
        polars.col(name).cast(polars.Datetime("ms")).dt.replace_time_zone("UTC") for name in times
    )


_MAKERS: Final[Mapping[Library, Callable[[Mapping[str, Sequence[Any]], Columns], Any]]] = {
    "pandas": _of_pandas,
    "polars": _of_polars,
}
