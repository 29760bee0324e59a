"""The topics as the console describes them: AsyncAPI 3, and the JSON Schemas that it refers to.

They are made of the code by `make docs` and ship with it: what is served is what was reviewed.
"""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi import Path as InPath

from field.console.access import require
from field.console.answers import declared

router = APIRouter(prefix="/schema", dependencies=[Depends(require("viewer"))], tags=["topics"])

YAML: Final = "application/vnd.aai.asyncapi+yaml;version=3.0.0"
SCHEMA: Final = "application/schema+json"
_INSTALLED: Final = Path(__file__).parent.parent / "schema"
_TOPIC: Final = r"^[a-z]+\.[a-z]+$"
#: In a checkout they lie among the pages.
FOLDER: Final = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[3] / "docs" / "schema"


@router.get("/asyncapi.yaml", responses=declared(404, 422, media=YAML))
def asyncapi() -> Response:
    """The topics as AsyncAPI 3; what it refers to lies beside it. ``kafka.prefix`` stands before
    all names of topics."""
    return _file("asyncapi.yaml", YAML)


@router.get("/{topic}.json", responses=declared(404, 422, media=SCHEMA))
def schema(
    topic: Annotated[str, InPath(pattern=_TOPIC, max_length=60, description="Of the messages.")],
) -> Response:
    """The JSON Schema of a topic's messages."""
    return _file(f"{topic}.json", SCHEMA)


def _file(name: str, media: str) -> Response:
    path = FOLDER / name
    if not path.is_file():
        raise HTTPException(404, "there is no such topic")
    return Response(path.read_bytes(), media_type=media)
