"""How much GPU memory a language model needs: an estimate from its name and quantisation. Pure.

Weights take parameters x bits / 8. A server adds the cache of what it is reading and writing, and its own: EleutherAI's
"Transformer Math 101" reckons a fifth of the weights for inference, and CUDA itself takes about 1 GiB before that.
Bits per weight are those of llama.cpp's quantize table (K-quants mix sizes, so none is whole) and of the formats that
vLLM loads, both as commonly known. Real need grows with context length and requests at once: an estimate chooses a
card, it promises nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from app.core.errors import InvalidInput
from app.core.quoting import quoted

OVERHEAD = Fraction(6, 5)
CUDA_BYTES = 1024**3
USUAL = "fp16"

BITS: dict[str, Fraction] = {
    **dict.fromkeys(("fp32", "f32"), Fraction(32)),
    **dict.fromkeys(("fp16", "f16", "bf16", "half"), Fraction(16)),
    **dict.fromkeys(("fp8", "int8", "w8a8"), Fraction(8)),
    "q8_0": Fraction("8.5"),
    "q6_k": Fraction("6.56"),
    **dict.fromkeys(("q5_k_m", "q5_k_s", "q5_0", "q5_1"), Fraction("5.7")),
    **dict.fromkeys(("q4_k_m", "q4_k_s", "q4"), Fraction("4.85")),
    **dict.fromkeys(("q4_0", "q4_1", "nf4"), Fraction("4.6")),
    **dict.fromkeys(("awq", "gptq", "int4", "w4a16", "mxfp4"), Fraction("4.5")),
    **dict.fromkeys(("q3_k_m", "q3_k_s", "q3"), Fraction("3.9")),
    **dict.fromkeys(("q2_k", "q2"), Fraction("3.35")),
}
"""Bits per weight, by quantisation."""

BILLIONS: dict[str, Fraction] = {
    "llama2": Fraction("6.7"),
    "llama3": Fraction(8),
    "llama3.1": Fraction(8),
    "llama3.2": Fraction("3.2"),
    "llama3.3": Fraction("70.6"),
    "codellama": Fraction("6.7"),
    "mistral": Fraction("7.2"),
    "mistral-nemo": Fraction("12.2"),
    "mistral-small": Fraction("23.6"),
    "mixtral": Fraction("46.7"),
    "gemma2": Fraction("9.2"),
    "gemma3": Fraction("4.3"),
    "phi3": Fraction("3.8"),
    "phi4": Fraction("14.7"),
    "qwen2": Fraction("7.6"),
    "qwen2.5": Fraction("7.6"),
    "qwen3": Fraction("8.2"),
    "deepseek-r1": Fraction("8.2"),
    "gpt-oss": Fraction("20.9"),
    "tinyllama": Fraction("1.1"),
    "smollm2": Fraction("1.7"),
    "orca-mini": Fraction("3.4"),
}
"""Of a family named without a size: its usual size, in billions of parameters (the default tag of Ollama's library)."""

_EXPERTS = re.compile(r"(?<![\w.])(\d{1,2})x(\d{1,3}(?:\.\d+)?)b(?![a-z])")
_SIZE = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d{1,3})?) ?(b|bn|billion|m|million)(?![a-z])")
_SHARED = Fraction("0.83")
"""Of an 8x7B mixture: the experts share what is not an expert, so it has 46.7 of 56 billion."""


def memory_for_model(name: str, quantisation: str = USUAL) -> int:
    """Bytes of GPU memory to serve it: "Llama 3.1 8B", "qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct-AWQ", "mixtral:8x7b". A
    quantisation that stands in the name counts before the one given. Raises `InvalidInput` where the size is unknown.
    """
    weights = parameters_of(name) * bits_of(name, quantisation) / 8
    return int(weights * OVERHEAD) + CUDA_BYTES


def parameters_of(name: str) -> Fraction:
    """How many parameters the model has; of a mixture all of them, for all are loaded."""
    text = name.lower().replace("_", "-")
    if experts := _EXPERTS.search(text):
        return Fraction(experts[1]) * Fraction(experts[2]) * _SHARED * 10**9
    sizes = [Fraction(number) * (10**6 if unit.startswith("m") else 10**9) for number, unit in _SIZE.findall(text)]
    if sizes:
        return max(sizes)  # of "30B-A3B" the second is what is active at a time
    family = re.sub(r"\s+", "", text.rsplit("/", 1)[-1].split(":", 1)[0])
    known = max((known for known in BILLIONS if family.startswith(known)), key=len, default="")
    if known:
        return BILLIONS[known] * 10**9
    raise InvalidInput(
        f'How large the model {quoted(name)} is, is not known: write its parameters, such as "8B"', field="model"
    )


def bits_of(name: str, quantisation: str = USUAL) -> Fraction:
    """Bits per weight. Raises `InvalidInput` for a quantisation that is none."""
    text = name.lower().replace("-", "_")
    for known in sorted(BITS, key=len, reverse=True):
        if re.search(rf"(?<![a-z0-9]){known}(?![a-z0-9])", text):
            return BITS[known]
    bits = BITS.get(quantisation.strip().lower().replace("-", "_"))
    if bits is None:
        raise InvalidInput(f"{quoted(quantisation)} is not a quantisation: use fp16, fp8, q8_0, q4_k_m or awq")
    return bits
