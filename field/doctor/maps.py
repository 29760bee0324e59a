"""The operator's maps: whether there are streets where the register's cells are, and names for what
alerts are near."""

from sqlalchemy import Engine

from field.basemap.examined import Examined, examined
from field.basemap.problems import case_of, problem
from field.console.databases import asked
from field.console.store.area import share_drawn
from field.doctor.check import Check, first_of, found
from streams.config.places import PlacesSettings
from streams.config_error import ConfigError
from streams.places.place_files import named_places


def basemap(source: str, store: str | None) -> Check:
    """Whether the operator's own base map can be drawn, and is of the place of the cells that the
    console's ``store`` has; an address of tiles is not asked."""
    looked = examined(source)
    share = None if store is None else _share(looked, store)
    case = case_of(looked, share)
    within = "" if share is None else f", with {share:.0%} of the register's cells in it"
    named = problem(source, looked, share) or ""
    return found("basemap", case, source=source, pictures=looked.why, within=within, problem=named)


def places(settings: PlacesSettings) -> Check:
    """Whether the files of named roads and places can be read."""
    try:
        known = named_places(settings)
    except ConfigError as error:
        return found("places", "broken", error=error)
    if known is None:
        return found("places", "none")
    return found("places", "ok", count=len(known.names), files=first_of(settings.files))


def _share(looked: Examined, store: str) -> float | None:
    def question(engine: Engine) -> float | None:
        with engine.connect() as connection:
            return share_drawn(connection, looked)

    return asked(store, question)
