"""English: the words around verbs and things: questions, politeness, negation, numbers of things, states, times."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Terms
from app.agent.rules.vocabulary.en_common import COMMON

WORDS: Terms = {
    Role.AUX: {
        "be": "is, are, was, were, am, be, been, being, isnt, arent",
        "do": "does, did, do",
        "have": "has, had, have",
        "can": "can, could, cannot",
        "will": "will, would, shall, may, might",
        "should": "should, must, should be, must be, ought to be, has to be, have to be, ought to, need to be, "
        "needs to be, have to be, has to be",
    },
    Role.ASK: {
        "howto": "what is the syntax for, what is the syntax to, what is the syntax of, syntax for, does this "
        "support, does it support, does kubelite support, is there support for, do i have to, what do i "
        "type to, what do i need for, "
        "how do i, how can i, how would i, how should i, how could i, how do you, how can you, "
        "how would you, how do we, how can we, how would we, how should we, how does one, how to, how do u, "
        "how is it possible to, what is the best way to, whats the best way to, what is the way to, best way to, "
        "the way to, steps to, what is the command, what command, which command, whats the command, show me how, "
        "tell me how, explain how, teach me how, teach me to, how it works to, can i, could i, may i, can we, "
        "can one, is it possible to, is there a way to, is there any way to, am i able to, do you support, "
        "do you know how, can it be, am i allowed to, are you able to, what do i need to, what do i have to, "
        "how does, how do, instructions for, guide me, what happens to",
        "hypo": "what would happen if, what happens if, what will happen if, what if, what would happen, "
        "what happens when, what would it take, would it be ok to, would it be safe to, is it safe to, is it ok to, "
        "should i, should we, do i need to, do we need to, would you recommend, do you recommend, do you think, "
        "hypothetically, suppose, say i, imagine, what are the consequences, what breaks if, what would break if, "
        "what would, would it help, can we afford, is it a good idea",
        "define": "tell me what a, tell me what an, do you know what a, "
        "what is a, what is an, what does, what do you mean by, what is the difference between, "
        "what is meant by, what are the differences between, what is the meaning of, explain what, "
        "explain the concept of, explain a, explain an, explain the difference between, define, what exactly is a, "
        "how does a, how does an, difference between, differences between, what is meant with",
        "how": "how",
        "why": "do you know why, any idea why, can you tell why, i wonder why, the reason why, "
        "explain why, tell me why, why, how come, what caused, what causes, what is causing, what is wrong, "
        "what went wrong, whats wrong, what is the issue, what is the problem, what is the matter, what is up with, "
        "whats up with, what is going wrong, what is going on with, what made, what is broken, what broke, "
        "for what reason, the reason, root cause, reason for, what is behind, cause of, what is breaking, "
        "what is failing",
        "happened": "what is up, "
        "what has changed, what changed, what has been changed, what is been happening, "
        "what is been going on, what happened, what has happened, what is happening, what just happened, "
        "whats happening, what is going on, what has been going on, what has been happening, what went on, "
        "what did happen, what occurred",
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
        "anything": "all fine, all well, all alright, all quiet, everything alright, everything good, anything, "
        "is anything, is everything, everything ok, everything okay, everything fine, all good, all ok, "
        "any problems, any issues, any errors, any trouble, what problems, what issues, which problems, which issues, "
        "are we ok, are we good, all systems, sitrep",
    },
    Role.REQUEST: {
        "you": "can someone, could someone, can somebody, could somebody, can anyone, could anyone, will "
        "someone, would someone, can anybody, "
        "would it be possible to, would it be possible for you to, any chance you could, is there any "
        "chance you could, i was wondering if you could, i wonder if you could, would you be able to, be "
        "so kind and, be so kind as to, do me a favor and, do me a favour and, how about you, "
        "can you, could you, would you, will you, can u, could u, would u, can ya, are you able to please, "
        "i want you to, i would like you to, i need you to, would you mind, can you please, could you please, "
        "would you please, you should, you can, you could, you must, you need to, kindly",
        "me": "i want to, i would like to, i need to, i wanna, i have to, we want to, we need to, we would like to, "
        "we have to, we should, i should, let us, lets, let me, want to, need to, id like to, wanna, gonna, "
        "going to, i am trying to, trying to, i am looking to, would like to, like to, help me, help me to, "
        "help us, go ahead and, feel free to, make sure to, be sure to, time to, it is time to, try to, "
        "please try to, you may, i must, we must, must, we ought to, i am going to, we are going to, im going to, "
        "i will",
    },
    Role.FILLER: {
        "polite": "i think, i guess, i believe, i suppose, i feel like, i reckon, in my opinion, imo, if i may, "
        "you know, "
        "me, us, zero downtime, no downtime, zero-downtime, downtime-free, minimal disruption, "
        "for testing, for a test, for test purposes, for demo purposes, for a demo, for the demo, for debugging, "
        "for development, kubectl, docker, podman, sudo, nerdctl, please, pls, plz, kindly, thanks in advance, "
        "thank you in advance, if you can, if you could, if you would, if possible, if you please, "
        "if you do not mind, if you would be so kind, if you are at it, while you are at it, when you can, "
        "when you get a chance, when you have a moment, if it is not too much trouble, if it is ok, if necessary, "
        "if needed, if you like, for me, for us, asap, as soon as possible, quickly, quick, fast, immediately, "
        "right away, right now, now, straight away, at once, urgently, real quick, this instant, dear, bot, "
        "assistant, kubelite, agent, friend, buddy, mate, man, dude, sir, guys, everyone, boss, would be great, "
        "would be nice, that would be great, will you, thx, ta, cheers, pretty please, ok so, alright, "
        "in case you missed it, like i said, as i said, as discussed, again please, mind",
        "adverb": "just, simply, also, too, as well, really, basically, currently, still, already, even, maybe, "
        "perhaps, probably, directly, gracefully, gently, completely, entirely, fully, totally, finally, first, "
        "first of all, firstly, next, secondly, lastly, additionally, so, well, then again, anyway, either, "
        "altogether, in total, total, overall, exactly, precisely, only, at least, at any time, at all times, "
        "always, instead, more precisely, of course, obviously, honestly, definitely, safely, carefully, "
        "temporarily, permanently, manually, automatically, in parallel, simultaneously, once again, all the time, "
        "here, there, over there, around, today, overnight, any more, anymore, some time, each, every, apiece, "
        "per replica, per container, per pod, per instance, a piece, of them, both of, all of",
        "interjection": "ok, okay, hey, yo, um, uh, hmm, er, oh, ah, well well, alright, right, sure, yep, yeah, "
        "yes, hi, hello, hiya, fyi, btw, by the way, listen, look here, great, cool, perfect, nice, awesome, good, "
        "excellent",
        "article": "the, a, an, my, our, your, his, her, their, this, these, some of the, of the, said, new, fresh, "
        "existing, current, same, whole, own, supporting, simple, basic, plain, standard, official, public, small, "
        "big, little, nice, single, brand new, actual, respective, particular, given, scalable, certain, virtual",
        "common": COMMON,
        "place": "production, prod, staging env, in production, in prod",
    },
    Role.SUBJECT: {
        "subject": "i, we, you, u, someone, somebody, anyone, nobody, he, she, they all",
        "people": "users, customers, people, clients, our users, our customers, my users, the users, the team, "
        "my boss, my colleague, visitors, user, customer",
    },
    Role.NOT: {
        "instead": "instead of, rather than, in place of, instead",
        "not": "no, not, never, no longer, cannot, cant, wont, dont, doesnt, didnt, isnt, arent, do not, does not, "
        "without, neither, nor, under no circumstances, by no means, avoid, refrain from, no need to, "
        "stop trying to, do not you dare, must not, should not, shall not, no more",
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
        "when": "when, whenever, once, as soon as, until, till, every time, each time, the moment, while",
        "before": "before",
        "after": "after",
    },
    Role.CORRECTION: {
        "cancel": "scratch that, actually no, no actually, nope, strike that, on second thought no, no scratch that",
        "fix": "no wait, wait no, wait, no i meant, i meant, i mean, sorry i meant, make that, correction, "
        "no make it, or rather, rather, no sorry, sorry, oops, my bad, i said, on second thought, actually, hold on",
    },
    Role.AGAIN: {
        "repeat": "do it again, do that again, same again, again, once more, one more time, repeat, repeat that, "
        "repeat it, and again, do the same again, same thing again, redo, redo it, do so again, another time, "
        "retry, try again, encore",
        "same": "do the same with, do the same for, do the same to, do the same on, same for, same with, same to, "
        "same on, the same for, the same with, the same to, likewise for, likewise, ditto for, ditto, do that for, "
        "do that to, do that with, do it for, do it to, do it with, also for, same thing for, same thing with, "
        "the same thing for, "
        "the same thing with, the same thing to, "
        "repeat that for, repeat for, repeat it for, and the same for, do the same, the same, do likewise",
        "other": "the other one, the other, the other app, the remaining one, other one",
        "others": "the other two, the others, the rest, the other ones, the other apps",
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
        "to": "with value, with the value, to the value, with a value of, to, up to, back to, down to, into, "
        "towards, equals, becomes",
        "by": "by",
        "from": "from",
        "of": "of, belonging to",
        "for": "for, in front of",
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
        "them": "them, they, their, those, these, both, both of them, all of them, the two, these two, those two, "
        "themselves",
    },
    Role.ALL: {
        "all": "whatever, whichever, all, all of, every, each, everything, every single, entire, whole lot, "
        "the lot, all apps, everything that is running, whatever is running, any and all, the whole cluster, "
        "the whole system, the whole stack, the entire cluster, the entire system, the cluster, my cluster, "
        "the environment, all of it, all of my, all the, all my, all our, everything you have, it all, them all, "
        "everybody, the system",
    },
    Role.EXCEPT: {
        "except": "except, except for, but not, apart from, other than, excluding, besides, all but, "
        "everything but, save for, not including, leaving out, anything but",
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
        "the same number of replicas as, the same number as, same number of replicas as, the same count as, "
        "the same size as, match",
    },
    Role.VAGUE: {
        "vague": "a bit, a little, a notch, a tad, slightly, somewhat, some, several, many, lots, lots of, a lot, "
        "a lot of, a few, few, plenty, plenty of, enough, a bunch, a bunch of, loads of, tons of, a handful, "
        "a handful of, as many as possible, maximum, to the max, a bunch more, a lot more, some more, a few more, "
        "a little more, a bit more, as needed, more or less, roughly, tons, loads, a whole lot, way up, way down, "
        "numerous, max out, infinite, infinity, nan, unlimited, endless, umpteen, zillion, a million, millions, "
        "a gazillion, a billion",
    },
    Role.STATE: {
        "bad": "down, crashing, crashed, crash-looping, crashlooping, crash looping, crashloop, crashloopbackoff, "
        "failing, failed, broken, unhealthy, dead, died, dying, stuck, slow, sluggish, unresponsive, unreachable, "
        "erroring, not working, not running, not responding, not up, not healthy, not ready, not ok, "
        "not accessible, not available, flapping, hanging, hung, degraded, oomkilled, oom-killed, oom killed, "
        "timing out, inaccessible, unavailable, misbehaving, in trouble, acting up, acting weird, keeps restarting, "
        "keeps crashing, keeps failing, keeps dying, throwing errors, on fire, restarting constantly, "
        "malfunctioning, offline, not starting, unstable, going down, fails, falling over, errored, out of memory, "
        "imagepullbackoff, errimagepull, bad, worse, sick, red, timed out, isnt working, exited",
        "good": "up, running, healthy, ok, okay, fine, ready, alive, working, well, stable, green, up and running, "
        "online, good, happy, responding, available, reachable, accessible, live",
        "stopped": "stopped, paused, scaled to zero, idle, off, switched off, turned off, sleeping, inactive, "
        "unused, not used, scaled down to zero",
        "gone": "gone, deleted, removed, destroyed",
        "pending": "pending, starting, scheduled, waiting, creating, updating",
    },
    Role.PROBLEM: {
        "problem": "warnings, warning, complaints, hiccup, hiccups, glitch, glitches, "
        "too much memory, too much cpu, too much, leaking memory, leaking, any errors, any problems, any "
        "issues, any trouble, problem, problems, issue, issues, wrong, trouble, error, errors, failure, failures, "
        "timeouts, timeout, 500s, 502, 503, 504, 500, delays, delay, latency, exception, exceptions, outage, "
        "incident, crash, crashes, oomkill, not work, not start, not come up, not load, does not work, do not work, "
        "wont "
        "start, wont work, not scaling, bug, symptoms, downtime, strange, weird, anomaly, bottleneck, memory leak, "
        "restarts, misconfigured",
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
        "future": "tomorrow, tonight, later, later today, next week, next month, on monday, on tuesday, "
        "on wednesday, on thursday, on friday, on saturday, on sunday, at midnight, at noon, every night, "
        "every day, every hour, every morning, every evening, every monday, daily, nightly, hourly, weekly, "
        "next monday, next friday, this evening, this weekend, at night, during the night, every minute, "
        "in the morning, next year",
        "past": "yesterday, last night, last week, this morning, earlier, recently, lately, ago, last month, "
        "last monday, earlier today",
        "span": "this month, this week, this year, per month, per day, per week, per year, a month, a week, a year",
        "month": "january, february, march, april, june, july, august, september, october, november, december",
    },
    Role.GREETING: {
        "hello": "hi, hello, hey, hiya, howdy, good morning, good afternoon, good evening, good day, greetings, yo, "
        "hey there, hi there, hello there, sup, morning, whats up",
        "thanks": "you are the best, you are great, you are awesome, you rock, good bot, nice one, nicely done, "
        "brilliant, awesome work, perfect thanks, appreciate it, i appreciate it, "
        "thanks, thank you, thx, thank you very much, many thanks, cheers, great job, well done, "
        "good job, nice work, good work, ty, thanks a lot, much appreciated, thanks so much, awesome thanks",
        "bye": "see you tomorrow, see you later, talk to you later, catch you later, have a nice day, have a "
        "good day, "
        "bye, goodbye, see you, see ya, good night, later then",
        "howareyou": "how are things, how is life, how are you today, how is your day, how are we doing, "
        "how are you, how is it going, how are you doing, hows it going, how do you do",
        "who": "are you a robot, are you real, are you a person, are you a machine, are you chatgpt, are you "
        "alive, who am i talking to, who am i speaking with, "
        "who are you, what are you, what is your name, are you a bot, are you human, are you an ai, "
        "who made you, what model are you",
    },
}
