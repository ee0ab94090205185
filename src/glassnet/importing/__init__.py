"""Networks of other libraries, read into a `Network`; no code in a file is run."""
