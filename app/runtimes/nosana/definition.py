"""A job definition as the network takes it: strict models of its schema, so that what it would refuse (with a bare 400
that names nothing) is refused here with a sentence. Values and checks only.

Only what KubeLite writes is modelled; unknown keys are rejected at every level except in `meta` and `env`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.core.errors import InvalidInput

MAX_BYTES = 900 * 1024
"""The server takes 1 MiB for the whole request."""

Word = Annotated[StrictStr, StringConstraints(pattern=r"^\S+$")]
Filled = Annotated[StrictStr, StringConstraints(min_length=1)]
MetaValue = StrictStr | StrictInt | list[StrictStr | StrictInt] | dict[StrictStr, StrictStr | StrictInt]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpCheck(Part):
    """`continuous` is required, whatever the documentation leaves out."""

    type: Literal["http"] = "http"
    path: Annotated[StrictStr, StringConstraints(pattern=r"^/")]
    method: Literal["GET"] = "GET"
    expected_status: Literal[200] = 200
    continuous: StrictBool = True
    headers: dict[StrictStr, StrictStr] | None = None


class Exposed(Part):
    """In a list only: alone it would pass the server's check and give no address."""

    port: Annotated[StrictInt, Field(ge=1, le=65535)]
    type: Literal["web"] = "web"
    health_checks: list[HttpCheck] | None = None


class VolumeMount(Part):
    name: Word
    dest: Annotated[StrictStr, StringConstraints(pattern=r"^/")]


class Retries(Part):
    policy: Literal["on-failure"] = "on-failure"
    restart_tries: Annotated[StrictInt, Field(ge=1)]


class RunArgs(Part):
    image: Filled
    entrypoint: list[StrictStr] | None = None
    cmd: list[StrictStr] | None = None
    env: dict[Filled, StrictStr] | None = None
    work_dir: StrictStr | None = None
    gpu: StrictBool | None = None
    expose: Annotated[list[Exposed], Field(max_length=1)] | None = None
    volumes: list[VolumeMount] | None = None
    restart_policy: Literal["no"] | Retries | None = None


class Execution(Part):
    group: Word


class Run(Part):
    type: Literal["container/run"] = "container/run"
    id: Word
    args: RunArgs
    execution: Execution | None = None


class VolumeArgs(Part):
    name: Word


class CreateVolume(Part):
    type: Literal["container/create-volume"] = "container/create-volume"
    id: Word
    args: VolumeArgs


class JobDefinition(Part):
    version: Literal["0.1"] = "0.1"
    type: Literal["container"] = "container"
    meta: dict[StrictStr, MetaValue]
    ops: Annotated[list[Annotated[Run | CreateVolume, Field(discriminator="type")]], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [op.id for op in self.ops]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"two operations are called {twice}")
        return self

    @property
    def content(self) -> dict[str, Any]:
        """As it is sent."""
        return self.model_dump(mode="json", exclude_none=True)


def checked(content: Mapping[str, Any]) -> JobDefinition:
    """The content as a definition. Raises `InvalidInput` that names the place and the fault; never quotes a value."""
    try:
        definition = JobDefinition.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in first["loc"]) or "the definition"
        raise InvalidInput(f"Nosana would refuse the job definition: {at}: {first['msg']}", field=at) from None
    size = len(definition.model_dump_json(exclude_none=True).encode())
    if size > MAX_BYTES:
        raise InvalidInput(
            f"The job definition has {size // 1024} KiB and Nosana takes {MAX_BYTES // 1024}: shorten commands and "
            "variables, or have the container fetch what is long",
            field="template",
        )
    return definition
