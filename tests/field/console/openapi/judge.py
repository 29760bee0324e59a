"""Holds answers against the OpenAPI document that they belong to."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs


class Judge:
    """Of one document. Strict: an object with a field that isn't described is wrong."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.judged: set[str] = set()
        components = copy.deepcopy(document["components"])
        for schema in components["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self._components = components

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            yield from ((f"{method.upper()} {path}", one) for method, one in methods.items())

    def problems(self, operation: str, answer: httpx.Response) -> list[str]:
        """What of an answer isn't as the document says; none where it has no JSON."""
        method, path = operation.split(" ")
        described = self.document["paths"][path][method.lower()]["responses"]
        response = described.get(str(answer.status_code))
        if response is None:
            return [f"{operation}: {answer.status_code} is not described"]
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status_code < 400:
            self.judged.add(operation)
        if "json" not in kind or not answer.content:
            return []
        if kind not in response["content"]:
            return [f"{operation}: {kind} is not described"]
        schema = response["content"][kind].get("schema", {}) | {"components": self._components}
        reader = jsonschema_rs.Draft202012Validator(schema)
        return [
            f"{operation} {answer.status_code} {list(error.instance_path)}: {error.message[:300]}"
            for error in reader.iter_errors(answer.json())
        ]
