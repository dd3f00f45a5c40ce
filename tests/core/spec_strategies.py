"""Hypothesis strategies for specs that a manifest can say. Shared by the round-trip tests."""

from __future__ import annotations

from hypothesis import strategies as st

from app.core.names import LABEL_CHARS
from app.core.spec import (
    MAX_REPLICAS,
    RUNTIME_ANNOTATION,
    Amounts,
    AppSpec,
    Autoscaling,
    Container,
    EnvVar,
    PodTemplate,
    Port,
    Protocol,
    Resources,
    Strategy,
)

AWKWARD = (
    "",
    " ",
    "yes",
    "No",
    "on",
    "null",
    "~",
    "true",
    "0777",
    "0o17",
    "1e3",
    "08",
    "1_000",
    "22:22",
    ".5",
    "-1",
    "0x1F",
    "2024-01-01",
    "a: b",
    "- a",
    "# no comment",
    "a #b",
    "{{ x }}",
    "[1]",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "'",
    '"',
    "\\",
    "\t",
    "a\nb",
    "a\nb\n",
    "\na",
    " a\n  b",
    "a \nb",
    "a\r\nb",
    "a\x85b",
    "a\u2028b",
    "\ufeffa",
    "é",
    "日本",
    "🦊",
    "\x1b[31m",
    "---",
    "...",
    "--- a",
    "<<",
    "=",
    "?",
    "|",
    ">",
    "a" * 300,
)

label_names = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,12}[a-z0-9])?", fullmatch=True)
app_names = st.one_of(label_names, st.builds("{}.{}".format, label_names, label_names))
label_values = st.one_of(
    st.just(""),
    st.sampled_from(["yes", "1", "1.0", "null", "true", "08", "1e3"]),
    st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?", fullmatch=True),
)
label_keys = st.one_of(
    st.sampled_from(["app", "tier", "app.kubernetes.io/name", "example.com/team", "1", "yes", "no", "null"]),
    st.from_regex(r"[A-Za-z]([-A-Za-z0-9_.]{0,12}[A-Za-z0-9])?", fullmatch=True),
)
texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
)
env_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,15}", fullmatch=True)
images = st.sampled_from(
    ["nginx", "nginx:1.25", "ghcr.io/acme/web-app:1", "localhost:5000/a/b", f"redis@sha256:{'0' * 64}"]
)
millicores = st.one_of(st.none(), st.integers(0, 10**6))
sizes = st.one_of(st.none(), st.integers(0, 2**45), st.sampled_from([2**29, 512 * 10**6, 1500, 2**63 - 1]))
ports_in_range = st.integers(1, 65535)


def maps(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(label_keys, values, max_size=4)


annotation_maps = maps(texts).filter(lambda found: RUNTIME_ANNOTATION not in found)


@st.composite
def port_lists(draw: st.DrawFn) -> tuple[Port, ...]:
    """Names and host ports are unique in a container."""
    names = draw(st.lists(st.from_regex(r"[a-z]([a-z0-9]{0,10}[a-z])?", fullmatch=True), unique=True, max_size=3))
    host_ports = draw(st.lists(ports_in_range, unique=True, min_size=3, max_size=3))
    numbers = draw(st.lists(ports_in_range, max_size=3))
    return tuple(
        Port(
            container_port=number,
            protocol=draw(st.sampled_from(Protocol)),
            host_port=draw(st.sampled_from([None, host_ports[at]])),
            name=names[at] if at < len(names) else None,
        )
        for at, number in enumerate(numbers)
    )


@st.composite
def resource_wishes(draw: st.DrawFn) -> Resources:
    """A request is never more than its limit."""
    limits = Amounts(cpu_millicores=draw(millicores), memory_bytes=draw(sizes))
    requests = Amounts(cpu_millicores=draw(millicores), memory_bytes=draw(sizes))
    if limits.cpu_millicores is not None and (requests.cpu_millicores or 0) > limits.cpu_millicores:
        requests = requests.model_copy(update={"cpu_millicores": limits.cpu_millicores})
    if limits.memory_bytes is not None and (requests.memory_bytes or 0) > limits.memory_bytes:
        requests = requests.model_copy(update={"memory_bytes": limits.memory_bytes})
    return Resources(limits=limits, requests=requests, gpus=draw(st.integers(0, 8)))


@st.composite
def containers(draw: st.DrawFn) -> Container:
    env = draw(st.lists(st.builds(EnvVar, name=env_names, value=texts), max_size=4, unique_by=lambda var: var.name))
    return Container(
        name=draw(label_names),
        image=draw(images),
        command=tuple(draw(st.lists(texts, max_size=3))),
        args=tuple(draw(st.lists(texts, max_size=3))),
        env=tuple(env),
        ports=draw(port_lists()),
        resources=draw(resource_wishes()),
    )


@st.composite
def templates(draw: st.DrawFn) -> PodTemplate:
    return PodTemplate(
        containers=(draw(containers()),),
        labels=draw(maps(label_values)),
        annotations=draw(annotation_maps),
        termination_grace_seconds=draw(st.sampled_from([30, 0, 1, 600])),
    )


@st.composite
def strategies(draw: st.DrawFn) -> Strategy:
    """Kubernetes has no surge beside Recreate, and never both numbers 0."""
    ready = draw(st.sampled_from([0, 10]))
    if draw(st.booleans()):
        return Strategy(type="Recreate", min_ready_seconds=ready)
    surge = draw(st.sampled_from([0, 1, 3, "0%", "25%", "150%"]))
    unavailable = draw(st.sampled_from([1, 2, "10%", "25%", "100%"] if surge in (0, "0%") else [0, 1, "0%", "25%"]))
    return Strategy(max_surge=surge, max_unavailable=unavailable, min_ready_seconds=ready)


@st.composite
def autoscalings(draw: st.DrawFn) -> Autoscaling:
    low, high = sorted(draw(st.lists(st.integers(1, MAX_REPLICAS), min_size=2, max_size=2)))
    return Autoscaling(
        enabled=draw(st.booleans()),
        min_replicas=low,
        max_replicas=high,
        target_cpu_percent=draw(st.integers(1, 100)),
    )


@st.composite
def specs(draw: st.DrawFn) -> AppSpec:
    return AppSpec(
        name=draw(app_names)[:LABEL_CHARS].strip("-."),
        namespace=draw(st.one_of(st.just("default"), label_names)),
        runtime=draw(st.sampled_from(["simulator", "docker", "nosana"])),
        replicas=draw(st.integers(0, MAX_REPLICAS)),
        template=draw(templates()),
        strategy=draw(strategies()),
        autoscaling=draw(st.one_of(st.none(), autoscalings())),
        labels=draw(maps(label_values)),
        annotations=draw(annotation_maps),
    )
