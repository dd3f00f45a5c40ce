"""Every setting, typed, from the environment or `.env`. Names are listed in `.env.example`; secrets never print."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.approvals import Mode
from app.core.manifest.policy import Policy

DEFAULT_MODEL = "gpt-4o-mini"
RuntimeChoice = Literal["auto", "simulator", "docker"]


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
    database_url: str = Field(default="", description="SQLAlchemy URL; empty = SQLite in the data directory")
    allowed_hosts: str = Field(default="", description="more host names the page may be reached by, comma separated")
    allow_host_access: bool = Field(
        default=False, description="manifests may have host namespaces, privileged containers and any host path"
    )
    host_paths: str = Field(default="", description="directories whose content manifests may mount, comma separated")
    balancer_image: str = Field(
        default="haproxy:lts-alpine", description="HAProxy 2.6 or newer: the container in front of each Service"
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
    def model_configured(self) -> bool:
        """A real model is asked for: a key, a base URL or a model name is given."""
        return bool(self.openai_api_key or self.openai_base_url)

    @property
    def model_name(self) -> str | None:
        """The language model asked for; None = the rules answer."""
        return (self.model or DEFAULT_MODEL) if self.model_configured else None
