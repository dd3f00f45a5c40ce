"""What the stand-in's schema takes and refuses, and its agreement with the manager's own OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.nosana.driving import HEALTH, Drive, definition, drive
from tests.nosana.schema import Create, JobDefinition, Refused, checked

DOCUMENT = Path(__file__).parents[3] / "shared" / "facts" / "nosana-openapi.json"


def run(**args: Any) -> dict[str, Any]:
    return definition(port=None, **args)


def with_op(**over: Any) -> dict[str, Any]:
    made = definition()
    made["ops"][0].update(over)
    return made


GOOD: dict[str, dict[str, Any]] = {
    "ports in a mix": run(expose=[80, "%%global.variables.PORT%%", {"port": 81, "type": "webapi"}]),
    "a bare object": run(expose={"port": 80}),
    "a negative port": run(expose=-1),
    "an empty image": definition("", port=None),
    "a text command": run(cmd="echo hi", entrypoint=["sh", "-c"]),
    "restart with tries": run(restart_policy={"policy": "on-failure", "restart_tries": 3}),
    "a socket check": run(
        expose=[{"port": 1, "health_checks": [{"type": "websocket", "expected_response": "x", "continuous": False}]}]
    ),
    "resources": run(
        resources=[
            {"type": "HF", "repo": "a/b", "target": "/m"},
            {"type": "Ollama", "model": "tiny"},
            {"type": "S3", "target": "/o", "url": "s3://b", "allowWrite": True},
            {"type": "S3", "target": "/o", "buckets": [{"url": "s3://b", "files": ["x"]}]},
        ]
    ),
    "depends": with_op(execution={"group": "g", "depends_on": ["nobody"], "stop_if_dependent_stops": True}),
    "results": with_op(results={"a": "x+", "b": {"regex": "y", "logType": ["stdout", "stderr"]}}),
    "meta": {**definition(), "meta": {"n": 1.5, "list": ["a", 1], "deep": {"k": "v", "many": [1]}}},
    "no ops": {"version": "0.1", "type": "container", "ops": []},
    "what the server gave back": {**definition(), "deployment_id": "some"},
    "global": {**definition(), "global": {"variables": {"A": "b"}, "env": {"X": "y"}, "gpu": True}},
}

BAD: dict[str, dict[str, Any]] = {
    "an unknown key": {**definition(), "labels": {}},
    "an unknown argument": run(required_vram=8),
    "a number in env": run(env={"A": 1}),
    "null": run(work_dir=None),
    "a numeric text port": run(expose="80"),
    "a range": run(expose="3000-3002"),
    "a port twice": run(expose=[80, {"port": 80}]),
    "a check without continuous": run(
        expose=[{"port": 1, "health_checks": [{name: HEALTH[name] for name in HEALTH if name != "continuous"}]}]
    ),
    "a readonly volume": run(volumes=[{"name": "v", "dest": "/v", "readonly": True}]),
    "a stop without depends_on": with_op(execution={"stop_if_dependent_stops": True}),
    "an op of another kind": with_op(type="container/stop"),
    "an id with a space": with_op(id="my app"),
    "no image": with_op(args={"cmd": "x"}),
    "another version": {**definition(), "version": "1.0"},
    "two ops of one id": {**definition(), "ops": definition()["ops"] * 2},
    "deep meta": {**definition(), "meta": {"a": {"b": {"c": 1}}}},
    "a flag in meta": {**definition(), "meta": {"on": True}},
    "a wrong logType": with_op(results={"a": {"regex": "x", "logType": []}}),
    "an unknown restart policy": run(restart_policy="never"),
    "a resource of another kind": run(resources=[{"type": "GIT", "target": "/x"}]),
}


@pytest.mark.parametrize("name", GOOD)
def test_definitions_that_pass(name: str) -> None:
    checked(JobDefinition, GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_definitions_that_do_not(name: str) -> None:
    with pytest.raises(Refused, match=r"^body"):
        checked(JobDefinition, BAD[name])


def test_a_refusal_names_the_deepest_place() -> None:
    with pytest.raises(Refused, match="args/env/PORT"):
        checked(JobDefinition, run(env={"PORT": 80}))


# --- against the manager's own document


def plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and its `oneOf` (unions that overlap) what it means."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: plain(value) for name, value in schema.items() if name not in ("nullable", "example")}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if schema.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


class Document:
    """The replies and bodies of the routes, as validators."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths = plain(document["paths"])
        self._components = plain(document["components"])

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._components})

    def reply(self, method: str, path: str, status: int) -> Draft202012Validator:
        responses = self.paths[path][method]["responses"]
        return self.validator(responses[str(status)]["content"]["application/json"]["schema"])

    def body(self, method: str, path: str) -> Draft202012Validator:
        return self.validator(self.paths[path][method]["requestBody"]["content"]["application/json"]["schema"])


