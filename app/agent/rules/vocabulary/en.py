"""English: the words of operations as people type them, slang and shell habits included."""

from __future__ import annotations

from collections.abc import Mapping

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language
from app.agent.rules.vocabulary.en_forms import CONTRACTIONS, NUMBERS, inflect
from app.agent.rules.vocabulary.en_nouns import NOUNS
from app.agent.rules.vocabulary.en_objects import OBJECTS
from app.agent.rules.vocabulary.en_words import WORDS

VERBS: Mapping[str, str] = {
    "deploy": "get ~ going, get ~ started, throw up, throw ~ up, whip up, whip ~ up, knock up, get me, set me "
    "up with, hook me up with, "
    "deploy, launch, spin up, spin ~ up, stand up, stand ~ up, put up, put ~ up, fire up, fire ~ up, "
    "install, host, provision, instantiate, dockerize, get ~ up and running, get ~ running",
    "create": "create, set up, set ~ up, setup, build",
    "run": "run, execute, serve, docker run",
    "schedule": "schedule",
    "holdroll": "rollout pause",
    "goonroll": "rollout resume",
    "noscale": "stop autoscaling, disable autoscaling, turn off autoscaling, switch off autoscaling, no more "
    "autoscaling, no autoscaling, end autoscaling, stop auto-scaling, turn autoscaling off, switch autoscaling off, "
    "stop scaling ~ automatically, stop scaling ~ by itself, stop scaling ~ on its own",
    "unexpose": "unexpose, un-expose, stop exposing, unpublish, stop publishing, make ~ private, make ~ internal, "
    "close port, close the port, close ports, take ~ off the internet",
    "start": "continue, carry on with, proceed with, let ~ go on, let ~ continue, let ~ proceed, start, start up, "
    "start ~ up, start ~ again, resume, unpause, wake, wake up, wake ~ up, power on, power ~ on, turn on, turn ~ on, "
    "switch on, switch ~ on, boot, boot up, boot ~ up, bring up, bring ~ up, bring back, bring ~ back, bring back up, "
    "bring ~ back up, bring ~ online, bring ~ back online, bring ~ back to life, put ~ online, put ~ back online, "
    "revive, unstop, reactivate",
    "stop": "shut off, shut ~ off, cut off, cut ~ off, put ~ on hold, put ~ on ice, take ~ out of service, "
    "stop, halt, pause, suspend, shut down, shut ~ down, shutdown, turn off, turn ~ off, switch off, "
    "switch ~ off, power off, power ~ off, power down, power ~ down, spin down, spin ~ down, wind down, hibernate, "
    "quiesce, take ~ offline, put ~ to sleep, deactivate, disable, freeze, docker stop, docker pause",
    "takedown": "take down, take ~ down, bring down, bring ~ down",
    "lower": "turn down, push ~ down, dial ~ back, "
    "stop running so many, there are too many, we have too many, i have too many, remove "
    "some of, "
    "reduce, decrease, lower, shrink, downsize, scale down, scale ~ down, scale in, scale ~ in, "
    "scale back, scale ~ back, dial down, dial ~ down, dial back, cut down, cut ~ down, cut back, trim, cut, lose, "
    "shed, downscale, turn ~ down",
    "raise": "kick ~ up, push ~ up, turn up, "
    "take ~ up, increase, raise, grow, boost, scale up, scale ~ up, scale out, scale ~ out, ramp up, "
    "ramp ~ up, "
    "beef up, beef ~ up, crank up, crank ~ up, expand, upscale, up, turn ~ up, extend",
    "bump": "bump, bump up, bump ~ up",
    "scale": "scale, rescale, resize, kubectl scale, docker service scale",
    "multiply": "multiply, double, triple, quadruple, halve, treble, cut ~ in half, cut ~ in two",
    "unset": "detach, unmount, unset, clear the variable, remove the variable",
    "delete": "do away with, kick out, kick ~ out, ditch, axe, expunge, "
    "delete, remove, destroy, tear down, tear ~ down, get rid of, get ~ rid of, nuke, wipe, wipe out, "
    "wipe ~ out, wipe ~ clean, purge, erase, uninstall, undeploy, decommission, trash, clean up, clean ~ up, "
    "clear out, clear ~ out, clear, throw away, throw ~ away, dispose of, terminate, blow away, blow ~ away, scrap, "
    "rm, del, rmi, obliterate, annihilate, eliminate, eradicate, docker rm, discard, bin, burn ~ down, burn down, "
    "take out, take ~ out",
    "drop": "drop",
    "kill": "kill, murder, zap",
    "restart": "restart, reboot, bounce, recycle, cycle, reload, kick, relaunch, redeploy, re-deploy, re-start, "
    "rolling restart, rollout restart, roll the pods of, turn ~ off and on again, turn ~ off and on, respawn, "
    "refresh",
    "set": "set, change, adjust, configure, reconfigure, edit, modify, assign, put, limit, cap, allocate, reserve, "
    "override, tweak, define, restrict, allow",
    "switch": "switch, move, swap, point",
    "use": "use, go with, switch to using",
    "give": "give, grant",
    "make": "make",
    "add": "add, append, attach, attach ~ to, mount, hook up",
    "keep": "keep, ensure, maintain, guarantee, hold, make sure",
    "need": "we should have, i should have, we should get, should get, we must have, must get, we should "
    "run, i should run, "
    "what i want is, what i need is, all i want is, all i need is, what we need is, what we want is, "
    "be happier with, would rather have, would prefer, could use, could do with, gets, i would like to have, "
    "we would like to have, i want to have, we want to have, i would love, "
    "like to have, would like to have, there should be, there must be, there needs to be, need, want, require, "
    "would like, wanna have, should have, must have, needs to have, need to have, ought to have",
    "update": "roll ~ forward, set ~ to version, update, upgrade, patch, migrate, roll forward, set image",
    "release": "roll out, roll ~ out, rollout, ship, release, push",
    "rollback": "abort the rollout, cancel the rollout, abort the rollout of, cancel the rollout of, abort the update "
    "of, cancel the update of, rollback, roll back, roll ~ back, revert, go back, return ~ to, take ~ back to, "
    "put ~ back to, put ~ back on, switch ~ back to, move ~ back to, "
    "restore ~ to, downgrade, back out, fall back, "
    "rollout undo, put ~ back",
    "undo": "undo, undo that, undo it, undo the last, take that back, take it back, reverse that, reverse the last, "
    "revert that, revert the last, revert my last, revert what, put it back, roll that back, unwind",
    "expose": "should be reachable, should be accessible, should be public, should be exposed, must be reachable, "
    "must be accessible, must be public, needs to be reachable, needs to be accessible, needs to be public, needs to "
    "be exposed, has to be reachable, has to be accessible, make ~ visible, let ~ reach, let ~ access, map, forward, "
    "port forward, bind, route, expose, publish, open, open up, open ~ up, make ~ public, make ~ publicly, make ~ "
    "accessible, make ~ reachable, make ~ available, port-forward, publicise",
    "autoscale": "scale up on its own, scale up by itself, scale up automatically, scale by itself, scale on its "
    "own, scale itself, "
    "scale ~ automatically, scale ~ by itself, scale ~ on its own, automatically scale, let ~ autoscale, "
    "autoscale, auto-scale, auto scale, autoscaling, enable autoscaling",
    "heal": "auto-heal, autoheal, auto heal, "
    "get ~ back to a healthy state, get ~ back to normal, bring ~ back to normal, bring ~ back to "
    "health, get ~ back in shape, get ~ back on track, "
    "fix, heal, repair, mend, resolve, remediate, recover, sort out, sort ~ out, cure, unbreak, rescue, get ~ "
    "working, make ~ work, get ~ healthy, make ~ healthy, solve, correct, self-heal, nurse ~ back, address the issue, "
    "address the problem, address this",
    "analyze": "analyze, analyse, diagnose, investigate, debug, troubleshoot, look into, figure out, work out, "
    "root cause, root-cause, examine, dig into, triage, find out, get to the bottom of, pinpoint, determine, assess",
    "simulate": "cause, "
    "make ~ run out of memory, make ~ crash, make ~ fail, let ~ crash, let ~ fail, make ~ die, "
    "make ~ go down, simulate, fake, pretend, inject, crash, break, sabotage, trigger, induce, chaos test, "
    "stress test, "
    "mimic, blow up, blow ~ up, wreck, emulate, provoke",
    "apply": "apply, submit, kubectl apply",
    "export": "export, back up, save, download, generate, serialize",
    "compare": "diff, compare",
    "show": "can we have, could we have, "
    "estimate, calculate, forecast, "
    "demonstrate, "
    "show, display, can i see, can i get, can i have, may i see, could i see, can we see, could i get, "
    "could i have, can we get, may i have, get, fetch, print, see, view, pull up, pull ~ up, let me see, tell, "
    "read, retrieve, output, post, provide, summarize, summarise, return, bring me, hand me, report, pull, dump, "
    "send, stream, follow, kubectl get, review, audit, identify, cat",
    "list": "list, enumerate, count, docker ps, kubectl get pods, ls, ps",
    "tail": "tail, docker logs, kubectl logs",
    "find": "find, search, search for, grep, grep for, look for, filter, scan",
    "check": "have a look, take a look, have a quick look, take a quick look, please look, "
    "check, check on, look at, take a look at, have a look at, watch, monitor, verify, confirm, "
    "keep an eye on, peek at, inspect the health of, make certain, validate",
    "describe": "describe, inspect, detail, tell me about, tell me more about, kubectl describe, docker inspect",
    "explain": "explain, define for me, teach me, clarify",
    "help": "help",
    "exec": "exec, exec into, ssh, ssh into, shell into, log into, log in, login, attach to, get a shell, "
    "open a shell, run the command, run this command, execute the command, execute a command, run command, "
    "run the script, run a script, kubectl exec, docker exec, run a command, copy files, copy a file, upload, "
    "drain, cordon, uncordon, taint, annotate, rename, clone, duplicate, "
    "replicate, encrypt, rotate, block, isolate, authenticate, renew, import, docker build, docker push, "
    "docker compose, docker-compose, subscribe, notify, alert, email, page me",
    "label": "tag ~ with, mark ~ with, label",
    "reset": "reset, start from scratch, start over, start fresh, start afresh, begin again",
    "bring": "bring, take",
    "say": "say, says, said, tells me, claims",
    "do": "perform, carry out, conduct, do",
    "wait": "wait, hold on, hang on",
}

ENGLISH = Language("en", {Role.VERB: VERBS, **WORDS, **NOUNS, **OBJECTS}, NUMBERS, CONTRACTIONS, inflect)
