"""No way back to settings of before brings access to the host back that is not allowed any more."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS, ToolRunner, TurnState
from app.core.manifest.policy import NOTHING, Policy
from app.core.spec import PodTemplate
from app.core.template import Container, HostPath, Security, Volume
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeClock, FakeControl, Ids, caller

ALLOWED = Policy(allow_host_access=True)
PLAIN = Container(name="web", image="nginx")
REACHING = [
    PodTemplate(containers=(PLAIN,), host_network=True),
    PodTemplate(containers=(PLAIN,), host_pid=True),
    PodTemplate(containers=(PLAIN,), host_ipc=True),
    PodTemplate(containers=(PLAIN,), volumes=(Volume(name="v", source=HostPath(path="/etc")),)),
    PodTemplate(containers=(PLAIN,), volumes=(Volume(name="v", source=HostPath(path="/srv/../etc")),)),
    PodTemplate(containers=(PLAIN.model_copy(update={"security": Security(privileged=True)}),)),
    PodTemplate(containers=(PLAIN.model_copy(update={"security": Security(add_capabilities=("SYS_ADMIN",))}),)),
    PodTemplate(
        containers=(PLAIN,),
        init_containers=(PLAIN.model_copy(update={"name": "i", "security": Security(privileged=True)}),),
    ),
]


def manifest(pid: bool) -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: agent}\nspec:\n  selector: {matchLabels: {app: a}}\n"
        f"  template:\n    metadata: {{labels: {{app: a}}}}\n    spec:\n      hostPID: {str(pid).lower()}\n"
        "      containers: [{name: a, image: nginx}]\n"
    )


@pytest.mark.parametrize("template", REACHING)
def test_what_reaches_the_host_is_beyond_the_policy(template: PodTemplate) -> None:
    assert len(Policy(host_path_roots=("/srv",)).beyond(template)) == 1
    assert ALLOWED.beyond(template) == ()


def test_what_every_manifest_may_say_is_not() -> None:
    volume = Volume(name="v", source=HostPath(path="/srv/site"))
    security = Security(add_capabilities=("NET_BIND_SERVICE",))
    template = PodTemplate(containers=(PLAIN.model_copy(update={"security": security}),), volumes=(volume,))
    assert Policy(host_path_roots=("/srv",)).beyond(template) == ()


@pytest.mark.parametrize(("tool", "arguments"), [("rollback", {"app": "agent"}), ("undo", {})])
async def test_neither_rollback_nor_undo_gives_it_back(
    control: FakeControl, store: MemoryStore, tool: str, arguments: dict[str, str]
) -> None:
    before = ToolRunner(TOOLS, control, store, FakeClock(), Ids(), policy=ALLOWED)
    for pid in (True, False):
        done = await before.call("apply_manifest", {"yaml": manifest(pid)}, caller(), turn=TurnState())
        assert done.ok, done.summary
    after = ToolRunner(TOOLS, control, store, FakeClock(), Ids(), policy=NOTHING)
    result = await after.call(tool, arguments, caller(), turn=TurnState())
    assert not result.ok
    assert "the host's pid" in result.summary
    assert not control.app("agent").spec.template.host_pid
    assert (await before.call(tool, arguments, caller(), turn=TurnState())).ok
