"""What an action is called names nobody, whoever looks for numbers of people in it."""

from field.alerts.life_cycle import lettered, new_id
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"key")


def test_an_id_of_ours_is_never_taken_for_somebodys_number() -> None:
    made = {new_id() for _ in range(500)}
    assert len(made) == 500
    assert {one for one in made if HASHER.scrub_text(one) != one} == set()
    # Which it might be with digits.
    digits = "4600012345678901" * 2
    assert HASHER.scrub_text(digits) != digits
    assert HASHER.scrub_text(lettered(digits)) == lettered(digits)
    assert len({lettered(one) for one in "0123456789abcdef"}) == 16
