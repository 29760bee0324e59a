"""How many phones an innocent explanation may explain, by how many bear witness to it.

Several explanations rest on what phones or messages say themselves: the core has served somebody
on that cell; the centre did send that text; more cells of its area are on the air; it is met
elsewhere. A few hostile phones can say so, and what harms hundreds must not be silenced by three.
An honest cause has about as many witnesses as phones that look odd by it, or more: whoever comes
back from a cell that the register lacks was served there before, and the phones of a site receive
all its sectors. So an explanation holds as long as its witnesses are as many as the phones that it
is to explain, or half as many where the two are drawn by chance; both counted in the same kind of
message, since inputs differ in how many phones they are of; the core's input shows the fewest
(`detectors.benign.acquitted`). Where an honest cause falls short of
that for a while, what was found is only weighed like anything else.
"""


def explains(witnesses: int, phones: int, by_each: int = 1) -> bool:
    """Whether so many witnesses are enough for so many phones, ``by_each`` so many of them.

    >>> explains(3, 3), explains(3, 4), explains(3, 4, by_each=2)
    (True, False, True)
    """
    return phones <= by_each * witnesses
