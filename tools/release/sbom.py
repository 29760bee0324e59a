"""Prints the bill of materials of a release: CycloneDX 1.6 in JSON, the same for the same locks.

Its time is SOURCE_DATE_EPOCH (seconds), else that of the files in the wheel. Package hashes are in
the lock file, whose digest it has.
"""

import os
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.release.parts import LOCK, ROOT, Part, direct, parts

#: What the wheel's files are dated: 2020-02-02, the builder's own choice.
_WHEEL_EPOCH_S: Final = 1580601600
_OURS: Final = UUID("6f0d1c53-4b61-5c0f-9a7c-6a2f2f8a4a10")


def bill() -> str:
    """The whole file. Raises UnknownLicence."""
    factory, found = LicenseFactory(), parts()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    own = Component(
        name="cellhound",
        version=project["version"],
        type=ComponentType.APPLICATION,
        purl=PackageURL("pypi", name="cellhound", version=project["version"]),
        bom_ref="cellhound",
        licenses=[factory.make_from_string(project["license"])],
    )
    bom = Bom()
    bom.metadata.component = own
    digest = sha256(LOCK.read_bytes()).hexdigest()
    bom.metadata.properties.add(Property(name="cellhound:requirements-run.lock", value=digest))
    when_s = int(os.environ.get("SOURCE_DATE_EPOCH", _WHEEL_EPOCH_S))
    bom.metadata.timestamp = datetime.fromtimestamp(when_s, UTC)
    components = {part.name: _component(part, factory) for part in found}
    for component in components.values():
        bom.components.add(component)
    for part in found:
        bom.register_dependency(components[part.name], [components[name] for name in part.needs])
    shipped = [part.name for part in found if part.kind == "npm"]
    bom.register_dependency(own, [components[name] for name in (*direct(), *shipped)])
    identity = "\n".join((digest, *(f"{part.purl} {part.licence}" for part in found)))
    bom.serial_number = uuid5(_OURS, identity)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(part: Part, factory: LicenseFactory) -> Component:
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL(part.kind, name=part.name, version=part.version),
        bom_ref=part.purl,
        licenses=[factory.make_from_string(part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=part.sha512)] if part.sha512 else (),
    )


if __name__ == "__main__":
    print(bill(), end="")
