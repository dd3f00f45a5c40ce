"""Which machine a replica asks for: annotations into values, on the template too, and in manifests at their line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.carrying import carried
from app.core.errors import InvalidInput
from app.core.manifest import export_manifests, parse_manifests
from app.core.placement import (
    GPU_ANNOTATION,
    GPU_MEMORY_ANNOTATION,
    MARKET_ANNOTATION,
    TIMEOUT_ANNOTATION,
    Placement,
    parse_gpu_memory,
    parse_timeout,
    placed,
    placement_of,
    with_placement,
)
from app.core.revision import template_hash
from app.core.spec import AppSpec, Container, PodTemplate

GIB = 1024**3


def app(annotations: dict[str, str] | None = None, pod: dict[str, str] | None = None) -> AppSpec:
    template = PodTemplate(containers=(Container(name="main", image="nginx:1.27"),), annotations=pod or {})
    return AppSpec(name="web", runtime="nosana", template=template, annotations=annotations or {})


def test_nothing_said_is_any_machine_for_a_day() -> None:
    assert placement_of(app()) == Placement(timeout_minutes=1440)
    assert placement_of(app()).free


def test_every_annotation_is_read() -> None:
    said = {
        MARKET_ANNOTATION: " nvidia-4090 ",
        GPU_ANNOTATION: "RTX  4090",
        GPU_MEMORY_ANNOTATION: "24 GB",
        TIMEOUT_ANNOTATION: "1d 12h",
    }
    read = placement_of(app(said))
    assert read == Placement(market="nvidia-4090", gpu="RTX 4090", gpu_memory_bytes=24 * GIB, timeout_minutes=2160)
    assert not read.free


def test_the_app_counts_before_its_template() -> None:
    spec = app({GPU_ANNOTATION: "A100"}, {GPU_ANNOTATION: "H100", MARKET_ANNOTATION: "nvidia-h100"})
    assert placement_of(spec).gpu == "A100"
    assert placement_of(spec).market == "nvidia-h100"


@pytest.mark.parametrize("text", ["24GB", "24 gb", "24Gi", "24g", "24", " 24 GiB "])
def test_gpu_memory_as_people_write_it(text: str) -> None:
    assert parse_gpu_memory(text) == 24 * GIB


@pytest.mark.parametrize(
    ("text", "minutes"), [("60m", 60), ("24h", 1440), ("7d", 10_080), ("90 min", 90), ("2 days", 2880)]
)
def test_timeouts(text: str, minutes: int) -> None:
    assert parse_timeout(text) == minutes


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (MARKET_ANNOTATION, "any where", "slug such as nvidia-4090"),
        (MARKET_ANNOTATION, "", "slug such as nvidia-4090"),
        (GPU_ANNOTATION, "4090; rm", 'write it like "RTX 4090"'),
        (GPU_MEMORY_ANNOTATION, "much", "write it like 24GB"),
        (GPU_MEMORY_ANNOTATION, "0", "write it like 24GB"),
        (GPU_MEMORY_ANNOTATION, "24000GB", "write it like 24GB"),
        (TIMEOUT_ANNOTATION, "24", "write hours or days such as 24h"),
        (TIMEOUT_ANNOTATION, "59m", "at least 60m"),
        (TIMEOUT_ANNOTATION, "31d", "at most 30d"),
        (TIMEOUT_ANNOTATION, "", "write hours or days"),
    ],
)
def test_what_cannot_be_read_names_annotation_value_and_fix(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        placement_of(app({name: value}))
    assert str(caught.value).startswith(f'{name}: "{value}"')
    assert says in str(caught.value)
    assert caught.value.field == name


@given(
    st.text(max_size=40),
    st.sampled_from([MARKET_ANNOTATION, GPU_ANNOTATION, GPU_MEMORY_ANNOTATION, TIMEOUT_ANNOTATION]),
)
def test_any_text_is_a_value_or_one_sentence(text: str, name: str) -> None:
    said = ""
    try:
        placement_of(app({name: text}))
    except InvalidInput as error:
        said = str(error)
    assert "\n" not in said


def test_another_machine_is_another_template() -> None:
    before = app({GPU_ANNOTATION: "A100"})
    after = app({GPU_ANNOTATION: "H100"})
    assert template_hash(before.template) == template_hash(after.template)
    assert template_hash(carried(before, None).template) != template_hash(carried(after, before).template)
    assert placed(placed(after)) == placed(after)


def test_how_long_a_machine_is_rented_is_no_other_template() -> None:
    spec = app({TIMEOUT_ANNOTATION: "48h"})
    assert carried(spec, None).template == spec.template


def test_a_placement_is_taken_away_from_both_places() -> None:
    spec = with_placement(app(), {GPU_ANNOTATION: "A100", TIMEOUT_ANNOTATION: "48h"})
    assert placement_of(spec).gpu == "A100"
    assert placement_of(with_placement(placed(spec), {GPU_ANNOTATION: None})) == Placement(timeout_minutes=2880)


# -- manifests

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    {annotation}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      nodeSelector: {{{labels}}}
      containers: [{{name: web, image: nginx}}]
"""


def parsed(annotation: str = "note: x", labels: str = "") -> AppSpec:
    report = parse_manifests(MANIFEST.format(annotation=annotation, labels=labels), runtime="nosana")
    assert report.errors == ()
    (spec,) = report.wishes
    assert isinstance(spec, AppSpec)
    return spec


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        ('kubelite.io/job-timeout: "5m"', "too short"),
        ("kubelite.io/gpu-memory: lots", "write it like 24GB"),
        ('kubelite.io/budget-per-hour: "free"', "write it like 1.50"),
        ('kubelite.io/end-at: "2030-01-01"', "write date, time and zone"),
        ("kubelite.io/on-budget: explode", "scale-down, stop or warn"),
    ],
)
def test_a_bad_annotation_is_an_error_at_its_line(annotation: str, says: str) -> None:
    report = parse_manifests(MANIFEST.format(annotation=annotation, labels=""), runtime="nosana")
    (error,) = report.errors
    assert error.line == 6
    assert error.path == f"metadata.annotations[{annotation.split(':')[0]}]"
    assert says in error.message


def test_limits_that_contradict_each_other_are_an_error() -> None:
    both = 'kubelite.io/budget-total: "5"\n    kubelite.io/no-limit: "true"'
    report = parse_manifests(MANIFEST.format(annotation=both, labels=""), runtime="nosana")
    (error,) = report.errors
    assert error.line == 7
    assert "contradicts kubelite.io/budget-total" in error.message


@pytest.mark.parametrize(
    ("labels", "gpu"),
    [
        ("nvidia.com/gpu.product: NVIDIA-GeForce-RTX-4090", "NVIDIA-GeForce-RTX-4090"),
        ("kubelite.io/gpu: A100_80GB", "A100 80GB"),
        ("nvidia.com/gpu.product: Tesla-T4, kubelite.io/gpu: H100", "H100"),
    ],
)
def test_a_node_selector_chooses_the_gpu_and_survives_an_export(labels: str, gpu: str) -> None:
    spec = parsed(labels=labels)
    assert placement_of(spec).gpu == gpu
    again = parse_manifests(export_manifests([spec]), runtime="nosana")
    assert again.wishes == (spec,)


def test_what_a_node_selector_cannot_choose_is_said() -> None:
    labels = "nvidia.com/gpu.product: Tesla-T4, zone: here"
    report = parse_manifests(MANIFEST.format(annotation="note: x", labels=labels), runtime="nosana")
    (warning,) = report.warnings
    assert "elsewhere it is ignored; zone: ignored" in warning.message
