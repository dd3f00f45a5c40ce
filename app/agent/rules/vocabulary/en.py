"""English: the words of operations as people type them, slang and shell habits included."""

from __future__ import annotations

from collections.abc import Mapping

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms
from app.agent.rules.vocabulary.en_common import COMMON
from app.agent.rules.vocabulary.en_nouns import NOUNS

VERBS: Mapping[str, str] = {
    "deploy": "deploy, launch, spin up, spin ~ up, stand up, stand ~ up, put up, put ~ up, fire up, fire ~ up, install, "
    "host, provision, instantiate, dockerize, get ~ up and running, get ~ running",
    "create": "create, set up, set ~ up, setup, build",
    "run": "run, execute, serve, docker run",
    "start": "start, start up, start ~ up, start ~ again, resume, unpause, wake, wake up, wake ~ up, power on, power ~ on, "
    "turn on, turn ~ on, switch on, switch ~ on, boot, boot up, boot ~ up, bring up, bring ~ up, bring back, bring ~ back, "
    "bring back up, bring ~ back up, bring ~ online, bring ~ back online, bring ~ back to life, put ~ online, put ~ back online, revive, unstop, reactivate",
    "stop": "stop, halt, pause, suspend, shut down, shut ~ down, shutdown, turn off, turn ~ off, switch off, switch ~ off, "
    "power off, power ~ off, power down, power ~ down, spin down, spin ~ down, wind down, hibernate, quiesce, "
    "take ~ offline, put ~ to sleep, deactivate, disable, freeze, docker stop, docker pause",
    "takedown": "take down, take ~ down, bring down, bring ~ down",
    "lower": "reduce, decrease, lower, shrink, downsize, scale down, scale ~ down, scale in, scale ~ in, scale back, "
    "scale ~ back, dial down, dial ~ down, dial back, cut down, cut ~ down, cut back, trim, cut, lose, shed, downscale, "
    "turn ~ down",
    "raise": "increase, raise, grow, boost, scale up, scale ~ up, scale out, scale ~ out, ramp up, ramp ~ up, beef up, "
    "beef ~ up, crank up, crank ~ up, expand, upscale, up, turn ~ up, extend",
    "bump": "bump, bump up, bump ~ up",
    "scale": "scale, rescale, resize, kubectl scale, docker service scale",
    "multiply": "double, triple, quadruple, halve, treble, cut ~ in half, cut ~ in two",
    "unset": "unset, clear the variable, remove the variable",
    "delete": "delete, remove, destroy, tear down, tear ~ down, get rid of, get ~ rid of, nuke, wipe, wipe out, wipe ~ out, "
    "wipe ~ clean, purge, erase, uninstall, undeploy, decommission, trash, clean up, clean ~ up, clear out, clear ~ out, "
    "clear, throw away, throw ~ away, dispose of, terminate, blow away, blow ~ away, scrap, rm, del, rmi, obliterate, "
    "annihilate, eliminate, eradicate, docker rm, discard, bin, burn ~ down, burn down, take out, take ~ out",
    "drop": "drop",
    "kill": "kill, murder, zap",
    "restart": "restart, reboot, bounce, recycle, cycle, reload, kick, relaunch, redeploy, re-deploy, re-start, "
    "rolling restart, rollout restart, roll the pods of, turn ~ off and on again, turn ~ off and on, respawn, refresh",
    "set": "set, change, adjust, configure, reconfigure, edit, modify, assign, put, limit, cap, allocate, reserve, "
    "override, tweak, define, restrict, allow",
    "switch": "switch, move, swap, point",
    "give": "give, grant",
    "make": "make",
    "add": "add, append, attach",
    "keep": "keep, ensure, maintain, guarantee, hold, make sure",
    "need": "need, want, require, would like, wanna have, should have, must have, needs to have, need to have, ought to have",
    "update": "update, upgrade, patch, migrate, roll forward, set image",
    "release": "roll out, roll ~ out, rollout, ship, release, push",
    "rollback": "rollback, roll back, roll ~ back, revert, go back, downgrade, back out, fall back, rollout undo, put ~ back",
    "undo": "undo, undo that, undo it, undo the last, take that back, take it back, reverse that, reverse the last, "
    "revert that, revert the last, revert my last, revert what, put it back, roll that back, unwind",
    "expose": "expose, publish, open, open up, open ~ up, make ~ public, make ~ publicly, make ~ accessible, "
    "make ~ reachable, make ~ available, port-forward, publicise",
    "autoscale": "autoscale, auto-scale, auto scale, autoscaling, enable autoscaling",
    "heal": "fix, heal, repair, mend, resolve, remediate, recover, sort out, sort ~ out, cure, unbreak, rescue, "
    "get ~ working, make ~ work, get ~ healthy, make ~ healthy, solve, correct, self-heal, nurse ~ back, address",
    "analyze": "analyze, analyse, diagnose, investigate, debug, troubleshoot, look into, figure out, work out, "
    "root cause, root-cause, examine, dig into, triage, find out, get to the bottom of, pinpoint, determine, assess",
    "simulate": "simulate, fake, pretend, inject, crash, break, sabotage, trigger, induce, chaos test, stress test, "
    "mimic, blow up, blow ~ up, wreck, emulate, provoke",
    "apply": "apply, submit, kubectl apply",
    "export": "export, back up, save, download, generate, serialize",
    "compare": "diff, compare",
    "show": "show, display, can i see, can i get, can i have, may i see, could i see, can we see, could i get, could i have, "
    "can we get, may i have, get, fetch, print, see, view, pull up, pull ~ up, let me see, tell, read, retrieve, "
    "output, post, provide, summarize, summarise, return, bring me, hand me, report, pull, dump, send, stream, follow, "
    "kubectl get, review, audit, identify, cat",
    "list": "list, enumerate, count, docker ps, kubectl get pods, ls, ps",
    "tail": "tail, docker logs, kubectl logs",
    "find": "find, search, search for, grep, grep for, look for, filter, scan",
    "check": "check, check on, look at, take a look at, have a look at, watch, monitor, verify, confirm, keep an eye on, "
    "peek at, inspect the health of, make certain, validate",
    "describe": "describe, inspect, detail, tell me about, tell me more about, kubectl describe, docker inspect",
    "explain": "explain, define for me, teach me, clarify",
    "help": "help",
    "exec": "exec, exec into, ssh, ssh into, shell into, log into, log in, login, attach to, get a shell, open a shell, "
    "run the command, run this command, execute the command, execute a command, run command, run the script, run a script, "
    "kubectl exec, docker exec, run a command, copy files, copy a file, upload, mount, unmount, attach a volume, "
    "drain, cordon, uncordon, taint, label, annotate, rename, clone, duplicate, replicate, encrypt, rotate, schedule, "
    "block, isolate, authenticate, renew, import, docker build, docker push, docker compose, docker-compose, "
    "subscribe, notify, alert, email, page me",
    "reset": "reset, start from scratch, start over, start fresh, start afresh, begin again",
    "say": "say, says, said, tells me, claims",
    "do": "do",
    "wait": "wait, hold on, hang on",
}

