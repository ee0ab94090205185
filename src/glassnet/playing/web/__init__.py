"""The playground behind HTTP: who may use it, how messages are framed, where it listens."""
