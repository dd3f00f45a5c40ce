"""The sentences of tools and of the assistant that other languages have, as they stand in a reply.

A gap is written `{name}`: `app` and `runtime` are names, `n`, `m` and `k` whole numbers, `image` stands in backticks,
`list` is "a, b and c", `title` is what an approval is for, the rest is any text. `~` is a plural's s or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    # what was observed
    "ready": "**{app}**: {n} of {m} ready, image `{image}`, on {runtime}.",
    "ready_old": "**{app}**: {n} of {m} ready, {k} old replica~ still there, image `{image}`, on {runtime}.",
    "ready_extra": "**{app}**: {n} of {m} ready, {k} replica~ still to go, image `{image}`, on {runtime}.",
    "none": "**{app}**: no replicas, image `{image}`, on {runtime}.",
    "reach": "Reach it at {list}.",
    "restarts": "{n} restart~ so far, revision {m}.",
    "not_there": "**{app}** is not there any more; somebody deleted it meanwhile.",
    "again": "**{app}** is there again: somebody deployed it meanwhile.",
    # what was done
    "scaled": "Scaled from {n} to {m}.",
    "has": "It has {n} already.",
    "autoscaler": "Its autoscaler may change that again.",
    "stopped": "Stopped, with {n} replica~ before.",
    "stopped_already": "It is stopped already.",
    "started": "Started with {n} replica~.",
    "started_back": "Started with {n} replica~, as before the stop.",
    "started_one": "Started with 1 replica: how many it had before is not known.",
    "started_already": "It is started already.",
    "restarted": "Restart asked for.",
    "changed": "Changed {text}.",
    "same": "Nothing to change: it is so already.",
    "same_deploy": "Nothing to change: it is as asked already.",
    "back_at": "That is revision {n} again, as a new revision.",
    "deleted": "Deleted **{app}** and its {n} replica~.",
    "going": "**{app}** is being deleted; {n} replica~ still there.",
    "undid": "Undid {text}.",
    # what to do next
    "background": 'It goes on in the background; ask "status {app}" in a moment.',
    "look": 'Look at "logs {app}" or "describe {app}" for the reason.',
    "bring_back": 'Say "start {app}" to bring it back.',
    "in_full": 'Say "describe {app}" for the reason in full.',
    "exits": 'Say "describe {app}" to see its exits and events.',
    "all_lines": 'Say "logs {app}" for all of its last lines.',
    "start_one": 'Say "deploy nginx" to start one.',
    # looks
    "all_well": "{n} app~: all as wished.",
    "some_ill": "{n} app~: {m} not as wished.",
    "no_apps": "There are no apps yet.",
    "printed": "**{app}**: the last {n} line~.",
    "printed_more": "**{app}**: the last {n} line~; older lines exist.",
    "printed_nothing": "**{app}** has printed nothing yet.",
    "no_events": "No events of **{app}** are kept.",
    "no_events_at_all": "No events of all apps are kept.",
    "events": "The last {n} event~ of **{app}**, newest last:",
    "revisions": "**{app}** is at revision {n}; {m} revision~ kept, newest first:",
    "head_status": "| app | status | ready | restarts | image | runtime | reason |",
    "head_metrics": "| app | ready | CPU | memory | restarts |",
    "no_such_app": 'There is no app "{app}".',
    "near": "Near names: {list}.",
    # approvals
    "waiting": "Waiting for your approval: {title}",
    "not_yet": "Nothing was changed yet. It runs when a person approves it.",
    "not_done": "Not done: {title}. {text} said no.",
    "expired": "This approval has expired, so nothing was done: {title}. Ask again if you still want it.",
    "too_late": "This approval has expired; ask for it again.",
    "viewer": "Not done: the role viewer may only look; {text} needs an operator.",
    "observe": "Not done: the mode is observe: nothing is changed (set KUBELITE_MODE to ask or auto).",
    "by_model": "This was proposed by the model, not asked for by your own sentence, so a typed answer does not count. "
    "Please use the button: {title}.",
    "by_another": "This was asked for by {text}, not asked for by your own sentence, so a typed answer does not count. "
    "Please use the button: {title}.",
    # who answered
    "fell_back": "The model {text} did not answer ({why}); the rules answered.",
    "only_words": "No tool was called in this turn: nothing was changed.",
    # titles
    "t_delete": "Delete {list}",
    "t_stop": "Stop {app}",
    "t_start": "Start {n} replica~ of {app}",
    "t_scale": "Scale {app} to {n} replica~",
    "t_restart": "Restart {app}",
    "t_update": "Update {app} to {text}",
    "t_deploy": "Deploy {n} replica~ of {text} as {app}",
    "t_roll_back": "Roll {app} back to revision {n} ({text})",
    "t_apply": "Apply {list}",
    "t_undo": "Undo {text}",
}
