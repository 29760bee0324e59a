"""Which texts of a column there are."""

from detectors.model.columns import Bool, Text


def given(column: Text) -> Bool:
    """Which rows of a column of texts have one: neither ``None`` nor an empty one.

    >>> import numpy as np
    >>> given(np.array(["a", None, ""], dtype=object)).tolist()
    [True, False, False]
    """
    found: Bool = column.astype(bool)
    return found
