"""Every setting, typed, from the environment or `.env`. Names are listed in `.env.example`; secrets never print."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypedDict
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.approvals import Mode
from app.core.manifest.policy import Policy

DEFAULT_MODEL = "gpt-4o-mini"
DEFAULT_CONTEXT = 8192
"""Tokens that about every local model reads; a server often gives it no more, whatever the model could."""
OPENAI_CONTEXT = 64_000
RuntimeChoice = Literal["auto", "simulator", "docker", "nosana"]


def _address(text: str) -> str:
    """An http or https address without a slash at its end."""
    try:
        parts = urlsplit(text.replace("{node}", "n").replace("{label}", "n"))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an http or https address")
    return text.rstrip("/")


def _with_part(name: str) -> AfterValidator:
    def check(text: str) -> str:
        if name not in text:
            raise ValueError(f"must have {name} in it, where each host's own name goes")
        return text

    return AfterValidator(check)


def _key(given: object) -> object:
    """As it is pasted: spaces and line ends around it are no part of it, inside it they are a slip."""
    if not isinstance(given, str):
        return given
    key = given.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("has characters that no key has; copy it again")
    return key


Address = Annotated[str, AfterValidator(_address)]
Key = Annotated[SecretStr, BeforeValidator(_key)]
Dollars = Annotated[Decimal, Field(gt=0, allow_inf_nan=False, max_digits=12, decimal_places=6)]


class NosanaAddresses(TypedDict):
    """Where the network is reached, as its runtime takes them."""

    api_url: str
    node_url: str
    endpoint_url: str
    hosts_url: str


class Settings(BaseSettings):
    """Prefix `KUBELITE_`; standard names where the world has them (OPENAI_*, DOCKER_HOST). Empty text = not set."""

    model_config = SettingsConfigDict(
        env_prefix="KUBELITE_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    home: Path = Field(default=Path("~/.kubelite"), description="data directory")
    runtime: RuntimeChoice = "auto"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    mode: Mode = Mode.ASK
    model: str = Field(default="", description="model name; empty = gpt-4o-mini when a key or base URL is set")
    model_context: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="tokens the model reads and writes at once; 0 = 8192 with a base URL of your own, else 64000",
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; empty = SQLite in the data directory")
    allowed_hosts: str = Field(default="", description="more host names the page may be reached by, comma separated")
    allow_host_access: bool = Field(
        default=False, description="manifests may have host namespaces, privileged containers and any host path"
    )
    host_paths: str = Field(default="", description="directories whose content manifests may mount, comma separated")
    balancer_image: str = Field(
        default="haproxy:lts-alpine", description="HAProxy 2.6 or newer: the container in front of each Service"
    )
    heal_hold_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="how long an app must be well before a remedy counts as one"
    )
    check: bool = Field(default=False, description="verify the invariants in the live process")
    log_level: Literal["debug", "info", "warning", "error"] = "warning"

    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key")
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url")
    )
    docker_host: str | None = Field(default=None, validation_alias=AliasChoices("DOCKER_HOST", "docker_host"))

    nosana_api_key: Key | None = Field(default=None, validation_alias=AliasChoices("NOSANA_API_KEY", "nosana_api_key"))
    nosana_api_url: Address = Field(
        default="https://dashboard.k8s.prd.nos.ci/api",
        validation_alias=AliasChoices("NOSANA_API_URL", "nosana_api_url"),
    )
    nosana_node_url: Annotated[Address, _with_part("{node}")] = Field(
        default="https://{node}.node.k8s.prd.nos.ci", description="a host's own API: logs and usage"
    )
    nosana_endpoint_url: Annotated[Address, _with_part("{label}")] = Field(
        default="https://{label}.node.k8s.prd.nos.ci", description="where a container's port is reached"
    )
    nosana_hosts_url: Address = Field(
        default="https://host-manager.k8s.prd.nosana.com", description="who says which hosts are idle"
    )
    budget_per_hour: Dollars | None = Field(default=None, description="US dollars all priced apps may cost an hour")
    budget_total: Dollars | None = Field(default=None, description="US dollars all priced apps may cost in all")

    @property
    def data_directory(self) -> Path:
        return self.home.expanduser().resolve()

    @property
    def host_path_roots(self) -> tuple[str, ...]:
        """Absolute directories under which a manifest's hostPath may lie; anything else given is left out."""
        roots = (Path(each.strip()) for each in self.host_paths.split(","))
        return tuple(str(root) for root in roots if root.is_absolute() and ".." not in root.parts)

    @property
    def policy(self) -> Policy:
        """What of the host manifests and volumes may reach."""
        return Policy(allow_host_access=self.allow_host_access, host_path_roots=self.host_path_roots)

    @property
    def nosana_key(self) -> str:
        """The key in the clear, for whoever sends it; empty = no key."""
        return self.nosana_api_key.get_secret_value() if self.nosana_api_key else ""

    @property
    def nosana_addresses(self) -> NosanaAddresses:
        return {
            "api_url": self.nosana_api_url,
            "node_url": self.nosana_node_url,
            "endpoint_url": self.nosana_endpoint_url,
            "hosts_url": self.nosana_hosts_url,
        }

    @property
    def model_configured(self) -> bool:
        """A real model is asked for: a key, a base URL or a model name is given."""
        return bool(self.openai_api_key or self.openai_base_url)

    @property
    def context_tokens(self) -> int:
        """How much the model is trusted to read and write at once."""
        return self.model_context or (DEFAULT_CONTEXT if self.openai_base_url else OPENAI_CONTEXT)

    @property
    def model_name(self) -> str | None:
        """The language model asked for; None = the rules answer."""
        return (self.model or DEFAULT_MODEL) if self.model_configured else None
