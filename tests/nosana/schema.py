"""What the manager accepts, written from its rules: job definitions and request bodies, strict at every level."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self, TypeVar

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

M = TypeVar("M", bound=BaseModel)
Number = StrictInt | StrictFloat
TextOrList = StrictStr | list[StrictStr]
Flat = StrictStr | Number
FIVE_WORDS = re.compile(r"^\s*(\S+\s+){4}\S+\s*$")
LITERAL = re.compile(r"^%%.+%%$")


class Refused(Exception):
    """A body or a query breaks the schema; the text says where and why, for the tests' eyes only."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


def _literal(text: str) -> str:
    if not LITERAL.match(text):
        raise ValueError("only a %%literal%% may be a string here")
    return text


LiteralText = Annotated[StrictStr, AfterValidator(_literal)]


class Spread(Strict):
    spread: StrictStr = Field(alias="__spread__")
    chunked: StrictBool | None = None


class HttpCheck(Strict):
    type: Literal["http"]
    path: StrictStr
    method: Literal["GET", "POST", "PUT", "DELETE"]
    expected_status: Number
    continuous: StrictBool
    headers: dict[StrictStr, StrictStr] | None = None
    body: Any = None


class SocketCheck(Strict):
    type: Literal["websocket"]
    expected_response: StrictStr
    continuous: StrictBool


class Exposed(Strict):
    port: Number
    type: Literal["api", "web", "websocket", "webapi", "none"] | None = None
    health_checks: list[Annotated[HttpCheck | SocketCheck, Field(discriminator="type")]] | None = None


class Mount(Strict):
    name: StrictStr
    dest: StrictStr


class Iam(Strict):
    REGION: StrictStr
    ACCESS_KEY_ID: StrictStr
    SECRET_ACCESS_KEY: StrictStr


class Bucket(Strict):
    url: StrictStr
    files: list[StrictStr] | None = None


class S3(Strict):
    type: Literal["S3"]
    target: StrictStr
    url: StrictStr | None = None
    bucket: StrictStr | None = None
    buckets: list[Bucket] | None = None
    files: list[StrictStr] | None = None
    allowWrite: StrictBool | None = None  # noqa: N815 - the network's own name
    IAM: Iam | None = None


class HuggingFace(Strict):
    type: Literal["HF"]
    target: StrictStr
    repo: StrictStr
    revision: StrictStr | None = None
    files: list[StrictStr] | None = None
    accessToken: StrictStr | None = None  # noqa: N815 - the network's own name


class Ollama(Strict):
    type: Literal["Ollama"]
    model: StrictStr
    target: StrictStr | None = None


Resource = Annotated[S3 | HuggingFace | Ollama, Field(discriminator="type")]


class DockerLogin(Strict):
    username: StrictStr | None = None
    password: StrictStr | None = None
    email: StrictStr | None = None
    server: StrictStr | None = None


class Authentication(Strict):
    docker: DockerLogin | None = None


class Restart(Strict):
    policy: Literal["on-failure"]
    restart_tries: Number | None = None


class RunArgs(Strict):
    image: StrictStr
    aliases: TextOrList | None = None
    cmd: TextOrList | None = None
    entrypoint: TextOrList | None = None
    env: dict[StrictStr, StrictStr] | None = None
    work_dir: StrictStr | None = None
    gpu: StrictBool | None = None
    expose: Number | LiteralText | Spread | Exposed | list[Number | LiteralText | Spread | Exposed] | None = None
    private: StrictBool | None = None
    volumes: list[Mount] | None = None
    resources: list[Resource | Spread | Literal["__remove-if-empty__"]] | None = None
    authentication: Authentication | None = None
    restart_policy: Literal["no", "always", "unless-stopped", "on-failure"] | Restart | None = None

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        items = self.expose if isinstance(self.expose, list) else []
        ports = [item.port if isinstance(item, Exposed) else item for item in items if not isinstance(item, Spread)]
        if len(set(ports)) != len(ports):
            raise ValueError("expose names a port twice")
        return self


class VolumeArgs(Strict):
    name: StrictStr


class Finder(Strict):
    regex: StrictStr
    logType: Annotated[  # noqa: N815 - the network's own name
        list[Literal["stdin", "stdout", "stderr", "nodeerr"]], Field(min_length=1, max_length=4)
    ]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        if len(set(self.logType)) != len(self.logType):
            raise ValueError("logType repeats itself")
        return self


class Execution(Strict):
    group: StrictStr | None = None
    depends_on: list[StrictStr] | None = None
    stop_if_dependent_stops: StrictBool | None = None

    @model_validator(mode="after")
    def _stops_only_with_dependents(self) -> Self:
        if self.stop_if_dependent_stops is not None and self.depends_on is None:
            raise ValueError("stop_if_dependent_stops needs depends_on")
        return self


class Run(Strict):
    type: Literal["container/run"]
    id: StrictStr
    args: RunArgs
    results: dict[StrictStr, StrictStr | Finder] | None = None
    execution: Execution | None = None


class CreateVolume(Strict):
    type: Literal["container/create-volume"]
    id: StrictStr
    args: VolumeArgs
    results: dict[StrictStr, StrictStr | Finder] | None = None
    execution: Execution | None = None


