"""Graphics cards: none that can be used, or one whose memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_GPU, _MEMORY = Cause.GPU, Cause.GPU_MEMORY

SIGNS = (
    sign(_MEMORY, DECISIVE - 0.5, r"CUDA(?: error:?| runtime error)?[:\s(]+out of memory", r"torch\.(?:cuda\.)?OutOfMemoryError",
         r"CUDA_ERROR_OUT_OF_MEMORY", r"cudaErrorMemoryAllocation", r"HIP out of memory", r"cudaMalloc(?:Async)? failed", r"CUDA out of memory",
         r"GPU \d+ has a total capac", r"Failed to allocate .{0,40}(?:device|GPU|CUDA|VRAM)", r"out of (?:GPU|device|video|vram) memory", r"not enough (?:VRAM|GPU memory)",
         r"insufficient (?:VRAM|GPU memory)", r"unable to allocate (?:CUDA|ROCm|SYCL|Vulkan)\w* buffer", r"ErrorOutOfDeviceMemory", r"CUBLAS_STATUS_ALLOC_FAILED",
         r"cuBLAS.*alloc", r"OOM when allocating tensor", because="the card's memory did not suffice"),
    sign(_MEMORY, SPECIFIC + 0.4, r"larger than the maximum number of tokens that can be stored in (?:the )?KV cache",
         r"No available memory for the cache blocks", r"larger than the available KV cache memory", r"KV cache is (?:too small|needed)", r"Free memory on device .{0,60}less than desired",
         r"Try increasing `?gpu_memory_utilization", r"not enough .{0,20}KV cache", r"max(?:imum)? (?:model|seq\w*|context)[\w' ]*(?:len|length).{0,80}KV cache",
         r"Not enough memory\. Please try to (?:increase|reduce) --mem-fraction", r"insufficient space for KV cache", r"KV cache.{0,60}(?:exceed|insufficient|does not fit)",
         r"Not enough memory to handle .{0,30}prefill tokens", because="the model and its cache do not fit the card"),
    sign(_MEMORY, POSSIBLE, r"\bVRAM\b.{0,40}(?:full|exhaust|exceed)", r"model requires more .{0,20}(?:VRAM|GPU)", because="it speaks of the card's memory"),
    sign(_GPU, DECISIVE - 0.5, r"could not select device driver", r"nvidia-container-cli: (?:initialization|requirement|mount|ldcache|device|detection) error",
         r"driver/library version mismatch", r"CUDA driver version is insufficient", r"unsatisfied condition: cuda", r"no kernel image is available for execution",
         r"is not compatible with the current PyTorch installation", r"no CUDA-capable device", r"unknown runtime specified nvidia", r"unknown or invalid runtime name: nvidia",
         r"libnvidia-ml\.so", r"Found no NVIDIA driver", r"Torch not compiled with CUDA", r"nvidia-smi\W+(?:command )?not found", r"NVIDIA driver on your system is too old",
         r"unresolvable CDI devices", r"system not yet initialized", r"CUDA initializ\w+.{0,60}(?:fail|error|unknown)", r"cuInit.{0,40}(?:fail|error|return)", r"Failed to initialize NVML", r"NVML.{0,30}(?:not found|not initialized)",
         r"driver was not detected|NVIDIA Driver was not found", r"cudaErrorInsufficientDriver|cudaErrorNoDevice", r"provided PTX was compiled with an unsupported toolchain", r"forward compatibility was attempted on non supported HW",
         r"libcuda\.so[.\d]*:? (?:cannot|not found)", r"Failed to infer device type", r"No HIP GPUs|no ROCm-capable", r"/dev/kfd.{0,40}(?:no such|not|cannot|unable)|/dev/dri.{0,40}no such",
         r"No CUDA GPUs are available", r"torch\.cuda\.is_available\(\).{0,30}False", r"CUDA is not available", r"CUDA unknown error", r"RuntimeError: .{0,30}no (?:NVIDIA )?GPU", r"sm_\d+ is not compatible|not compiled for .{0,20}(?:arch|sm_)",
         r"CUDA error: (?:unknown error|no device|invalid device|device not ready|system|initialization)", r"GPU access blocked by the operating system", r"Insufficient nvidia\.com/gpu|Insufficient amd\.com/gpu", r"CUDNN_STATUS_(?:NOT_INITIALIZED|ARCH_MISMATCH)", r"only supported on (?:CUDA )?devices? with compute capability|(?:minimum|requires).{0,20}compute capability|compute capability.{0,60}(?:not|at least|required|too)",
         r"Bfloat16 is only supported on GPUs", r"(?:GPU|device) (?:has )?fallen off the bus|\bXid\b.{0,20}\d+", r"hook.{0,40}nvidia-container", because="there is no GPU that this container can use"),
    sign(_GPU, USUAL, r"no (?:compatible |usable |supported )?GPUs? (?:was |were |is |are )?(?:found|detected|available|visible)", r"GPU (?:is )?not (?:found|available|detected)", r"CUDA error", r"NVIDIA.{0,40}(?:not found|missing|unavailable)",
         unless=r"out of memory", because="it found no GPU that it can use"),
    sign(_GPU, POSSIBLE, r"CUDA|nvidia", remedy=RemedyClass.FIX_NODE_GPU, unless=r"out of memory|KV cache|memory\.|offload|capab|layers|INFO|download|install|FROM|^image|https?://",
         because="it speaks of the card"),
)


def read(scene: Scene) -> Iterator[Clue]:
    for clue in read_signs(scene, SIGNS):
        built_for_another = clue.cause is _GPU and any(
            word in scene.symptoms.image.lower() for word in ("intel", "ipex", "rocm", "amd", "xpu")
        )
        if built_for_another and "nvidia" in clue.quotes[0].text.lower():
            clue = _rebuilt(clue)
        yield clue


def _rebuilt(clue: Clue) -> Clue:
    from dataclasses import replace

    return replace(clue, remedy=RemedyClass.REBUILD_IMAGE, because="an image for another vendor's card asks for NVIDIA's driver")
