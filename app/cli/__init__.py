"""The shell's face: the `kubelite` command. Talks to the running server of the data directory, else in-process."""