class Meta(BaseModel):
    """Free keys; each a text, a number, a list of those, or one level of object."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, Flat | list[Flat] | dict[StrictStr, Flat | list[Flat]]]
    trigger: StrictStr | None = None
    system_resources: dict[StrictStr, Flat] | None = None


class Global(Strict):
    image: StrictStr | None = None
    gpu: StrictBool | None = None
    entrypoint: TextOrList | None = None
    env: dict[StrictStr, StrictStr] | None = None
    work_dir: StrictStr | None = None
    variables: dict[StrictStr, StrictStr] | None = None


class DeliveryArgs(Strict):
    endpoint: StrictStr | None = None


class Delivery(Strict):
    type: Literal["api", "api-listen"]
    args: DeliveryArgs


class Logistics(Strict):
    send: Delivery
    receive: Delivery


class JobDefinition(Strict):
    version: Literal["0.1"]
    type: Literal["container"]
    ops: list[Annotated[Run | CreateVolume, Field(discriminator="type")]]
    meta: Meta | None = None
    global_: Global | None = Field(default=None, alias="global")
    logistics: Logistics | None = None
    deployment_id: StrictStr | None = None

    @model_validator(mode="after")
    def _ids_are_names(self) -> Self:
        ids = [op.id for op in self.ops]
        if len(set(ids)) != len(ids):
            raise ValueError("op ids repeat")
        if any(re.search(r"\s", name) for name in ids):
            raise ValueError("an op id has a space")
        return self


def _five_words(text: str) -> str:
    if not FIVE_WORDS.match(text):
        raise ValueError("a schedule is five words")
    return text


Schedule = Annotated[StrictStr, AfterValidator(_five_words)]
AtLeastOne = Annotated[Number, Field(ge=1)]


class Create(BaseModel):
    """Body of POST /deployments/create. Unknown fields pass unread at this level, and only at this one."""

    model_config = ConfigDict(extra="allow", strict=True)
    name: StrictStr
    market: StrictStr
    replicas: AtLeastOne
    timeout: AtLeastOne
    strategy: Literal["SIMPLE", "SIMPLE-EXTEND", "SCHEDULED", "INFINITE"]
    job_definition: JobDefinition
    schedule: Schedule | None = None
    rotation_time: Number | None = None
    confidential: StrictBool | None = None
    autostart: StrictBool | None = None
    vault: Annotated[StrictStr, Field(min_length=43, max_length=44)] | None = None
    new_vault: StrictBool | None = None

    @model_validator(mode="after")
    def _strategy_has_its_own(self) -> Self:
        if self.strategy == "SCHEDULED" and self.schedule is None:
            raise ValueError("SCHEDULED needs a schedule")
        if self.strategy == "INFINITE" and self.timeout < 60:
            raise ValueError("INFINITE needs a timeout of 60 minutes or more")
        if self.vault is not None and self.new_vault is not None:
            raise ValueError("vault and new_vault exclude each other")
        return self


class UpdateName(BaseModel):
    name: Annotated[StrictStr, Field(min_length=1)]


class UpdateReplicas(BaseModel):
    replicas: Annotated[Number, Field(ge=0)]


class UpdateTimeout(BaseModel):
    timeout: Annotated[Number, Field(ge=60)]


class UpdateSchedule(BaseModel):
    schedule: Schedule


class UpdateActiveRevision(BaseModel):
    active_revision: Annotated[Number, Field(ge=1)]


class Withdraw(BaseModel):
    SOL: Annotated[Number, Field(ge=0)] | None = None
    NOS: Annotated[Number, Field(ge=0)] | None = None


class ExtendJob(BaseModel):
    """Body of POST /jobs/{job}/extend."""

    seconds: Annotated[Number, Field(gt=0)]


class ListJob(BaseModel):
    """Body of POST /jobs/list."""

    ipfsHash: StrictStr  # noqa: N815 - the network's own name
    market: StrictStr
    timeout: Number | StrictStr | None = None
    node: StrictStr | None = None


class SignMessage(BaseModel):
    """Body of POST /auth/sign-message/external."""

    message: StrictStr
    includeTime: StrictBool | None = None  # noqa: N815 - the network's own name


def checked(model: type[M], body: Any) -> M:
    """The body as `model`. Raises Refused with the first fault, told as the server's validator tells it."""
    if not isinstance(body, dict):
        raise Refused("body must be object")
    _no_nulls(body, "body")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = max(error.errors(include_url=False, include_input=False), key=lambda one: len(one["loc"]))
        path = "/".join(str(part) for part in first["loc"])
        raise Refused(f"body/{path} {first['msg']}" if path else f"body {first['msg']}") from None


def _no_nulls(value: Any, path: str) -> None:
    """An absent field is left out: null is a value of the wrong type everywhere. Raises Refused."""
    if value is None:
        raise Refused(f"{path} must not be null")
    if isinstance(value, dict):
        for name, item in value.items():
            _no_nulls(item, f"{path}/{name}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            _no_nulls(item, f"{path}/{number}")


def cron_fault(schedule: str) -> str | None:
    """Why a schedule of five words is no cron expression, or None."""
    try:
        CronSim(schedule, dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    except CronSimError as error:
        return str(error)
    return None
