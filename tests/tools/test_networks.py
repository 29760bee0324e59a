"""The table of networks' names, made from a list of codes."""

from tools.networks.compile import page


def row(mcc: str, mnc: str, brand: str | None, **more: str | None) -> dict[str, str | None]:
    return {
        "mcc": mcc,
        "mnc": mnc,
        "brand": brand,
        "operator": None,
        "status": "Operational",
    } | more


def test_a_line_has_all_codes_of_a_name() -> None:
    rows = [
        row("460", "02", "China Mobile", status="Not operational"),
        row("460", "00", "China Mobile"),
        row("454", "03", "3"),
        row("454", "07", "China Unicom"),
        row("460", "01", "China Unicom"),
    ]
    assert page(rows).splitlines() == [
        "plmns,en,zh",
        "454-03,Three,3 香港",
        "454-07,China Unicom,中国联通香港",
        "460-00 460-02,China Mobile,中国移动",
        "460-01,China Unicom,中国联通",
    ]


def test_of_two_rows_that_which_is_on_the_air_counts_and_nobody_s_codes_are_left_out() -> None:
    rows = [
        row("310", "012", "Gone", status="Not operational"),
        row("310", "12", "Verizon / Others"),
        row("310", "13", None, operator="Some Carrier, Inc. (old)"),
        row("310", "14", "Nobody", status="Reserved"),
        row("310", "15", None),
    ]
    assert page(rows).splitlines()[1:] == ["310-12,Verizon,", "310-13,Some Carrier,"]
