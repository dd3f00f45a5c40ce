"""Failures that are really made on a Docker Engine and recorded: experiments, their stage, and what they need."""
