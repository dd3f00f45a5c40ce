"""Environment, limits, command and labels: exactly what was given changes, and secrets are never shown."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.approvals import Mode
from app.core.spec import Amounts, Resources
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl, spec

MI = 1024**2


def env_of(control: FakeControl, app: str) -> dict[str, str]:
    return {var.name: var.value for var in control.app(app).spec.container.env}


# -- set_env


async def test_set_and_unset_leave_the_others(run: Run, control: FakeControl) -> None:
    result = await run("set_env", app="web", env={"LOG_LEVEL": None, "PORT": 8080, "DEBUG": True, "EMPTY": ""})
    assert result.ok
    assert env_of(control, "web") == {"DB_PASSWORD": "hunter2", "PORT": "8080", "DEBUG": "true", "EMPTY": ""}
    assert "env LOG_LEVEL `info` → `unset`" in result.summary
    assert "env EMPTY `none` → `(empty)`" in result.summary
    given = {"LOG_LEVEL": None, "PORT": "8080", "DEBUG": "true", "EMPTY": ""}
    assert result.actions == [{"action": "set_env", "app": "web", "env": given}]
    assert control.app("web").revision == 2


async def test_secret_values_are_never_shown(run: Run, control: FakeControl, store: MemoryStore) -> None:
    control.now_mode = Mode.SUGGEST
    asked = await run("set_env", app="web", env={"DB_PASSWORD": "swordfish"})
    preview = (await store.get_approval(asked.approval or "")).preview
    assert [(one.what, one.after) for one in preview.changes] == [("env DB_PASSWORD", "(hidden), changed")]
    assert "swordfish" not in preview.model_dump_json()
    control.now_mode = Mode.ASK
    result = await run("set_env", app="web", env={"DB_PASSWORD": "swordfish"})
    assert env_of(control, "web")["DB_PASSWORD"] == "swordfish"
    assert "swordfish" not in result.model_dump_json()
    assert result.actions[0]["env"] == {"DB_PASSWORD": "(hidden)"}
    (row,) = await store.list_audit()
    assert "swordfish" not in row.model_dump_json()
    assert "swordfish" not in control.writes[0][-1]


async def test_the_audit_row_of_an_unset_keeps_the_null(run: Run, store: MemoryStore) -> None:
    await run("set_env", app="web", env={"LOG_LEVEL": None})
    (row,) = await store.list_audit()
    assert row.arguments["env"] == {"LOG_LEVEL": None}


async def test_unsetting_what_is_not_set_says_so(run: Run, control: FakeControl) -> None:
    result = await run("set_env", app="web", env={"LOG_LEVL": None})
    assert result.ok
    assert result.summary.startswith("Nothing to change: it is so already. LOG_LEVL was not set. **web**")
    assert control.app("web").revision == 1


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({}, "env "),
        ({"1BAD": "x"}, '"1BAD" is not a valid environment variable name'),
        ({"A": ["x"]}, "env.A must be text"),
        ({"A": "x\0y"}, "NUL"),
        ("A=b", "env must be an object"),
    ],
)
async def test_a_wrong_environment_changes_nothing(run: Run, control: FakeControl, env: Any, says: str) -> None:
    result = await run("set_env", app="web", env=env)
    assert not result.ok
    assert says in result.summary
    assert control.writes == []


# -- set_resources


async def test_limits_as_people_type_them(run: Run, control: FakeControl) -> None:
    result = await run("set_resources", app="api", memory="512 MB", cpu="half a core", gpu=1)
    resources = control.app("api").spec.container.resources
    assert resources == Resources(limits=Amounts(cpu_millicores=500, memory_bytes=512 * MI), gpus=1)
    assert "memory limit `none` → `512Mi`" in result.summary
    given = {"memory": "512 MB", "cpu": "half a core", "gpu": 1}
    assert result.actions == [{"action": "set_resources", "app": "api", **given}]


async def test_what_is_not_given_stays_and_none_takes_a_limit_away(run: Run, control: FakeControl) -> None:
    await run("set_resources", app="api", memory="512Mi", cpu="1", gpu=2)
    await run("set_resources", app="api", memory="1Gi")
    assert control.app("api").spec.container.resources == Resources(
        limits=Amounts(cpu_millicores=1000, memory_bytes=1024 * MI), gpus=2
    )
    await run("set_resources", app="api", cpu="none", gpu=0)
    assert control.app("api").spec.container.resources == Resources(limits=Amounts(memory_bytes=1024 * MI))


async def test_a_request_goes_down_with_its_limit(run: Run, control: FakeControl) -> None:
    wish = spec("big")
    asked = Amounts(cpu_millicores=800, memory_bytes=512 * MI)
    container = wish.container.model_copy(update={"resources": Resources(requests=asked)})
    template = wish.template.model_copy(update={"containers": (container,)})
    await control.apply(wish.model_copy(update={"template": template}), cause="made")
    result = await run("set_resources", app="big", memory="256Mi", cpu="2")
    assert control.app("big").spec.container.resources.requests == Amounts(cpu_millicores=800, memory_bytes=256 * MI)
    assert "memory request `512Mi` → `256Mi`" in result.summary


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "set_resources needs memory, cpu or gpu."),
        ({"memory": "lots"}, '"lots" is not an amount of memory'),
        ({"memory": "512"}, "less than the 6Mi a container needs"),
        ({"cpu": "-1"}, "is not an amount of CPU"),
        ({"gpu": -1}, "gpu must be a whole number from 0 to 64, not -1."),
        ({"gpu": 1.5}, "gpu must be a whole number from 0 to 64, not 1.5."),
    ],
)
async def test_a_wrong_amount_changes_nothing(run: Run, control: FakeControl, given: dict[str, Any], says: str) -> None:
    result = await run("set_resources", app="api", **given)
    assert not result.ok
    assert says in result.summary
    assert control.writes == []


# -- set_config


async def test_command_and_args(run: Run, control: FakeControl) -> None:
    result = await run("set_config", app="api", command=["python", "serve.py"], args=["--port", "80"])
    container = control.app("api").spec.container
    assert (container.command, container.args) == (("python", "serve.py"), ("--port", "80"))
    assert result.actions[0]["command"] == ["python", "serve.py"]
    await run("set_config", app="api", command=[])
    container = control.app("api").spec.container
    assert (container.command, container.args) == ((), ("--port", "80"))


async def test_labels_roll_nothing(run: Run, control: FakeControl) -> None:
    result = await run("set_config", app="api", labels={"tier": "front", "team": "a"})
    assert control.app("api").spec.labels == {"tier": "front", "team": "a"}
    await run("set_config", app="api", labels={"team": None})
    assert control.app("api").spec.labels == {"tier": "front"}
    assert control.app("api").revision == 1
    assert "label tier `none` → `front`" in result.summary


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"volumes": ["data"]}, '"data" is not a volume'),
        ({"volumes": ["data:relative"]}, "give it as name:/path"),
        ({"volumes": ["a:/x", "b:/x"]}, "two volumes have the path /x"),
        ({"volumes": ["/etc:/x"]}, "the directory /etc of the host may not be mounted"),
        ({"volumes": ["data:/x:big"]}, '"big" is not an amount of memory'),
        ({"health_path": "ok"}, 'must begin with "/", for example /ok'),
        ({}, "set_config needs command, args, labels, volumes or health_path."),
        ({"labels": {"-bad": "x"}}, '"-bad" is not a valid key'),
        ({"labels": {"ok": "not ok"}}, '"not ok" is not a valid label value'),
        ({"command": "sh -c x"}, "command must be a list"),
        ({"command": ["a\0b"]}, "NUL"),
    ],
)
async def test_what_cannot_be_set_is_named(run: Run, control: FakeControl, given: dict[str, Any], says: str) -> None:
    result = await run("set_config", app="api", **given)
    assert not result.ok
    assert says in result.summary
    assert control.writes == []


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("set_env", {"env": {"A": "b"}}),
        ("set_resources", {"gpu": 1}),
        ("set_config", {"args": ["x"]}),
        ("update_image", {"image": "redis:8"}),
        ("rollback", {}),
    ],
)
async def test_an_app_that_is_leaving_is_left_alone(
    run: Run, control: FakeControl, tool: str, given: dict[str, Any]
) -> None:
    await control.delete("redis", cause="x")
    control.writes.clear()
    result = await run(tool, app="redis", **given)
    assert not result.ok
    assert "redis is being deleted" in result.summary
    assert control.writes == []
