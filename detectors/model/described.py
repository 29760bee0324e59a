"""What a field of a record means, said at the field: for JSON Schemas and docs/messages.md."""

from msgspec import Meta


def means(description: str, unit: str = "") -> Meta:
    """For ``Annotated``: a sentence, and the unit where there is one. It changes no decoding.

    >>> means("Event time.", "ms").extra_json_schema
    {'x-unit': 'ms'}
    """
    return Meta(description=description, extra_json_schema={"x-unit": unit} if unit else None)
