"""The rules' reading of a turn, made once and used twice: as the rule model's answer, and as the check beside a real
model ("is this call what the person asked for?")."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from pydantic import ValidationError

from agent_tools import Tool
from agent_tools.images import default_ports
from app.agent.messages import earlier_turns, last_sentence
from app.agent.rules.reading import KnownApp, KnownObject, Reading, Wish, World
from app.core.configuring.usedby import users
from app.core.errors import InvalidInput
from app.core.images import app_name_from_image
from app.core.quantities import format_cpu, format_memory
from app.core.stopping import before_stop
from app.core.views import AppView
from app.ports.control import Control

CONFIDENT = 0.7
"""From here on the rules' reading counts against a model that wants something else."""
_REMEMBERED = 64

Read = Callable[[str, World], Reading]


class Reader:
    """Reads the last sentence of a conversation against the apps of now. A turn's reading does not change while its
    tools work, so it is remembered by the sentence's message id."""

    def __init__(self, read: Read, control: Control, tools: Sequence[Tool[Any]]) -> None:
        self._read = read
        self._control = control
        self._tools = {tool.name: tool for tool in tools}
        self._made: OrderedDict[str, Reading] = OrderedDict()

    def apps(self) -> tuple[KnownApp, ...]:
        """The apps as the language needs them."""
        return tuple(map(self._known, self._control.apps()))

    def _known(self, view: AppView) -> KnownApp:
        spec = view.spec
        resources = spec.container.resources
        memory, cpu = resources.limits.memory_bytes, resources.limits.cpu_millicores
        return KnownApp(
            name=view.name,
            image=spec.container.image,
            replicas=spec.replicas,
            namespace=view.key.namespace,
            status=view.status.value,
            last_replicas=None if spec.replicas else before_stop(spec),
            memory=format_memory(memory) if memory else "",
            cpu=format_cpu(cpu) if cpu else "",
            gpus=resources.gpus,
            env=tuple(variable.name for variable in spec.container.env),
            ports=tuple(port.container_port for port in spec.container.ports),
        )

    def objects(self) -> tuple[KnownObject, ...]:
        """What is beside the apps, with the apps it is there for, by name and by namespace/name."""
        specs = [view.spec for view in self._control.apps()]
        return tuple(
            KnownObject(
                view.key.kind,
                view.key.name,
                view.key.namespace,
                tuple(name for key in users(view.object, specs) for name in (key.name, str(key))),
            )
            for view in self._control.objects()
            if not view.deleting
        )

    def reading(self, messages: Sequence[BaseMessage], bound: frozenset[str] | None = None) -> Reading:
        """`bound` are the tools that can be called; all of them by default."""
        sentence = last_sentence(messages)
        if sentence is None:
            return Reading()
        if sentence.id and sentence.id in self._made:
            return self._made[sentence.id]
        names = bound if bound is not None else frozenset(self._tools)
        reading = self._read(sentence.text, World(self.apps(), names, earlier_turns(messages), self.objects()))
        if sentence.id:
            self._made[sentence.id] = reading
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
        return reading

    def wish(self, reading: Reading, name: str, arguments: Mapping[str, Any]) -> Wish | None:
        """The wish of the person's own sentence, as the rules read it, that is this very call."""
        wanted = self._normal(name, arguments)
        if wanted is None:
            return None
        return next((wish for wish in reading.wishes if self._normal(wish.tool, wish.arguments) == wanted), None)

    def disagrees(self, reading: Reading, name: str, arguments: Mapping[str, Any]) -> bool:
        """The rules are sure of what was said, and it is not this call."""
        sure = reading.confidence >= CONFIDENT and bool(reading.wishes or reading.outcome)
        return sure and self.wish(reading, name, arguments) is None

    def wants_change(self, reading: Reading) -> bool:
        """A confident reading asks for something that changes the world."""
        tools = (self._tools.get(wish.tool) for wish in reading.wishes)
        return reading.confidence >= CONFIDENT and any(tool and tool.effect != "read" for tool in tools)

    def _normal(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, str] | None:
        """A call with defaults filled in, names without `default/`, and sets in order; None where it is not valid."""
        tool = self._tools.get(name)
        if tool is None:
            return None
        try:
            full = tool.args.model_validate(dict(arguments)).model_dump(mode="json")
        except ValidationError:
            return None
        if full.get("app"):
            full["app"] = _short(full["app"])
        if "apps" in full:
            full["apps"] = sorted({_short(app) for app in full["apps"]})
        if name == "deploy":
            full = _plain_deploy(full)
        return name, repr(sorted(full.items()))


def _short(app: Any) -> str:
    return str(app).removeprefix("default/")


def _plain_deploy(full: dict[str, Any]) -> dict[str, Any]:
    """A deploy without what it would be anyway: models spell defaults out."""
    image = full["image"]
    plain = {**full, "image": image.removesuffix(":latest")}
    try:
        if full["name"] in (None, app_name_from_image(image)):
            plain["name"] = None
        if tuple(full["ports"]) == default_ports(image):
            plain["ports"] = []
    except InvalidInput:
        return plain
    if full["namespace"] == "default":
        plain["namespace"] = None
    return plain
