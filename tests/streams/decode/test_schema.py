"""Tables of fields: what is wrong in one is refused with the name of the field."""

import pytest

from streams.decode.schema.fields import schema_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('fields = ["nameless"]', "field 'nameless': .*`kind`"),
        ('fields = ["ts"]\n[field.ts]\nlowest = 1', "field 'ts': .*`lowest`"),
        ('fields = ["ts"]\n[field.rx_ts]\nlow = 1', "x: not among its fields: rx_ts"),
        ('fields = ["ts"]\nrequired = ["device"]', "x: not among its fields: device"),
        ('fields = ["ts"]\nfatel = ["ts"]', "`fatel`"),
    ],
)
def test_a_wrong_table_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        schema_of("x", text=text)


def test_what_a_topic_says_of_its_own_goes_before_what_is_shared() -> None:
    (spec,) = schema_of("x", text='fields = ["lat"]\nfatal = ["lat"]\n[field.lat]\nlow = 0').fields
    assert (spec.kind, spec.low, spec.high, spec.kills) == ("float", 0.0, 90.0, True)
