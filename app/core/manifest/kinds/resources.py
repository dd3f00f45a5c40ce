"""`resources` of a container: CPU, memory and GPUs; what else there may be is noted aloud."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.tables import ELSEWHERE
from app.core.quantities import parse_count, parse_cpu, parse_memory
from app.core.spec import Amounts, Resources

GPU = "nvidia.com/gpu"
GPUS = (GPU, "amd.com/gpu")


def read_resources(fields: Fields) -> Resources:
    resources = fields.fields("resources")
    if resources is None:
        return Resources()
    limits, limit_gpus = _amounts(resources, "limits")
    requests, request_gpus = _amounts(resources, "requests")
    if resources.get("claims") is not None:
        resources.warn("claims", f"claims is ignored: no device is given; ask for {GPU} instead")
    resources.close({}, ELSEWHERE)
    if limit_gpus is not None and request_gpus is not None and limit_gpus != request_gpus:
        resources.error(None, f"requests and limits of {GPU} must be equal, not {request_gpus} and {limit_gpus}")
    _check_requests(resources, requests, limits)
    return Resources(requests=requests, limits=limits, gpus=limit_gpus or request_gpus or 0)


def _check_requests(resources: Fields, requests: Amounts, limits: Amounts) -> None:
    for name, asked, most in (
        ("cpu", requests.cpu_millicores, limits.cpu_millicores),
        ("memory", requests.memory_bytes, limits.memory_bytes),
    ):
        if asked is not None and most is not None and asked > most:
            inner = resources.fields("requests")
            if inner is not None:
                inner.error(name, f"the {name} request is more than its limit", "lower it, or raise the limit")


def _amounts(resources: Fields, key: str) -> tuple[Amounts, int | None]:
    inner = resources.fields(key)
    if inner is None:
        return Amounts(), None
    cpu, memory = inner.amount("cpu", parse_cpu), inner.amount("memory", parse_memory)
    counts = [count for count in (inner.amount(name, parse_count) for name in GPUS) if count is not None]
    for name in inner.node.entries:
        if name.startswith(("ephemeral-storage", "hugepages-")) or ("/" in name and name not in GPUS):
            inner.amount(name, _any_amount)
            inner.warn(name, f"{name} in {key} is ignored: cpu, memory and {GPU} are what can be asked for")
    inner.close({}, dict.fromkeys(("gpu", "gpus"), f"{inner.path}[{GPU}]"))
    return Amounts(cpu_millicores=cpu, memory_bytes=memory), sum(counts) if counts else None


def _any_amount(text: str) -> int:
    try:
        return parse_cpu(text)
    except InvalidInput as error:
        raise InvalidInput(str(error).replace("a CPU amount", "an amount").partition(": write")[0]) from None
