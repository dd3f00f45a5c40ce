"""Replies in the language of the request, as data: one table per language, English where a table has no sentence.

What tools report is English; the sentences that are common are known here with their gaps (`phrases`), so that a reply
is put into another language without touching a tool. Names, numbers, images and quotes stay as they are.
"""
