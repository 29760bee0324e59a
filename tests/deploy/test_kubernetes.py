"""The Kustomize set: valid by Kubernetes' own schemas, and restricted as its strictest profile."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from streams.config.settings import load_settings

_FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
#: The oldest that is still widely run, and the newest that the checking package knows.
_VERSIONS = ("1.29", "1.37")


def documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


BASE = [
    (file.name, document)
    for file in sorted((_FOLDER / "base").glob("*.yaml"))
    if file.name != "kustomization.yaml"
    for document in documents(file.read_text("utf-8"))
]
PODS = [
    document["spec"]["template"]["spec"] for _, document in BASE if document["kind"] == "Deployment"
]


@pytest.fixture(scope="module")
def built() -> list[dict[str, Any]]:
    """What the example makes of the base."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed")
    command = (program, "kustomize", _FOLDER / "example")
    return documents(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("version", _VERSIONS)
def test_each_object_fits_its_schema(version: str) -> None:
    for _, document in BASE:
        kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_object_would_not_fit() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "x"},
        "spec": {"port": 1},
    }
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, _VERSIONS[-1], strict=True)


def test_all_of_the_base_is_in_the_set() -> None:
    kustomization = yaml.safe_load((_FOLDER / "base" / "kustomization.yaml").read_text("utf-8"))
    assert sorted(kustomization["resources"]) == sorted({name for name, _ in BASE})


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["containers"][0]["name"])
def test_a_pod_is_as_the_restricted_profile_asks(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
    assert not [volume for volume in pod["volumes"] if "hostPath" in volume]


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["containers"][0]["name"])
def test_a_pod_has_bounds_and_probes(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    ports = {port["name"] for port in container["ports"]}
    assert container["livenessProbe"]["httpGet"]["port"] in ports
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_what_no_policy_allows_is_denied() -> None:
    (first,) = (
        d for _, d in BASE if d["kind"] == "NetworkPolicy" and d["metadata"]["name"] == "cellhound"
    )
    assert first["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert first["spec"]["ingress"] == []
    chosen = first["spec"]["podSelector"]["matchLabels"].items()
    for _, document in BASE:
        if document["kind"] == "Deployment":
            assert chosen <= document["spec"]["template"]["metadata"]["labels"].items()


def test_the_example_is_built_and_fits_too(built: list[dict[str, Any]]) -> None:
    for document in built:
        kubernetes_validate.validate(document, _VERSIONS[-1], strict=True)
    images = [
        container["image"]
        for document in built
        if document["kind"] == "Deployment"
        for container in document["spec"]["template"]["spec"]["containers"]
    ]
    assert len(images) == len(PODS)
    assert all("@sha256:" in image for image in images)
    (policy,) = (
        d for d in built if d["kind"] == "NetworkPolicy" and d["metadata"]["name"] == "cellhound"
    )
    assert "namespaceSelector" in policy["spec"]["egress"][1]["to"][0]


def test_the_example_s_settings_are_taken() -> None:
    settings = load_settings(_FOLDER / "example" / "config.yaml")
    assert settings.kafka.security.protocol == "SSL"
