"""What a pod consists of, kept in a label of each of its containers.

The runtime is asked what is there, not what should be: without this it could not tell a pod that is half made from one
that has lost a container, nor in which order its init containers go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.template import PodTemplate
from app.runtimes.docker.wire import CONTAINER_LABEL, SHAPE_LABEL


@dataclass(frozen=True, slots=True)
class Shape:
    """Names in the template's order; `containers` begins with the main one."""

    containers: tuple[str, ...]
    init: tuple[str, ...] = ()
    restart_policy: str = "Always"

    @property
    def plain(self) -> bool:
        """One container and nothing before it: it needs no label."""
        return len(self.containers) == 1 and not self.init

    def label(self) -> str:
        return json.dumps(
            {"containers": self.containers, "init": self.init, "restartPolicy": self.restart_policy},
            separators=(",", ":"),
        )


def shape_of(template: PodTemplate) -> Shape:
    return Shape(
        tuple(one.name for one in template.containers),
        tuple(one.name for one in template.init_containers),
        template.restart_policy,
    )


def shape_by_labels(labels: Mapping[str, str]) -> Shape:
    """The shape a container's labels tell of; without that label it is a pod of its own."""
    try:
        found = json.loads(labels[SHAPE_LABEL])
        containers, init = tuple(map(str, found["containers"])), tuple(map(str, found["init"]))
        return Shape(containers, init, str(found["restartPolicy"]))
    except (KeyError, TypeError, ValueError):
        return Shape((labels.get(CONTAINER_LABEL, ""),))
