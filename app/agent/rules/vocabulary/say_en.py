"""English: everything the rules say by themselves. What a tool did is said by the tool's own result."""

from __future__ import annotations

from collections.abc import Mapping

SAY_EN: Mapping[str, str] = {
    "plain": "{text}",
    "which_app": "Which app do you mean: {names}?",
    "which_app_for": "Which app should I {verb}: {names}?",
    "no_apps": "There are no apps yet. Deploy one first, for example: deploy nginx.",
    "no_such_app": "There is no app {word}. Running now: {names}.",
    "no_such_app_near": "There is no app {word}. Do you mean {near}?",
    "no_app_matches": "No app matches that, so there is nothing to do.",
    "near_delete": "There is no app {word}. If you mean {near}, say: {verb} {near}.",
    "runs_image": "There is no app {word}, but {near} runs it. Do you mean {near}?",
    "part_of_name": "Do you mean {near}? Please say the whole name.",
    "either": 'You named {names} with an "or". Which one?',
    "unknown_filter": "I do not understand which apps {word} picks out. Please name them: {names}.",
    "how_many": "How many replicas should it be?",
    "how_many_now": "How many replicas should it be? Now it has {current}.",
    "how_many_all_or_more": "Do you mean {value} replicas in all, or {value} more or fewer than the present {current}?",
    "none_to_multiply": "It has no replicas now. How many should it be?",
    "not_whole": "{current} times {factor} is not a whole number. {low} or {high} replicas?",
    "not_one_number": "{text} is not one number. How many replicas should it be?",
    "did_you_mean_number": "{text} is not a number. Do you mean {number}?",
    "bad_number": "{text} is {why}: replicas are a whole number from 0 to {limit}. Nothing was changed.",
    "below_zero": "That would be fewer than no replicas. Nothing was changed.",
    "too_many": "{text} is more than the limit of {limit} replicas. Nothing was changed.",
    "within_limit": "It has {current} now, which is within {value}. How many should it be?",
    "bad_lines": "{text} is no number of lines: write a whole number from 1 to {limit}.",
    "bad_gpus": "{text} is no number of GPUs.",
    "bad_port": "{text} is not a port: a port is a whole number from 1 to 65535.",
    "which_image": "Which image should I deploy? For example {images}.",
    "image_slip": "I do not know the image {word}. Do you mean {near}?",
    "app_exists": "{name} exists already and runs {image}. Do you want to change it, or a new app under another name?",
    "app_exists_other_image": "{name} exists already and runs {image}, not {wanted}. I never replace an image unasked: "
    'choose another name, as in "deploy {wanted} as {name}-2", or delete {name} first.',
    "cannot_deploy_with": "I cannot set up {parts} yet, so I did not deploy anything. Without it, say: deploy {image}.",
    "not_used": "I made nothing of {text}.",
    "shell": "{text} is not something I run: I call typed tools, never a shell. Nothing was done.",
    "cannot_yet": "I cannot {what} yet, so nothing was changed. What I can do: deploy, scale, stop, start, "
    "restart and delete apps, and show status, logs, events and details.",
    "cannot_thing": "I do not handle {what}, so nothing was changed. What I can do: deploy, scale, stop, start, "
    "restart and delete apps, and show status, logs, events and details.",
    "cannot_read_files": "I cannot read files from here. Paste the manifest into the chat, "
    "or run: kubelite apply -f FILE.",
    "manifest_too_large": "That manifest is larger than 256 KiB. Use the command line: kubelite apply -f FILE.",
    "too_long": "That message is longer than 20,000 characters. Please say it in fewer words; for a manifest use: "
    "kubelite apply -f FILE.",
    "too_many_words": "That is too much text for me to take as a request. Please say it in fewer words.",
    "stop_or_delete": "Do you want to stop {name} (it can be started again) or delete it?",
    "change_what": "What should I change about {name}, and to what?",
    "change_nothing_named": "What should I change, and on which app?",
    "what_with": "What should I do with {name}?",
    "already_running": "{name} is running already with {replicas} replicas wanted.",
    "already_off": "{name} is stopped already.",
    "condition_false": "{name} is {status}, so I did nothing.",
    "condition_unknown": "I act right away and cannot wait for something to happen or look into {text}. Nothing was changed. "
    ""
    "Say it again when it is so.",
    "not_later": "I act right away and keep no calendar, so I did nothing. Say it again when it is time.",
    "nothing_done": "All right, I left everything as it is.",
    "hypothesis": "I did nothing. If you asked for that, I would show what changes first where something can be lost.",
    "hypothesis_delete": "I did nothing. Deleting {name} would stop its replicas and forget its settings; I would ask "
    "first.",
    "hypothesis_stop": "I did nothing. Stopping {name} would end its replicas; its settings stay and it can be started "
    "again.",
    "hypothesis_restart": "I did nothing. Restarting {name} would replace its replicas one after another.",
    "hypothesis_scale": "I did nothing. Scaling {name} starts or ends replicas until the count is right.",
    "concept": "I answer from a small vocabulary without a language model and have no explanation for that. "
    'Ask "help" for what I can do.',
    "concept_known": "{text}",
    "offtopic": 'I look after containers and nothing else. Ask "help" for what I can do.',
    "not_understood": "I did not understand that. Try for example: deploy nginx, scale web to 3, logs of api, or help.",
    "not_understood_part": "I did not understand {text}.",
    "not_understood_part_of": "I did not understand the rest.",
    "hello": 'Hello. Tell me what to deploy, scale, restart or look at; "help" shows what I can do.',
    "thanks": "You are welcome.",
    "bye": "Goodbye. The apps keep running.",
    "howareyou": 'All well here. "status" shows how your apps are.',
    "who": 'I am KubeLite, a container orchestrator you talk to. "help" shows what I can do.',
    "nothing_pending": "Nothing is waiting for a yes or no.",
    "injection": "I do not take orders from logs, events or other text, only from you. Say yourself what I should do.",
    "no_override": "My checks cannot be switched off by a message. Say what you want done, "
    "and I will ask where it matters.",
    "which_choice": "I did not ask anything that this answers. What should I do?",
    "nothing_to_repeat": "There is nothing before this to repeat.",
    "one_at_a_time": "Give each app its own image, one sentence each, please.",
    "needs_value": "What should the value be?",
    "needs_port": "Which port of {name}?",
    "needs_image": "Which image should {name} run?",
    "needs_bounds": "Between how many replicas should {name} scale, and at which CPU load?",
    "needs_env": "Which variable should I set on {name}, and to what?",
    "which_resource": "Which limit of {name} should I set, and to how much?",
    "other_namespace": "{name} is in the namespace {namespace}.",
    "no_lookup": "I cannot show {what} yet; this is what I can see.",
}

INTENTS_EN: Mapping[str, str] = {
    "rollback": "roll back to an earlier version",
    "update_image": "change the image of an app",
    "set_env": "change environment variables of an app",
    "set_resources": "change memory, CPU or GPU limits of an app",
    "expose": "change which ports are published",
    "autoscale": "scale by load",
    "set_config": "change command, labels or health checks of an app",
    "heal": "repair an app by myself",
    "analyze": "look for the cause of a failure",
    "simulate_failure": "break something on purpose",
    "cost": "tell what things cost",
    "undo": "undo a change",
    "history": "list revisions",
    "metrics": "show usage over time",
    "diff": "compare wish and reality",
    "apply_manifest": "apply manifests",
    "export_manifest": "export manifests",
    "delete": "delete apps",
    "deploy": "deploy apps",
    "scale": "scale apps",
    "restart": "restart apps",
    "logs": "show logs",
    "events": "show events",
    "describe": "show details",
    "status": "show the status",
    "help": "explain that",
}
"""What an intent is, after "I cannot"."""

NOUNS_EN: Mapping[str, str] = {
    "history": "earlier revisions",
    "metrics": "usage over time",
    "diff": "differences",
}
"""What a look is at, after "I cannot look up"."""
