import asyncio, pytest
from tests.nosana.stage import server, stage
pytestmark = pytest.mark.looptime
async def test_one_hour() -> None:
    async with stage() as play:
        await play.deploy(server(2))
        n=len(play.world.recorded)
        await asyncio.sleep(3600*2)
        from collections import Counter
        import re
        c=Counter(re.sub(r"[1-9A-HJ-NP-Za-km-z]{40,}","X",r.route) for r in play.world.recorded[n:])
        print(c.most_common())
