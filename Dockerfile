# The image of all programs: what to run is the command (worker, console, notify run ..).
#
#   make wheel && docker build --tag cellhound .
#
# It holds the very wheel that was built and signed (docs/releasing.md), with its dependencies by
# hash. The base is named by digest. To move to a newer one, look its digest up
# (docker buildx imagetools inspect python:3.11-slim-bookworm) and give both to --build-arg PYTHON=.
ARG PYTHON=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON} AS install
COPY requirements-run.lock dist/*.whl /wheels/
RUN ["python3", "-m", "venv", "/opt/cellhound"]
RUN ["/opt/cellhound/bin/pip", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "--requirement", "/wheels/requirements-run.lock"]
RUN ["/opt/cellhound/bin/pip", "install", "--no-cache-dir", "--no-deps", "--no-index", "--find-links", "/wheels", "cellhound"]
# Who runs it installs nothing any more.
RUN ["/opt/cellhound/bin/python", "-m", "pip", "uninstall", "--yes", "pip", "setuptools"]
COPY deploy/alive.py /opt/cellhound/alive.py
RUN ["mkdir", "/state"]

FROM ${PYTHON}
COPY --from=install /opt/cellhound /opt/cellhound
# A new volume takes over whose the folder is.
COPY --from=install --chown=10001:10001 /state /var/lib/cellhound
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
ENV CELLHOUND_HOME=/var/lib/cellhound \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
VOLUME ["/var/lib/cellhound"]
# Nothing else is written to, save temporary files: run it with --read-only --tmpfs /tmp.
ENTRYPOINT ["/opt/cellhound/bin/cellhound"]
CMD ["--help"]
# CELLHOUND_ALIVE_URL names the program's own /livez; without it there is nothing to ask.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["/opt/cellhound/bin/python", "/opt/cellhound/alive.py"]
