"""The calibration table is whole, and its levels are monotone."""

from geo.posterior.tempering import ALPHA, NOMINAL, TABLE, Temper, temper_of


def test_the_table_is_whole() -> None:
    for kind in ("levels", "timed", "silent", "receivers"):
        rows = [row for row in TABLE if row.kind == kind]
        assert [row.devices for row in rows] == sorted({row.devices for row in rows})
        assert rows[0].devices == 0
    for row in TABLE:
        assert 0.0 < row.alpha <= 1.0
        assert 0.0 < row.levels[0] < row.levels[1] < row.levels[2] < 1.0
    alphas = [row.alpha for row in TABLE]
    assert min(alphas) <= ALPHA <= max(alphas)


def test_a_row_is_for_so_many_devices_or_more() -> None:
    table = (
        Temper("levels", 0, 0.5, NOMINAL),
        Temper("levels", 15, 0.7, NOMINAL),
        Temper("timed", 20, 0.9, NOMINAL),
    )
    found = [temper_of("levels", n, table).alpha for n in (0, 14, 15, 200)]
    assert found == [0.5, 0.5, 0.7, 0.7]
    assert temper_of("timed", 3, table).alpha == 0.9
    assert temper_of("silent", 16, table).alpha == 0.7
