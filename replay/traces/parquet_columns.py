"""Which columns of a Parquet file are worth reading.

Measurements have a column for each thing that a phone may report of each neighbour, and most phones
report few: columns of nulls are read, and then decoded, at hardly less cost than others.
"""

from itertools import groupby

import pyarrow as pa
import pyarrow.parquet as pq


def columns_with_values(file: pq.ParquetFile) -> list[str] | None:
    """The columns to be read, by their paths in the file; ``None`` for all.

    Members of structures and of lists of these are left out where the file's own statistics say
    that they are null in all rows. One of each stays, which says how long lists are.
    """
    kinds = {field.name: field.type for field in file.schema_arrow}
    if len(kinds) < len(file.schema_arrow) or any("." in name for name in kinds):
        return None  # By their paths they couldn't be told apart.
    paths = [file.schema.column(at).path for at in range(len(file.schema))]
    wanted: list[str] = []
    for name, members in groupby(enumerate(paths), lambda each: each[1].split(".")[0]):
        every = dict(members)
        if _has_members(kinds[name]):
            held = [path for at, path in every.items() if _has_values(file.metadata, at)]
            wanted += held or list(every.values())[:1]
        else:
            wanted += every.values()
    return wanted


def _has_members(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if not pa.types.is_struct(kind):
        return False
    return not any(pa.types.is_nested(kind.field(at).type) for at in range(kind.num_fields))


def _has_values(metadata: pq.FileMetaData, at: int) -> bool:
    groups = range(metadata.num_row_groups)
    return not all(_is_null(metadata.row_group(group).column(at)) for group in groups)


def _is_null(part: pq.ColumnChunkMetaData) -> bool:
    """Whether a column of a row group is null in all its rows, as far as the file says."""
    known = part.statistics
    return known is not None and known.has_null_count and known.null_count == part.num_values
