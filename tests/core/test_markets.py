"""Choosing a market: what fits, cheapest first, GPU models as people write them, and why nothing fits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.markets import GIB, choose, fitting, gpus_of, names_gpu, quotes, why_none
from app.core.modelsizes import bits_of, memory_for_model, parameters_of
from app.core.placement import GPU_ANNOTATION, TIMEOUT_ANNOTATION, Placement
from app.core.spec import AppSpec, Container, PodTemplate, Resources
from app.core.spending import Balance, Market, Markets


def market(slug: str, price: str, memory: int | None, *gpus: str, idle: int | None = None, name: str = "") -> Market:
    return Market(f"{slug}-address", slug, name or slug, gpus, memory and memory * GIB, Decimal(price), idle)


MARKETS = (
    market("nvidia-3060", "0.048", 12),
    market("nvidia-3090", "0.192", 24),
    market("nvidia-4090", "0.320", 24, "NVIDIA GeForce RTX 4090"),
    market("nvidia-a5000", "0.320", 24, idle=3),
    market("nvidia-a6000", "0.400", 48),
    market("nvidia-6000-ada", "0.610", 48),
    market("nvidia-a100-40gb", "0.610", 40),
    market("nvidia-a100-80gb", "0.900", 80, "NVIDIA A100-SXM4-80GB"),
    market("nvidia-pro6000", "1.000", 96, name="NVIDIA RTX PRO 6000"),
)
LIVE = Markets(MARKETS, live=True, as_of=0.0)


def slugs(found: list[Market]) -> list[str]:
    return [one.slug.removeprefix("nvidia-") for one in found]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("4090", ["4090"]),
        ("RTX 4090", ["4090"]),
        ("rtx4090", ["4090"]),
        ("nvidia-4090", ["4090"]),
        ("NVIDIA-GeForce-RTX-4090", ["4090"]),
        ("4090 24GB", ["4090"]),
        ("4090 48GB", []),
        ("a100", ["a100-40gb", "a100-80gb"]),
        ("A100 80GB", ["a100-80gb"]),
        ("A100 80 GB", ["a100-80gb"]),
        ("NVIDIA-A100-SXM4-80GB", ["a100-80gb"]),
        ("A6000", ["a6000"]),
        ("RTX 6000 Ada", ["6000-ada"]),
        ("PRO 6000", ["pro6000"]),
        ("pro-6000", ["pro6000"]),
        ("409", []),
        ("GeForce", []),
        ("", ["3060", "3090", "a5000", "4090", "a6000", "6000-ada", "a100-40gb", "a100-80gb", "pro6000"]),
    ],
)
def test_gpu_models_as_people_write_them(asked: str, found: list[str]) -> None:
    placement = Placement(gpu=asked)
    assert sorted(slugs(fitting(placement, 1, MARKETS))) == sorted(found)


def test_cheapest_first_and_at_one_price_those_with_free_machines() -> None:
    full = market("full", "0.320", 24, idle=0)
    found = slugs(fitting(Placement(gpu_memory_bytes=24 * GIB), 1, (full, *MARKETS)))
    assert found[:4] == ["3090", "a5000", "4090", "full"]


def test_a_market_by_slug_or_address() -> None:
    for named in ("nvidia-3090", "nvidia-3090-address"):
        assert slugs(fitting(Placement(market=named), 0, MARKETS)) == ["3090"]


def test_memory_that_is_not_known_fits_only_who_does_not_ask() -> None:
    unknown = market("odd", "0.01", None)
    assert slugs(fitting(Placement(), 1, (unknown, *MARKETS)))[0] == "odd"
    assert slugs(fitting(Placement(gpu_memory_bytes=GIB), 1, (unknown, *MARKETS)))[0] == "3060"


@pytest.mark.parametrize(
    ("placement", "gpus", "says"),
    [
        (Placement(gpu="4080"), 1, 'No market has a "4080"; there is nvidia-4090 ($0.32 an hour)'),
        (Placement(gpu="4090", gpu_memory_bytes=48 * GIB), 1, "A 4090 has 24 GB of memory, not 48 GB; with so much"),
        (Placement(gpu_memory_bytes=200 * GIB), 1, "the largest is nvidia-pro6000 with 96 GB"),
        (Placement(market="nvidia-409"), 1, 'There is no market "nvidia-409"; there is nvidia-4090'),
        (Placement(market="nvidia-3060", gpu_memory_bytes=24 * GIB), 1, "what is asked is in nvidia-3090 ($0.192"),
        (Placement(market="nvidia-3060", gpu="4090"), 1, 'has no "4090"; what is asked is in nvidia-4090'),
        (Placement(), 2, "has one GPU, not 2"),
    ],
)
def test_why_nothing_fits_and_what_is_nearest(placement: Placement, gpus: int, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose(placement, gpus, LIVE)
    assert says in str(caught.value)


@pytest.mark.parametrize("named", ["acme", "acme-address"])
def test_a_private_market_is_taken_where_it_is_named_and_never_offered(named: str) -> None:
    private = Market("acme-address", "acme", "RTX 4090", (), 24 * GIB, Decimal("0.01"), private=True)
    prices = Markets((private, *MARKETS), live=True, as_of=0.0)
    assert choose(Placement(market=named), 1, prices) == [private]
    assert private not in choose(Placement(gpu="4090"), 1, prices) + choose(Placement(), 1, prices)
    for near in ("acmee", "acme-addresss"):
        with pytest.raises(InvalidInput) as caught:
            choose(Placement(market=near), 1, prices)
        assert "acme (" not in str(caught.value)


def test_by_an_old_list_it_is_said_that_it_is_old() -> None:
    with pytest.raises(InvalidInput, match="by a built-in list"):
        choose(Placement(market="nowhere"), 1, Markets(MARKETS, live=False, as_of=0.0))


def test_no_market_at_all() -> None:
    assert "try again later" in why_none(Placement(), 1, ())


placements = st.builds(
    Placement,
    market=st.sampled_from(["", *(one.slug for one in MARKETS), "nowhere"]),
    gpu=st.sampled_from(["", "4090", "A100", "RTX 3090", "A100 80GB", "nothing"]),
    gpu_memory_bytes=st.none() | st.integers(1, 200).map(lambda gib: gib * GIB),
)


@given(placements, st.integers(0, 2))
def test_what_is_chosen_has_what_is_asked_or_a_sentence_says_why_not(placement: Placement, gpus: int) -> None:
    found = fitting(placement, gpus, MARKETS)
    if not found:
        with pytest.raises(InvalidInput, match=r"\.$"):
            choose(placement, gpus, LIVE)
        return
    assert choose(placement, gpus, LIVE) == found
    assert [one.per_hour for one in found] == sorted(one.per_hour for one in found)
    for one in found:
        assert not placement.gpu or names_gpu(placement.gpu, one)
        assert placement.market in ("", one.slug)
        assert (one.gpu_memory_bytes or 0) >= (placement.gpu_memory_bytes or 0)


# -- quotes


def app(replicas: int, gpus: int = 1, *, gpu: str = "4090", timeout: str = "24h") -> AppSpec:
    container = Container(name="main", image="nginx", resources=Resources(gpus=gpus))
    return AppSpec(
        name="web",
        runtime="nosana",
        replicas=replicas,
        template=PodTemplate(containers=(container,)),
        annotations={GPU_ANNOTATION: gpu, TIMEOUT_ANNOTATION: timeout},
    )


def test_a_quote_is_price_times_replicas_and_reserves_the_whole_rent() -> None:
    balance = Balance(Decimal(50), Decimal(0), Decimal(0))
    prices = Markets(MARKETS, live=False, as_of=5.0)
    found = quotes(app(3, gpu="4090", timeout="2h"), prices, balance)
    (quote,) = found
    assert (quote.per_hour, quote.per_day, quote.reserved) == (Decimal("0.96"), Decimal("23.04"), Decimal("1.92"))
    assert (quote.live, quote.as_of, quote.balance_after) == (False, 5.0, Decimal("48.08"))


def test_the_gpus_of_a_replica_are_those_of_all_its_containers() -> None:
    spec = app(1)
    two = spec.template.model_copy(update={"containers": spec.template.containers * 2})
    assert gpus_of(spec.template) == 1
    assert gpus_of(two) == 2


# -- how much a language model needs


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Llama 8B", 8),
        ("llama3", 8),
        ("llama3.2", 3.2),
        ("meta-llama/Meta-Llama-3-70B-Instruct", 70),
        ("qwen2.5:7b", 7),
        ("Qwen2.5-0.5B", 0.5),
        ("qwen3-30b-a3b", 30),
        ("smollm 135M", 0.135),
        ("gpt-oss", 20.9),
    ],
)
def test_parameters(name: str, billions: float) -> None:
    assert float(parameters_of(name)) == pytest.approx(billions * 1e9)


def test_of_a_mixture_all_experts_are_loaded() -> None:
    assert 46e9 < float(parameters_of("mixtral:8x7b")) < 47e9


@pytest.mark.parametrize(
    ("name", "quantisation", "least", "most"),
    [
        ("Llama 8B", "fp16", 16, 24),
        ("llama3", "q4_k_m", 5, 8),
        ("Llama 70B", "q4_k_m", 43, 80),
        ("x 7B AWQ", "fp16", 4, 8),
    ],
)
def test_it_fits_the_cards_people_run_it_on(name: str, quantisation: str, least: int, most: int) -> None:
    assert least * GIB < memory_for_model(name, quantisation) <= most * GIB


def test_a_size_that_is_not_known_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match='write its parameters, such as "8B"'):
        memory_for_model("my own model")
    with pytest.raises(InvalidInput, match="is not a quantisation"):
        memory_for_model("llama3", "tiny")


@given(st.integers(1, 400), st.sampled_from(["q4_k_m", "fp8", "fp16"]))
def test_more_parameters_and_more_bits_need_more(billions: int, quantisation: str) -> None:
    need = memory_for_model(f"m {billions}b", quantisation)
    assert need < memory_for_model(f"m {billions + 1}b", quantisation)
    assert bits_of("m", quantisation) >= bits_of("m", "q4_k_m")
    assert need >= memory_for_model(f"m {billions}b", "q4_k_m")
