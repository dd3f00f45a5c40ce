"""The Nosana runtime: replicas as jobs on rented machines of a decentralised GPU network.

Pure: `naming` and `describing` say what is asked for (`definition` is its schema), `fit` what cannot be, `secrecy` what
must not be public; `wire`, `endings`, `seats`, `observing` and `proofs` read answers, `faults` refusals. `client` does
the I/O with the manager, `nodes` with hosts, `readiness` with the replicas themselves; `finding`, `books`, `looking`,
`sets` with `power`, `markets`, `inside` and `watching` each have one part of the port's work; `runtime` is the port.
"""

from app.runtimes.nosana.runtime import NosanaRuntime

__all__ = ["NosanaRuntime"]
