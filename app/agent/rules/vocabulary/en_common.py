"""English: common words that name nothing here, so that they are not taken for the name of an app."""

from __future__ import annotations

COMMON = (
    "able, according, architecture, solution, debug-mode, advice, affected, almost, alone, among, amount, amounts, "
    "answers, any, anybody, anywhere, "
    "apparently, ask, asked, asks, average, aware, away, back, become, began, begin, behind, below, beside, best, "
    "better, biggest, brought, browser, came, cause, caused, certainly, comes, coming, complete, compliance, "
    "concern, concerned, concrete, connections, customer, demand, developers, different, digest, during, early, "
    "easy, especially, etc, evening, ever, evidence, expected, experience, experiencing, extremely, fact, far, feel, "
    "felt, figure, forth, free, full, generally, glad, goes, going, guess, handle, handling, happen, happening, "
    "happens, hard, heard, high, highest, hungry, important, indeed, kind, knew, know, known, large, late, least, "
    "level, levels, likely, loading, long, looking, looks, lot, low, lowest, main, matter, meaning, means, meant, "
    "meanwhile, mine, mode, modes, moment, month, months, most, mostly, mr, mrs, much, near, nearly, necessary, "
    "night, non, normal, normally, notice, noticed, noticing, nowhere, number, numbers, occur, occurs, odd, often, "
    "old, older, oldest, ongoing, opinion, other, others, otherwise, ours, policies, possible, possibly, pretty, "
    "previously, prior, prob, quite, randomly, real, reason, reasonable, related, reliable, render, reply, response, "
    "responsible, safe, seem, seemed, seems, sense, seriously, short, shortly, significantly, similar, sit, "
    "situation, slowness, smallest, somehow, sometimes, somewhere, soon, special, specific, specified, specifying, "
    "spike, spikes, stay, stays, such, suddenly, suggest, suggestion, suspect, taken, takes, taking, thank, think, "
    "thinking, thought, through, throughout, thus, time, together, took, toward, trace, tried, tries, true, truly, "
    "try, trying, turned, type, types, under, understand, unexpected, unexpectedly, unfortunately, unlike, unlikely, "
    "untagged, unusual, urgent, used, uses, usual, usually, value, values, various, very, violate, violates, "
    "violating, warning, way, ways, went, whatsoever, whether, whom, wish, wonder, wondering, work, works, worst, "
    "wrongly, wrote, year, years, yours, yourself"
)
"""One string in the form of the tables."""
