"""Finds what Apache Kafka needs to run: a Java of 17 or later, and Kafka's jars through Maven.

The jars are resolved from the pinned `configs/kafka/pom.xml` into the user's own Maven cache, once;
the class path is remembered beside the broker's data until the pom changes or a jar disappears.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]
#: A wheel carries the repository's `configs/` inside this package.
KAFKA_CONFIGS = next(
    folder / "configs" / "kafka"
    for folder in (_HERE, _HERE.parent)
    if (folder / "configs" / "kafka" / "pom.xml").is_file() or folder == _HERE.parent
)

MIRROR_POM = KAFKA_CONFIGS / "mirror" / "pom.xml"
#: Kafka 4 servers are compiled for this release of Java.
_MIN_JAVA = 17
#: Time for a first download over a slow line; with a warm cache it takes seconds.
_MAVEN_TIMEOUT_S = 900.0


class RuntimeMissing(Exception):  # noqa: N818 - it names what is the matter
    """Java, Maven or Kafka's artefacts are not to be had; the text says what to install."""


def find_java() -> str:
    """The path of a Java of 17 or later, from JAVA_HOME or PATH."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    java = java or shutil.which("java")
    advice = (
        f"Apache Kafka needs Java {_MIN_JAVA} or later: install it (Debian, Ubuntu: "
        f"apt install openjdk-{_MIN_JAVA}-jre-headless) or set JAVA_HOME to one"
    )
    if java is None:
        raise RuntimeMissing(f"No java was found in JAVA_HOME or PATH. {advice}.")
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)(?:\.(\d+))?', answer.stderr + answer.stdout)
    if found is None:
        raise RuntimeMissing(f"{java} -version gave no version. {advice}.")
    # Java 8 and before call themselves 1.8.
    major = int(found[2] or 0) if found[1] == "1" else int(found[1])
    if major < _MIN_JAVA:
        raise RuntimeMissing(f"{java} is Java {major}. {advice}.")
    return java


def kafka_classpath(cache: Path, pom: Path = KAFKA_CONFIGS / "pom.xml") -> str:
    """Kafka's class path, from the file `cache` when it still holds, else by Maven; with
    `MIRROR_POM` MirrorMaker's."""
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()
    if cache.is_file():
        known, _, classpath = cache.read_text().strip().partition("\n")
        if known == digest and all(Path(jar).is_file() for jar in classpath.split(os.pathsep)):
            return classpath
    # Maven's store of jars isn't made for two that fill it at once.
    with _maven_lock().open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        classpath = _resolve(pom, cache.with_suffix(".new"))
    cache.write_text(f"{digest}\n{classpath}\n")
    return classpath


def _maven_lock() -> Path:
    """The file that is locked; in a folder of this user's, where nobody else can put a link."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cellhound"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise RuntimeMissing(
            f"{cache} can't be made ({error.strerror}): name a folder that you may write as"
            " XDG_CACHE_HOME."
        ) from error
    return cache / "maven.lock"


def _resolve(pom: Path, out: Path) -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise RuntimeMissing(
            "No mvn was found in PATH. Kafka's jars are fetched with Apache Maven: install it "
            "(Debian, Ubuntu: apt install maven), or run your own broker and name it with "
            "--bootstrap."
        )
    command = [maven, "-q", "-B", "-f", str(pom), "dependency:build-classpath"]
    try:
        answer = subprocess.run(
            [*command, f"-Dmdep.outputFile={out}"],
            capture_output=True,
            text=True,
            timeout=_MAVEN_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeMissing(
            f"Maven did not fetch Kafka's jars within {_MAVEN_TIMEOUT_S:.0f} s: check the network, "
            f"then try again, or see what it does with: {' '.join(command)}"
        ) from error
    if answer.returncode != 0 or not out.is_file():
        output = "\n".join((answer.stdout + answer.stderr).strip().splitlines()[-12:])
        raise RuntimeMissing(
            f"Maven could not fetch the jars that {pom} names (check the network and Maven's "
            f"settings.xml). It printed:\n{output}"
        )
    classpath = out.read_text().strip()
    out.unlink()
    return classpath
