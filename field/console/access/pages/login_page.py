"""The login page: the body of a 401 for somebody who opens a page. Works without scripts.

It has two steps: account and password, then the code of an account that has a second factor.
"""

from field.console.access.pages.frame import Problem, framed


def page(
    accept_language: str, next_path: str, problem: Problem = "", from_elsewhere: bool = False
) -> str:
    """The first step. ``next_path`` is where the form leads in the end.

    ``from_elsewhere``: a link on another site led here, so that the browser kept the cookie back;
    following a link of ours sends it.
    """
    parts = ["login.html", "again.html"] if from_elsewhere else ["login.html"]
    return framed(parts, accept_language, {"next_path": next_path}, problem)


def code_page(accept_language: str, next_path: str, ticket: str, problem: Problem = "") -> str:
    """The second step. ``ticket`` says that the password was right."""
    values = {"next_path": next_path, "ticket": ticket}
    return framed(["code.html"], accept_language, values, problem)
