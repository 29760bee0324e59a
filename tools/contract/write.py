"""Writes `docs/messages.md` and `docs/schema/` anew: ``python -m tools.contract.write [DOCS]``."""

import json
import sys
from pathlib import Path

import yaml

from tools.contract.asyncapi import asyncapi
from tools.contract.input_schemas import input_schemas
from tools.contract.output_schemas import output_schemas
from tools.contract.page import page


def documents() -> dict[str, str]:
    """The text of each document, by its path below `docs`."""
    inputs, outputs = input_schemas(), output_schemas()
    files = {
        f"schema/{topic}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for topic, schema in {**inputs, **outputs}.items()
    }
    # By way of JSON, so that what is shared in the tables is not written as an alias.
    plain = json.loads(json.dumps(asyncapi(inputs, outputs)))
    files["schema/asyncapi.yaml"] = yaml.dump(
        plain, Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=100
    )
    files["messages.md"] = page(inputs, outputs)
    return files


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def write(docs: Path) -> None:
    """Write them all below ``docs``; a schema of a topic that is no more is removed."""
    files = documents()
    (docs / "schema").mkdir(parents=True, exist_ok=True)
    for old in (docs / "schema").iterdir():
        if f"schema/{old.name}" not in files:
            old.unlink()
    for name, text in files.items():
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