WORDS: Terms = {
    Role.AUX: {
        "be": "is, are, was, were, am, be, been, being, isnt, arent",
        "do": "does, did, do",
        "have": "has, had, have",
        "can": "can, could, cannot",
        "will": "will, would, shall, may, might",
        "should": "should, must, should be, must be, ought to be, has to be, have to be, ought to, need to be, needs to be, have to be, has to be",
    },
    Role.ASK: {
        "howto": "how do i, how can i, how would i, how should i, how could i, how do you, how can you, how would you, "
        "how do we, how can we, how would we, how should we, how does one, how to, how do u, how is it possible to, "
        "what is the best way to, whats the best way to, what is the way to, best way to, the way to, steps to, "
        "what is the command, what command, which command, whats the command, show me how, tell me how, explain how, "
        "teach me how, teach me to, how it works to, can i, could i, may i, can we, can one, is it possible to, "
        "is there a way to, is there any way to, am i able to, do you support, do you know how, can it be, "
        "am i allowed to, are you able to, what do i need to, what do i have to, how does, how do, "
        "instructions for, guide me, what happens to",
        "hypo": "what would happen if, what happens if, what will happen if, what if, what would happen, "
        "what happens when, what would it take, would it be ok to, would it be safe to, is it safe to, is it ok to, "
        "should i, should we, do i need to, do we need to, would you recommend, do you recommend, do you think, "
        "hypothetically, suppose, say i, imagine, what are the consequences, what breaks if, what would break if, "
        "what would, would it help, can we afford, is it a good idea",
        "define": "what is a, what is an, what does, what do you mean by, what is the difference between, what is meant by, "
        "what are the differences between, what is the meaning of, explain what, explain the concept of, explain a, "
        "explain an, explain the difference between, define, what exactly is a, how does a, how does an, difference between, "
        "differences between, what is meant with",
        "why": "explain why, tell me why, why, how come, what caused, what causes, what is causing, what is wrong, what went wrong, "
        "whats wrong, what is the issue, what is the problem, what is the matter, what is up with, whats up with, "
        "what is going wrong, what is going on with, what made, what is broken, what broke, for what reason, "
        "the reason, root cause, reason for, what is behind, cause of, what is breaking, what is failing",
        "happened": "what has changed, what changed, what has been changed, what is been happening, what is been going on, "
        "what happened, what has happened, what is happening, what just happened, whats happening, "
        "what is going on, what has been going on, what has been happening, what went on, what did happen, what occurred",
        "howmany": "how many, number of, what number of",
        "howmuch": "how much",
        "howis": "how is, how are, hows, how was, how has, how have, how about the",
        "howlong": "how long, since when, how old",
        "what": "what, whats, what kind of",
        "which": "which, whose",
        "who": "who",
        "when": "when did, when was, when has, when does, when will, what time",
        "where": "where",
        "whatabout": "what about, how about, and what about",
        "anything": "anything, is anything, is everything, everything ok, everything okay, everything fine, all good, "
        "all ok, any problems, any issues, any errors, any trouble, are we ok, are we good, all systems, sitrep",
        "does": "does it, does that",
    },
    Role.REQUEST: {
        "you": "can you, could you, would you, will you, can u, could u, would u, can ya, are you able to please, "
        "i want you to, i would like you to, i need you to, would you mind, can you please, could you please, "
        "would you please, you should, you can, you could, you must, you need to, kindly",
        "me": "i want to, i would like to, i need to, i wanna, i have to, we want to, we need to, we would like to, "
        "we have to, we should, i should, let us, lets, let me, want to, need to, id like to, wanna, gonna, going to, "
        "i am trying to, trying to, i am looking to, would like to, like to, help me, help me to, help us, "
        "go ahead and, feel free to, make sure to, be sure to, time to, it is time to, try to, please try to, "
        "you may, i must, we must, must, we ought to, i am going to, we are going to, im going to, i will",
    },
    Role.FILLER: {
        "polite": "me, us, zero downtime, no downtime, zero-downtime, downtime-free, minimal disruption, for testing, "
        "for a test, for test purposes, for demo purposes, for a demo, for the demo, for debugging, for development, "
        "kubectl, docker, podman, sudo, nerdctl, please, pls, plz, kindly, thanks in advance, thank you in advance, if you can, if you could, "
        "if you would, if possible, if you please, if you do not mind, if you would be so kind, if you are at it, "
        "while you are at it, when you can, when you get a chance, when you have a moment, if it is not too much trouble, "
        "if it is ok, if necessary, if needed, if you like, for me, for us, asap, as soon as possible, quickly, quick, fast, "
        "immediately, right away, right now, now, straight away, at once, urgently, real quick, this instant, "
        "dear, bot, assistant, kubelite, agent, friend, buddy, mate, man, dude, sir, guys, everyone, boss, "
        "would be great, would be nice, that would be great, will you, thx, ta, cheers, pretty please, ok so, alright, "
        "in case you missed it, like i said, as i said, as discussed, again please, mind",
        "adverb": "just, simply, also, too, as well, really, basically, currently, still, already, even, maybe, "
        "perhaps, probably, directly, gracefully, gently, completely, entirely, fully, totally, finally, "
        "first, first of all, firstly, next, secondly, lastly, additionally, so, well, then again, anyway, either, "
        "altogether, in total, total, overall, exactly, precisely, only, at least, at any time, at all times, always, "
        "instead, more precisely, of course, obviously, honestly, definitely, safely, carefully, temporarily, "
        "permanently, manually, automatically, in parallel, simultaneously, once again, all the time, "
        "here, there, over there, around, today, overnight, any more, anymore, some time, each, every, apiece, per replica, "
        "per container, per pod, per instance, a piece, one of, of them, both of, all of",
        "interjection": "ok, okay, hey, yo, um, uh, hmm, er, oh, ah, well well, alright, right, sure, yep, yeah, yes, hi, "
        "hello, hiya, fyi, btw, by the way, listen, look here, great, cool, perfect, nice, awesome, good, excellent",
        "article": "the, a, an, my, our, your, his, her, their, this, these, some of the, of the, said, new, fresh, "
        "existing, current, same, whole, own, supporting, simple, basic, plain, standard, official, public, small, big, "
        "little, nice, single, brand new, actual, respective, running, particular, given, scalable, "
        "certain, virtual",
        "common": COMMON,
        "place": "production, prod, staging env, in production, in prod",
    },
    Role.SUBJECT: {
        "subject": "i, we, you, u, someone, somebody, users, customers, people, anyone, nobody, he, she, clients, "
        "our users, our customers, my users, the users, the team, my boss, my colleague, visitors, they all",
    },
    Role.NOT: {
        "not": "no, not, never, no longer, cannot, cant, wont, dont, doesnt, didnt, isnt, arent, do not, does not, without, "
        "neither, nor, under no circumstances, by no means, avoid, refrain from, no need to, stop trying to, instead of, "
        "rather than, do not you dare, must not, should not, shall not, no more",
    },
    Role.DROP: {
        "drop": "never mind, nevermind, forget about, forget, ignore, disregard, skip, scratch that, leave ~ alone, "
        "leave alone, leave, keep your hands off, hands off, do not touch, do not worry about, cancel, abort, "
        "call off, no need for",
    },
    Role.CONDITION: {
        "if": "if, as long as, provided, provided that, providing, in case, assuming, on condition that, only if, "
        "given that, so long as, in the event that",
        "unless": "unless, except if",
        "when": "when, whenever, once, as soon as, after, until, till, every time, each time, the moment, while, before",
    },
    Role.CORRECTION: {
        "cancel": "scratch that, actually no, no actually, nope, strike that, on second thought no, no scratch that",
        "fix": "no wait, wait no, wait, no i meant, i meant, i mean, sorry i meant, make that, correction, "
        "no make it, or rather, rather, no sorry, sorry, oops, my bad, i said, on second thought, actually, hold on",
    },
    Role.AGAIN: {
        "repeat": "do it again, do that again, same again, again, once more, one more time, repeat, repeat that, "
        "repeat it, and again, do the same again, same thing again, redo, redo it, do so again, another time, retry, "
        "try again, encore",
        "same": "do the same with, do the same for, do the same to, do the same on, same for, same with, same to, same on, "
        "the same for, the same with, the same to, likewise for, likewise, ditto for, ditto, do that for, do that to, "
        "do that with, do it for, do it to, do it with, also for, same thing for, same thing with, repeat that for, "
        "repeat for, repeat it for, and the same for, do the same, the same, do likewise",
        "other": "the other one, the other, the other app, the other two, the others, the rest, the remaining one, other one",
    },
    Role.CONNECT: {
        "and": "and, plus, as well as, along with, together with, also",
        "then": "then, and then, after that, afterwards, followed by, and after that, next, subsequently, "
        "and finally, and also, later",
        "but": "but, however, though, although, yet, whereas",
        "or": "or, or maybe",
        "because": "because, since it, as it, so that, in order to, because of, due to, to avoid, to prevent",
    },
    Role.PREP: {
        "to": "to, up to, back to, down to, into, towards, equals, becomes",
        "by": "by",
        "from": "from",
        "of": "of, belonging to",
        "for": "for",
        "on": "on, onto, upon, over",
        "at": "at",
        "in": "in, inside, within, across",
        "with": "with, having, including, w/, plus with, has, that has, having the",
        "using": "using, via, based on, off, out of, running, that runs, which runs, use",
        "as": "as",
        "about": "about, regarding, concerning, against, around",
        "between": "between",
        "per": "per",
        "than": "than",
        "like": "like",
    },
    Role.PRONOUN: {
        "it": "it, its, itself, that, this, this one, that one, that app, this app, the app, the same app, "
        "said app, the service, the container, the deployment, that thing, the thing, that service, that container, "
        "this service, this container, that deployment, this deployment, her, him, same one, one",
        "them": "them, they, their, those, these, both, both of them, all of them, the two, these two, those two, themselves",
    },
    Role.ALL: {
        "all": "whatever, whichever, all, all of, every, each, everything, every single, entire, whole lot, the lot, all apps, "
        "everything that is running, whatever is running, any and all, the whole cluster, the whole system, "
        "the whole stack, the entire cluster, the entire system, the cluster, my cluster, the environment, "
        "all of it, all of my, all the, all my, all our, everything you have, it all, them all, everybody, the system",
    },
    Role.EXCEPT: {
        "except": "except, except for, but not, apart from, other than, excluding, besides, all but, everything but, "
        "save for, not including, leaving out, anything but",
    },
    Role.DEGREE: {
        "+": "more, extra, additional, another, further, a few more",
        "-": "fewer, less",
        "*2": "double, twice, twice as many, twice as much, two times, two-fold, twofold, x2",
        "*3": "triple, treble, thrice, three times as many, three times",
        "*4": "quadruple, four times as many, four times",
        "/2": "halve, in half, in two, half as many, half the, by half, half of, half",
        "many": "times as many, times as much, fold, times the",
        "factor": "by a factor of, factor of, by factor",
        "asmany": "as many replicas as, as many as, as many instances as, as many copies as, as many pods as, "
        "the same number of replicas as, the same number as, same number of replicas as, the same count as, the same size as, match",
    },
    Role.VAGUE: {
        "vague": "a bit, a little, a notch, a tad, slightly, somewhat, some, several, many, lots, lots of, a lot, a lot of, "
        "a few, few, plenty, plenty of, enough, a bunch, a bunch of, loads of, tons of, a handful, a handful of, "
        "as many as possible, maximum, to the max, a bunch more, a lot more, some more, a few more, a little more, "
        "a bit more, as needed, more or less, roughly, tons, loads, a whole lot, way up, way down, numerous, max out, "
        "infinite, infinity, nan, unlimited, endless, umpteen, zillion, a million, millions, a gazillion, a billion",
    },
    Role.STATE: {
        "bad": "down, crashing, crashed, crash-looping, crashlooping, crash looping, crashloop, crashloopbackoff, failing, "
        "failed, broken, unhealthy, dead, died, dying, stuck, slow, sluggish, unresponsive, unreachable, erroring, "
        "not working, not running, not responding, not up, not healthy, not ready, not ok, not accessible, not available, "
        "flapping, hanging, hung, degraded, "
        "oomkilled, oom-killed, oom killed, timing out, inaccessible, unavailable, misbehaving, in trouble, acting up, "
        "acting weird, keeps restarting, keeps crashing, keeps failing, keeps dying, throwing errors, on fire, "
        "restarting constantly, malfunctioning, offline, not starting, unstable, going down, fails, falling over, "
        "errored, out of memory, imagepullbackoff, errimagepull, bad, worse, sick, red, timed out, isnt working, exited",
        "good": "up, running, healthy, ok, okay, fine, ready, alive, working, well, stable, green, up and running, online, "
        "good, happy, responding, available, reachable, accessible, live",
        "stopped": "stopped, paused, scaled to zero, idle, off, switched off, turned off, sleeping, inactive, unused, "
        "not used, scaled down to zero",
        "gone": "gone, deleted, removed, destroyed",
        "pending": "pending, starting, scheduled, waiting, creating, updating",
    },
    Role.PROBLEM: {
        "problem": "problem, problems, issue, issues, wrong, trouble, error, errors, failure, failures, timeouts, timeout, "
        "500s, 502, 503, 504, 500, delays, delay, latency, exception, exceptions, outage, incident, crashes, oomkill, "
        "not work, not start, not come up, not load, does not work, do not work, wont start, wont work, not scaling, "
        "bug, symptoms, downtime, strange, weird, anomaly, bottleneck, memory leak, restarts, misconfigured",
    },
    Role.ORDINAL: {
        "1": "first, 1st, first one, former, the first one, the former, number one, option one, top one",
        "2": "second, 2nd, second one, latter, the second one, the latter, number two",
        "3": "third, 3rd, third one, the third one",
        "4": "fourth, 4th, fourth one",
        "5": "fifth, 5th",
        "-1": "last one, the last one, latest one, the bottom one",
    },
    Role.TIME: {
        "future": "tomorrow, tonight, later, later today, next week, next month, on monday, on tuesday, on wednesday, "
        "on thursday, on friday, on saturday, on sunday, at midnight, at noon, every night, every day, every hour, "
        "every morning, every evening, every monday, daily, nightly, hourly, weekly, next monday, next friday, "
        "this evening, this weekend, at night, during the night, every minute, in the morning, next year",
        "past": "yesterday, last night, last week, this morning, earlier, recently, lately, ago, last month, "
        "last monday, earlier today",
        "month": "january, february, march, april, june, july, august, september, october, november, december",
    },
    Role.GREETING: {
        "hello": "hi, hello, hey, hiya, howdy, good morning, good afternoon, good evening, good day, greetings, yo, "
        "hey there, hi there, hello there, sup, morning, whats up",
        "thanks": "thanks, thank you, thx, thank you very much, many thanks, cheers, great job, well done, good job, "
        "nice work, good work, ty, thanks a lot, much appreciated, thanks so much, awesome thanks",
        "bye": "bye, goodbye, see you, see ya, good night, later then",
        "howareyou": "how are you, how is it going, how are you doing, hows it going, how do you do",
        "who": "who are you, what are you, what is your name, are you a bot, are you human, are you an ai, who made you, "
        "what model are you",
    },
}

