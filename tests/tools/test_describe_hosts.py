"""`describe` of an app on other people's machines: what was checked, what they see, what cannot be had there."""

from __future__ import annotations

from dataclasses import replace

from agent_tools import TOOLS, ToolRunner, TurnState
from app.core.replicasets import Proof
from app.stores.memory import MemoryStore
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec, view_of
from tests.tools.renting import FakeMoney

PROOFS = (
    Proof("job definition", "3f2a", "the same in 2 of 2 running jobs", True),
    Proof("endpoint", "abc", "xyz", False),
    Proof("image digest", "nginx:1.27", "the host resolves the tag | pin it", None),
)


async def described(runtime: str, proofs: tuple[Proof, ...]) -> str:
    one = spec("web").model_copy(update={"runtime": runtime})
    control = FakeControl({one.key: replace(view_of(one), proofs=proofs, url="https://abc.example")})
    runner = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), money=FakeMoney(T0))
    result = await runner.call("describe", {"app": "web"}, caller(), turn=TurnState())
    assert result.ok
    return result.summary


async def test_each_proof_says_what_was_asked_for_and_what_was_found() -> None:
    said = await described("nosana", PROOFS)
    assert "- ✔ job definition: asked for 3f2a, found the same in 2 of 2 running jobs" in said
    assert "- ✖ endpoint: asked for abc, but found xyz" in said
    assert r"- ? image digest: asked for nginx:1.27, not checked: the host resolves the tag \| pin it" in said
    assert "A host sees all that its replica does" in said
    assert "No exec, port-forward or cp there" in said
    assert "Reach it at https://abc.example." in said


async def test_on_ones_own_machine_there_is_nothing_to_say_of_hosts() -> None:
    said = await described("simulator", ())
    assert "host" not in said.replace("127.0.0.1", "")
