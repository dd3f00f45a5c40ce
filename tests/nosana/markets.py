"""Markets and hosts. Slugs and addresses are the network's; prices and counts are made up and stay as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.nosana.names import address

FEE_PERCENT = 10


@dataclass
class Host:
    """A machine that runs one job at a time."""

    address: str
    market: str
    job: str | None = None
    lost_at: float | None = None


@dataclass
class Market:
    """`usd` is the hosts' reward per hour; a renter pays `hourly`, the fee on top."""

    slug: str
    address: str
    gpu: str
    vram: int
    usd: float
    hosts: list[Host] = field(default_factory=list)
    kind: str = "PREMIUM"
    private: bool = False

    @property
    def hourly(self) -> float:
        """USD per hour and replica, fee included."""
        return self.usd * (1 + FEE_PERCENT / 100)

    def view(self) -> dict[str, Any]:
        """One entry of GET /api/markets/."""
        return {
            "address": self.address,
            "slug": self.slug,
            "name": self.gpu,
            "type": self.kind,
            "usd_reward_per_hour": self.usd,
            "nos_reward_per_second": round(self.usd / 3600 / 0.5, 9),
            "nos_job_price_per_second": round(self.hourly / 3600 / 0.5, 9),
            "network_fee_percentage": FEE_PERCENT,
            "gpu_types": [self.gpu],
            "lowest_vram": self.vram,
            "required_images": ["docker.io/nosana/pytorch-jupyter:2.0.0"],
            "required_remote_resources": [],
            "client": self.private,
            "premium_community_relation": None,
            "nodes": [host.address for host in self.hosts],
            "sft": address(f"sft/{self.slug}"),
        }


_TABLE = (
    # slug, address, GPU, GB, USD/h before the fee, hosts
    ("nvidia-3060", "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", "NVIDIA RTX 3060", 12, 0.04, 12),
    ("nvidia-3080", "7RepDm4Xt9k6qV5oiSHvi8oBoty4Q2tfBGnCYjFLj6vA", "NVIDIA RTX 3080", 10, 0.09, 6),
    ("nvidia-3090", "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ", "NVIDIA RTX 3090", 24, 0.18, 8),
    ("nvidia-4090", "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", "NVIDIA RTX 4090", 24, 0.30, 10),
    ("nvidia-a6000", "EjryZ6XEthz3z7nnLfjXBYafyn7VyHgChfbfM47LfAao", "NVIDIA RTX A6000", 48, 0.42, 3),
    ("nvidia-a100-80gb", "GLJHzqRN9fKGBsvsFzmGnaQGknUtLN1dqaFR8n3YdM22", "NVIDIA A100 80GB", 80, 0.85, 2),
    ("nvidia-h100", "Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg", "NVIDIA H100", 80, 1.40, 0),
)


def usual_markets() -> list[Market]:
    """Seven markets; the H100 one has no host, and a customer's private one is among them."""
    markets = [
        Market(slug, place, gpu, vram, usd, hosts_of(place, count)) for slug, place, gpu, vram, usd, count in _TABLE
    ]
    place = address("market/private")
    return [*markets, Market("acme-private", place, "NVIDIA RTX 4090", 24, 0.01, hosts_of(place, 4), "OTHER", True)]


def hosts_of(market: str, count: int, first: int = 0) -> list[Host]:
    return [Host(address(f"host/{market}/{number}"), market) for number in range(first, first + count)]