NUMBERS: Mapping[str, int] = {
    **{word: value for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )},
    "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "a hundred": 100, "a thousand": 1000,
    "a couple": 2, "a couple of": 2, "couple": 2, "couple of": 2, "a pair": 2, "a pair of": 2, "pair of": 2, "duo": 2,
    "a dozen": 12, "dozen": 12, "dozens": -1, "half a dozen": 6, "a half dozen": 6, "half dozen": 6, "a score": 20, "nil": 0,
    "a trio of": 3, "trio of": 3, "a trio": 3, "a single": 1, "just one": 1, "none": 0, "no replicas": 0, "nothing": 0,
    "two dozen": 24, "a quartet of": 4, "a handful": -1,
}  # fmt: skip

CONTRACTIONS: Mapping[str, str] = {
    **{f"{word}n't": f"{word} not" for word in "is are was were do does did have has had could would should must need".split()},
    **{f"{word}nt": f"{word} not" for word in "is are was were do does did have has could would should".split()},
    **{f"{word}'s": f"{word} is" for word in "it that there what who how where here he she everything why when".split()},
    **{f"{word}'re": f"{word} are" for word in "we you they what".split()},
    **{f"{word}'d": f"{word} would" for word in "i we you it he she they".split()},
    **{f"{word}'ll": f"{word} will" for word in "i we you it that they".split()},
    **{f"{word}'ve": f"{word} have" for word in "i we you they".split()},
    "i'm": "i am", "im": "i am", "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not",
    "wont": "will not", "let's": "let us", "lets": "let us", "whats": "what is", "hows": "how is", "gimme": "give me",
    "lemme": "let me", "wanna": "want to", "gonna": "going to", "gotta": "got to", "whys": "why is", "id": "i would",
    "ive": "i have", "pls": "please", "plz": "please", "how're": "how are", "ur": "your", "shouldnt": "should not",
    "ain't": "is not", "w/o": "without", "w/": "with", "y'all": "you", "what're": "what are", "thats": "that is",
    "who's": "who is", "theres": "there is", "whatre": "what are", "kinda": "kind of", "needn't": "need not",
}  # fmt: skip

