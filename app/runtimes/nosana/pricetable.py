"""Markets and prices as they were on a day: what is shown, and said to be old, when nobody tells live ones. Values.

Prices in US dollars an hour with the network's fee; those of 2026-09 where they were seen then, else those of 2026-04.
So the table as a whole is as old as the oldest of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from app.core.spending import Market, Markets

AS_OF = datetime(2026, 4, 1, tzinfo=UTC).timestamp()
GIB = 1024**3

_TABLE = (
    # slug, address, GPU, the least memory in GB, price
    ("nvidia-3060", "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", "RTX 3060", 8, "0.048"),
    ("nvidia-4060", "47LQHZwT7gfVoBDYnRYhsYv6vKk8a1oW3Y3SdHAp1gTr", "RTX 4060", 8, "0.064"),
    ("nvidia-3070", "RXP7JK8MTY4uPJng4UjC9ZJdDDSG6wGr8pvVf3mwgXF", "RTX 3070", 8, "0.080"),
    ("nvidia-3080", "7RepDm4Xt9k6qV5oiSHvi8oBoty4Q2tfBGnCYjFLj6vA", "RTX 3080", 10, "0.096"),
    ("nvidia-4070", "EzuHhkrhmV98HWzREsgLenKj2iHdJgrKmzfL8psP8Aso", "RTX 4070", 12, "0.096"),
    ("nvidia-a4000", "7fnuvPYzfd961iRDPRgMSKLrUf1QjTGnn7viu3P12Zuc", "RTX A4000", 16, "0.128"),
    ("nvidia-4080", "77wdaAuYVxBW5u2QiqddkAzoBZ5cuKxH9ZCbx5HfFUb2", "RTX 4080", 16, "0.160"),
    ("nvidia-3090", "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ", "RTX 3090", 24, "0.192"),
    ("nvidia-5070", "5eX3kWkrcbwejEc1svbfP4F7NKYjtPDuyU5KnV1hUBKg", "RTX 5070", 12, "0.240"),
    ("nvidia-4090", "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", "RTX 4090", 24, "0.320"),
    ("nvidia-a5000", "4uBye3vJ1FAYukDdrvqQ36MZZZxqW3o8utWu8fyomRuN", "RTX A5000", 24, "0.320"),
    ("nvidia-5080", "9HnJacS25TnErsKMYJmKqWeCAMYuwY7gzhz9Eqhp5VE7", "RTX 5080", 16, "0.390"),
    ("nvidia-a40", "BLqSzPzcXMX5gseNXE4Ma45f31Eo6tNFVYoRmPG7kxP2", "A40", 48, "0.400"),
    ("nvidia-a6000", "EjryZ6XEthz3z7nnLfjXBYafyn7VyHgChfbfM47LfAao", "RTX A6000", 48, "0.400"),
    ("nvidia-5090", "6Xt8hgVLLL2PSHC9NtJP8E8oTdA5ZJc95hZEnHcdqKqb", "RTX 5090", 32, "0.400"),
    ("nvidia-6000-ada", "6eMivCx49anWFYwNgg8KNJQfSJYB5nBdif8CK6z52dem", "RTX 6000 Ada", 48, "0.610"),
    ("nvidia-a100-40gb", "F3aGGSMb73XHbJbDXVbcXo7iYM9fyevvAZGQfwgrnWtB", "A100 40GB", 40, "0.610"),
    ("nvidia-a100-80gb", "GLJHzqRN9fKGBsvsFzmGnaQGknUtLN1dqaFR8n3YdM22", "A100 80GB", 80, "0.900"),
    ("nvidia-pro-6000", "Ekro9NTNqLbnMkN7x7y2rY9AeTkazcHj2PPaTxT1Cogz", "RTX PRO 6000", 80, "1.000"),
    ("nvidia-h100", "Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg", "H100", 80, "1.500"),
)


def built_in() -> Markets:
    """The table; nothing of it is live."""
    return Markets(
        tuple(
            Market(address, slug, f"NVIDIA {gpu}", (f"NVIDIA {gpu}",), memory * GIB, Decimal(price))
            for slug, address, gpu, memory, price in _TABLE
        ),
        live=False,
        as_of=AS_OF,
    )
