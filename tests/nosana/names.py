"""Names as the network makes them: base58, addresses, host labels, content hashes."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
NO_NODE = "1" * 32
"""What the chain shows where no host has claimed a job."""


def base58(raw: bytes) -> str:
    """Bitcoin's alphabet; every leading zero byte is one '1'."""
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def address(seed: str) -> str:
    """A public key's shape, 43 or 44 characters, always the same for one seed."""
    for round_ in range(1000):
        text = base58(hashlib.sha256(f"{seed}/{round_}".encode()).digest())
        if len(text) in (43, 44):
            return text
    raise AssertionError("sha256 gives 43 or 44 characters nearly always")


@lru_cache(maxsize=4096)
def signature(seed: str) -> str:
    """A transaction's or a message's signature: 64 bytes."""
    return base58(hashlib.sha512(seed.encode()).digest())


@lru_cache(maxsize=4096)
def service_label(op_id: str, deployment: str, vault: str) -> str:
    """The host label of a deployment's op: one for all its replicas and revisions."""
    project = base58(hashlib.sha512(f"{deployment}:{vault}".encode()).digest())[:45]
    return base58(hashlib.sha512(f"{op_id}:0:{project}".encode()).digest())[:44]


@lru_cache(maxsize=4096)
def job_label(op_index: int, port: int | str, job: str) -> str:
    """The host label of one port of one job."""
    return base58(hashlib.sha512(f"{op_index}:{port}:{job}".encode()).digest())[:44]


def ipfs_hash(content: Any) -> str:
    """CIDv0 of the compact JSON."""
    return cid(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def cid(data: bytes) -> str:
    """CIDv0 of a UnixFS file of one block (up to 256 KiB, as `ipfs add` makes it)."""
    size = _varint(len(data))
    file = b"\x08\x02\x12" + size + data + b"\x18" + size
    node = b"\x0a" + _varint(len(file)) + file
    return base58(b"\x12\x20" + hashlib.sha256(node).digest())


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
