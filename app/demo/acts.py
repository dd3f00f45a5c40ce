"""The ten acts, in order."""

from __future__ import annotations

from app.demo import looks
from app.demo.stage import APPS
from app.demo.steps import Act, Call, DeleteAll, Say, See, Until

WEB, API, GREEDY, LEAK = APPS
FAULTS = ("kill", "container_crash", "out_of_memory")

ACTS: tuple[Act, ...] = (
    Act(
        1,
        "Deploy",
        "Two apps are asked for in plain sentences: a web server, and a small program that leaks memory, for later. "
        "The wish is stored; a loop makes it true and keeps it true.",
        (
            Say(f"deploy 3 replicas of nginx:1.27 as {WEB} on the simulator"),
            Say(f"deploy python:3.12 as {LEAK} with 256Mi memory limit and env LEAKS=160Ki on the simulator"),
        ),
        looks.running(**{WEB: 3, LEAK: 1}),
    ),
    Act(
        2,
        "Scale",
        "More replicas, in a sentence. The answer comes when they are seen to be ready, not before.",
        (Say(f"scale {WEB} to 5"),),
        looks.running(**{WEB: 5}),
        needs=(1,),
    ),
    Act(
        3,
        "A bad image, held off and rolled back",
        "A typing slip in an image. The rollout stops at the first replica that cannot start; the old ones go on "
        "serving. One sentence takes it back.",
        (
            Say(f"update {WEB} to nginx:no-such-version"),
            See(looks.held_off(WEB, "nginx:1.27", 3)),
            Say(f"roll back {WEB}"),
        ),
        looks.on_image(WEB, "nginx:1.27"),
        needs=(1,),
    ),
    Act(
        4,
        "A crash",
        f"{API} needs 200 MiB of memory (the simulator is told so by NEEDS_MEMORY) and is given 128. It will be killed "
        "again and again.",
        (
            Say(f"deploy python:3.12 as {API} with 128Mi memory limit and env NEEDS_MEMORY=200Mi on the simulator"),
            Until("it is noticed", looks.noticed(API), 60),
        ),
        looks.crashed(API),
    ),
    Act(
        5,
        "Its diagnosis, with quotes",
        "Why does it crash? The cause comes with how sure it is, and with the words it rests on, quoted as they were.",
        (Until("it is down", looks.down(API), 120), Say(f"why does {API} crash?")),
        looks.diagnosed(API, "out_of_memory"),
        needs=(4,),
    ),
    Act(
        6,
        "The fix, verified",
        "The remedy is tried, then watched: only an app that stays well for a while counts as healed.",
        (
            Say(f"heal {API}"),
            Until(
                "the remedy was kept",
                looks.over(API),
                400,
                says="A remedy was chosen; now the app must stay well for as long as the healer demands.",
            ),
        ),
        looks.healed(API, at_least=200 * 2**20),
        needs=(4,),
    ),
    Act(
        7,
        "A remedy, undone",
        f"{GREEDY} wants 4 GiB, far more than a remedy may give it. The same remedy is tried, does not help, and is "
        "taken back; what no remedy mends is handed to a person, who stops the app.",
        (
            Say(f"deploy python:3.12 as {GREEDY} with 64Mi memory limit and env NEEDS_MEMORY=4Gi on the simulator"),
            Until("it is noticed", looks.noticed(GREEDY), 60),
            Say(f"heal {GREEDY}"),
            Until("a person was called", looks.person_needed(GREEDY), 400, says="It is tried, and watched."),
            See(looks.taken_back(GREEDY, limit=64 * 2**20)),
            Say(f"stop {GREEDY}"),
        ),
        looks.stopped(GREEDY),
    ),
    Act(
        8,
        "A game day",
        f"{WEB} is broken on purpose, three times in a row: a replica is killed, one crashes, one runs out of memory. "
        "Requests are sent all the while and counted.",
        (
            Until(
                f"{WEB} is well and has no open incident",
                looks.calm(WEB),
                240,
                says="It begins when nothing is wrong, so that what is seen comes from the faults alone.",
            ),
            Call(f"run a game day on {WEB}", "run_game_day", {"app": WEB, "kinds": FAULTS}),
            Until("the game day is over", looks.game_day_over(WEB), 600, says="Three faults, one after the other."),
            Call(f"show the game day of {WEB}", "game_days", {"app": WEB}),
        ),
        looks.survived(WEB, FAULTS),
        needs=(1,),
    ),
    Act(
        9,
        "A forecast",
        f"{LEAK} still runs, and its memory grows. From what was measured follows when its limit is reached: a moment "
        "with an interval, or the reason why nothing can be said yet.",
        (
            Until(
                "a forecast could be made",
                looks.foreseeable(LEAK),
                1000,
                says="It takes ten minutes of measuring.",
                every=10,
                patient=True,
            ),
            Call(f"how healthy is {LEAK}?", "health_report", {"app": LEAK}),
        ),
        looks.foreseen(LEAK),
        needs=(1,),
    ),
    Act(
        10,
        "Undo, and cleanup",
        "The last change is taken back by one word. Then everything of the demo is deleted, which needs an approval: "
        "deleting always does.",
        (
            Say(f"scale {WEB} to 2"),
            See(looks.running(**{WEB: 2})),
            Say("undo that"),
            See(looks.running_again(WEB, but=2)),
            DeleteAll(),
        ),
        looks.gone,
        needs=(1,),
    ),
)
