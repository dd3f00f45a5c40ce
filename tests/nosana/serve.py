"""The stand-in by hand: `python -m tests.nosana.serve PORT [SPEED]` serves it until interrupted.

SPEED is how many of its seconds pass in one of ours. The key, the URLs and the control deeds are printed.
"""

from __future__ import annotations

import asyncio
import sys

from tests.nosana.clock import ScaledClock
from tests.nosana.routes_control import DEEDS
from tests.nosana.server import running
from tests.nosana.timings import Timings
from tests.nosana.world import KEY, NosanaWorld


async def serve(port: int, speed: float) -> None:
    """Returns when cancelled."""
    clock = ScaledClock(speed)
    world = NosanaWorld(clock.now, timings=Timings.quick(), speed=speed)
    world.jump = clock.skip
    async with running(world, port) as url:
        sys.stdout.write(
            f"NOSANA_API_URL={url}/api\nNOSANA_API_KEY={KEY}\n"
            f"nodes: {url}/node/{{node}}  services: {url}/endpoint/{{label}}  host manager: {url}/host-manager\n"
            f"control: GET {url}/_control/state, POST {url}/_control/{{{','.join(sorted(DEEDS))}}}\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8900
    speed = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    try:
        asyncio.run(serve(port, speed))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
