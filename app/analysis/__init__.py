"""Why an app fails: facts in, findings out. Rules decide; nothing here starts, stops or changes anything."""