_DOUBLED = frozenset("stop run scale-up drop cut trim wrap plan ship shut spin get set put let grep kill up".split())
_IRREGULAR = {
    "run": ("ran",), "give": ("gave", "given"), "get": ("got", "gotten"), "take": ("took", "taken"), "make": ("made",),
    "keep": ("kept",), "bring": ("brought",), "tear": ("torn", "tore"), "shut": (), "grow": ("grew", "grown"),
    "build": ("built",), "put": (), "set": (), "cut": (), "find": ("found",), "tell": ("told",), "say": ("said",),
    "lose": ("lost",), "break": ("broke", "broken"), "show": ("shown",), "see": ("saw", "seen"), "read": (),
    "blow": ("blew", "blown"), "throw": ("threw", "thrown"), "freeze": ("froze", "frozen"), "stand": ("stood",),
    "send": ("sent",), "wake": ("woke", "woken"), "do": ("did", "done"), "shrink": ("shrunk", "shrank"),
    "undo": ("undid", "undone"), "hang": ("hung",), "hold": ("held",), "spin": ("spun",), "burn": ("burnt",),
    "fall": ("fell", "fallen"), "go": ("went", "gone"),
}  # fmt: skip


def inflect(word: str) -> Mapping[str, str]:
    """The other forms of an English verb (its first word inflected): "restarts": s, "restarting": ing, ..."""
    head, space, rest = word.partition(" ")
    tail = space + rest
    if head in ("up", "del", "rm", "ls", "ps", "kubectl", "docker"):
        return {}
    if head.endswith("e"):
        stem = head[:-1]
    elif head in _DOUBLED:
        stem = head + head[-1]
    elif head.endswith("y") and head[-2:-1] not in "aeou":
        return {f"{head[:-1]}ies{tail}": "s", f"{head}ing{tail}": "ing", f"{head[:-1]}ied{tail}": "ed"}
    else:
        stem = head
    third = head + ("es" if head.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    past = _IRREGULAR.get(head, (f"{stem}ed",))
    return {f"{third}{tail}": "s", f"{stem}ing{tail}": "ing", **{f"{form}{tail}": "ed" for form in past}}


ENGLISH = Language("en", {Role.VERB: VERBS, **WORDS, **NOUNS}, NUMBERS, CONTRACTIONS, inflect)
