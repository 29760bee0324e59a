"""The page on which a second factor is set up by those who get in to nothing else without one."""

from field.console.access.factors.setting_up import SetUp
from field.console.access.pages.frame import Problem, framed


def page(accept_language: str, next_path: str, begun: SetUp, problem: Problem = "") -> str:
    """The secret, and the form that takes the password and the first code."""
    values = {"secret": begun.secret, "uri": begun.uri, "slip": begun.slip}
    return framed(["set_up.html"], accept_language, {"next_path": next_path, **values}, problem)


def recovery_page(accept_language: str, next_path: str, codes: list[str]) -> str:
    """The recovery codes, which are shown only now."""
    values = {"next_path": next_path, "codes": "\n".join(codes)}
    return framed(["recovery.html"], accept_language, values)