@pytest.fixture(scope="module")
def document() -> Document:
    if not DOCUMENT.exists():
        pytest.skip("the manager's OpenAPI document is not on this machine")
    return Document(json.loads(DOCUMENT.read_text()))


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def test_every_route_of_the_document_is_there(document: Document, d: Drive) -> None:
    """The host's own two routes are not: no client of ours may call them."""
    for path, methods in document.paths.items():
        if path.startswith("/deployments/jobs/"):
            continue
        for method in methods:
            filled = path.replace("{deployment}", "a" * 44).replace("{job}", "b" * 44).replace("{vault}", "c" * 44)
            body: dict[str, Any] | None = {} if method in ("post", "patch") else None
            reply = await d.api.request(method.upper(), f"/api{filled}", json=body)
            assert "Route" not in reply.text, (method, path)


async def test_replies_have_the_documents_shapes(document: Document, d: Drive) -> None:
    d.world.set_hosts("nvidia-3060", 2)
    name = await d.create(replicas=3)
    scheduled = await d.create(strategy="SCHEDULED", schedule="0 * * * *")
    crash = await d.create(
        strategy="SIMPLE", market=d.world.market("nvidia-3090").address, job_definition=definition("oom")
    )
    await d.create(strategy="SIMPLE-EXTEND", job_definition=definition(port=None, expose=[80, 81]))
    d.wait(120)
    job = d.world.jobs(crash)[0].id
    one = "/deployments/{deployment}"
    calls: list[tuple[str, str, str, Any]] = [
        ("get", "/deployments", "/deployments", None),
        ("get", one, f"/deployments/{scheduled}", None),
        ("get", f"{one}/jobs", f"/deployments/{name}/jobs", None),
        ("get", f"{one}/events", f"/deployments/{name}/events", None),
        ("get", f"{one}/tasks", f"/deployments/{name}/tasks", None),
        ("get", f"{one}/revisions", f"/deployments/{name}/revisions", None),
        ("get", f"{one}/header", f"/deployments/{name}/header", None),
        ("get", f"{one}/jobs/{{job}}", f"/deployments/{crash}/jobs/{job}", None),
        ("get", "/deployments/vaults", "/deployments/vaults", None),
        ("post", "/deployments/vaults/create", "/deployments/vaults/create", None),
        ("post", "/deployments/create", "/deployments/create", d.body()),
        ("patch", f"{one}/update-name", f"/deployments/{name}/update-name", {"name": "n"}),
        ("patch", f"{one}/update-replica-count", f"/deployments/{name}/update-replica-count", {"replicas": 1}),
        ("patch", f"{one}/update-timeout", f"/deployments/{name}/update-timeout", {"timeout": 90}),
        ("patch", f"{one}/update-schedule", f"/deployments/{scheduled}/update-schedule", {"schedule": "5 * * * *"}),
        ("post", f"{one}/create-revision", f"/deployments/{name}/create-revision", definition("nginx:2")),
        (
            "patch",
            f"{one}/update-active-revision",
            f"/deployments/{name}/update-active-revision",
            {"active_revision": 1},
        ),
        ("post", f"{one}/stop", f"/deployments/{name}/stop", None),
        ("post", f"{one}/start", f"/deployments/{crash}/start", None),
    ]
    for method, path, url, body in calls:
        if body is not None:
            document.body(method, path).validate(body)
        reply = await d.api.request(method.upper(), f"/api{url}", json=body)
        assert reply.status_code == 200, (path, reply.text)
        document.reply(method, path, 200).validate(reply.json())
        assert reply.json(), path


async def test_errors_have_the_documents_shapes(document: Document, d: Drive) -> None:
    name = await d.create(autostart=None)

    stop = await d.post(f"deployments/{name}/stop")
    document.reply("post", "/deployments/{deployment}/stop", 500).validate(stop.json())
    missing = await d.api.get(f"/api/deployments/{'a' * 44}")
    document.reply("get", "/deployments/{deployment}", 404).validate(missing.json())
    bad = await d.post("deployments/create", {})
    document.reply("post", "/deployments/create", 400).validate(bad.json())


@pytest.mark.parametrize("name", GOOD)
def test_what_our_schema_takes_the_document_takes_too(document: Document, name: str) -> None:
    body = {
        "name": "x",
        "market": "m",
        "replicas": 1,
        "timeout": 60,
        "strategy": "INFINITE",
        "job_definition": GOOD[name],
    }
    checked(Create, body)
    document.body("post", "/deployments/create").validate(body)
