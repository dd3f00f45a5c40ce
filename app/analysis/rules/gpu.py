"""Graphics cards: none that can be used, or one whose memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import DECISIVE, POSSIBLE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_GPU, _MEMORY = Cause.GPU, Cause.GPU_MEMORY

SIGNS = (
    sign(
        _MEMORY,
        DECISIVE - 0.5,
        r"""
        CUDA(?: error:?| runtime error)?[:\s(]+out of memory
        torch\.(?:cuda\.)?OutOfMemoryError
        (?:cuda|gpu|vram|\bhip\b|rocm).{0,60}out of memory
        out of memory.{0,100}\b(?:gpu|cuda|device)\b
        RESOURCE_EXHAUSTED.{0,120}(?:memory|gpu|alloc)
        CUDA_ERROR_OUT_OF_MEMORY
        cudaErrorMemoryAllocation
        HIP out of memory
        cudaMalloc(?:Async)? failed
        CUDA out of memory
        GPU \d+ has a total capac
        Failed to allocate .{0,40}(?:device|GPU|CUDA|VRAM)
        out of (?:GPU|device|video|vram) memory
        not enough (?:VRAM|GPU memory)
        insufficient (?:VRAM|GPU memory)
        unable to allocate (?:CUDA|ROCm|SYCL|Vulkan)\w* buffer
        ErrorOutOfDeviceMemory
        CUBLAS_STATUS_ALLOC_FAILED
        cuBLAS.*alloc
        OOM when allocating tensor
        """,
        because="the card's memory did not suffice",
    ),
    sign(
        _MEMORY,
        SPECIFIC + 0.4,
        r"""
        (?:more|larger|longer) than .{0,80}stored in (?:the )?KV cache
        No available memory for the cache blocks
        larger than the available KV cache memory
        KV cache is (?:too small|needed)
        Free memory on device .{0,60}less than desired
        Try increasing `?gpu_memory_utilization
        not enough .{0,20}KV cache
        max(?:imum)? (?:model|seq\w*|context)[\w' ]*(?:len|length).{0,80}KV cache
        Not enough memory\. Please try to (?:increase|reduce) --mem-fraction
        insufficient space for KV cache
        KV cache.{0,60}(?:exceed|insufficient|does not fit)
        Not enough memory to handle .{0,30}prefill tokens
        """,
        because="the model and its cache do not fit the card",
    ),
    sign(
        _MEMORY,
        POSSIBLE,
        r"""
        \bVRAM\b.{0,40}(?:full|exhaust|exceed)
        model requires more .{0,20}(?:VRAM|GPU)
        """,
        because="it speaks of the card's memory",
    ),
    sign(
        _GPU,
        DECISIVE - 0.5,
        r"""
        could not select device driver
        nvidia-container-cli: (?:initialization|requirement|mount|ldcache|device|detection) error
        driver/library version mismatch
        CUDA driver version is insufficient
        unsatisfied condition: cuda
        no kernel image is available for execution
        is not compatible with the current PyTorch installation
        no CUDA-capable device
        unknown runtime specified nvidia
        Insufficient gpu\b
        unknown or invalid runtime name: nvidia
        libnvidia-ml\.so
        Found no NVIDIA driver
        Torch not compiled with CUDA
        nvidia-smi\W+(?:command )?not found
        NVIDIA driver on your system is too old
        unresolvable CDI devices
        system not yet initialized
        CUDA initializ\w+.{0,60}(?:fail|error|unknown)
        cuInit.{0,40}(?:fail|error|return)
        Failed to initialize NVML
        NVML.{0,30}(?:not found|not initialized)
        driver was not detected
        NVIDIA Driver was not found
        cudaErrorInsufficientDriver
        cudaErrorNoDevice
        provided PTX was compiled with an unsupported toolchain
        forward compatibility was attempted on non supported HW
        libcuda\.so[.\d]*:? (?:cannot|not found)
        Failed to infer device type
        No HIP GPUs
        no ROCm-capable
        /dev/kfd.{0,40}(?:no such|not|cannot|unable)
        /dev/dri.{0,40}no such
        No CUDA GPUs are available
        torch\.cuda\.is_available\(\).{0,30}False
        CUDA is not available
        CUDA unknown error
        RuntimeError: .{0,30}no (?:NVIDIA )?GPU
        sm_\d+ is not compatible
        not compiled for .{0,20}(?:arch|sm_)
        CUDA error: (?:unknown error|no device|invalid device|device not ready|system|initialization)
        GPU access blocked by the operating system
        Insufficient nvidia\.com/gpu
        Insufficient amd\.com/gpu
        CUDNN_STATUS_(?:NOT_INITIALIZED|ARCH_MISMATCH)
        only supported on (?:CUDA )?devices? with compute capability
        (?:minimum|requires).{0,20}compute capability
        compute capability.{0,60}(?:not|at least|required|too)
        Bfloat16 is only supported on GPUs
        (?:GPU|device) (?:has )?fallen off the bus
        \bXid\b.{0,20}\d+
        hook.{0,40}nvidia-container
        """,
        because="there is no GPU that this container can use",
    ),
    sign(
        _GPU,
        USUAL,
        r"""
        no (?:compatible |usable |supported )?GPUs? (?:was |were |is |are )?(?:found|detected|discovered
            ...|available|visible)
        GPU (?:is )?not (?:found|available|detected)
        CUDA error
        NVIDIA.{0,40}(?:not found|missing|unavailable)
        """,
        unless=r"out of memory",
        because="it found no GPU that it can use",
    ),
    sign(
        _GPU,
        POSSIBLE,
        r"""
        CUDA
        nvidia
        """,
        remedy=RemedyClass.FIX_NODE_GPU,
        unless=r"out of memory|KV cache|memory\.|offload|capab|layers|INFO|download|install|FROM|^image|https?://",
        because="it speaks of the card",
    ),
)


_OTHER_VENDOR = ("intel", "ipex", "rocm", "amd", "xpu")


def read(scene: Scene) -> Iterator[Clue]:
    other = any(word in scene.symptoms.image.lower() for word in _OTHER_VENDOR)
    yield from (_built(clue, other) for clue in read_signs(scene, SIGNS))


def _built(clue: Clue, other: bool) -> Clue:
    """A GPU that is there and an image that was built for another one: the image is at fault, not the node."""
    said = clue.quotes[0].text.lower()
    if clue.cause is _GPU and other and "nvidia" in said:
        because = "an image for another vendor's card asks for NVIDIA's driver"
        return replace(clue, remedy=RemedyClass.REBUILD_IMAGE, because=because)
    if "not compiled with cuda" in said:
        return replace(clue, remedy=RemedyClass.REBUILD_IMAGE)
    return clue
