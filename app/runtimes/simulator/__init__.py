"""The simulator: a pretended world of containers, deterministic by seed, with faults on request.

It is the default runtime where there is no Docker, the demo's stage, and the world of the tests in virtual time.
"""

from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.runtime import Simulator

__all__ = ["Fault", "Injection", "Simulator"]
