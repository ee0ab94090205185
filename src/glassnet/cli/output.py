"""Standard output that may be closed or full: one sentence, and the exit status that shells expect."""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from glassnet.errors import GlassnetError
from glassnet.training.ranks.launcher import launched

CLOSED = (errno.EPIPE, errno.EIO)  # a pipe that nobody reads, a closed terminal


class CannotTell(GlassnetError):
    """Standard output cannot be written; `status` is the exit status of a command whose result goes there."""

    def __init__(self, reason: OSError):
        closed = reason.errno in CLOSED
        super().__init__(
            "standard output was closed before everything was written."
            if closed
            else f"could not write to standard output: {reason.strerror or reason}."
        )
        self.status = 128 + getattr(signal, "SIGPIPE", 13) if closed else 1


class Output:
    """A text stream whose errors are CannotTell; while `patient`, it falls silent instead and work continues."""

    def __init__(self, stream: Any):
        self._stream, self.patient, self._silent = stream, False, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, as a text stream does."""
        self._do("write", text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write lines one after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream."""
        self._do("flush")

    def _do(self, what: str, *given: object) -> None:
        if self._silent:
            return
        try:
            if self._stream is None and given:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            if self._stream is not None:
                getattr(self._stream, what)(*given)
        except OSError as error:
            self._silent = True
            self._forget()
            if not self.patient:
                raise CannotTell(error) from None
            tell_error(f"{CannotTell(error)} The work continues.")

    def _forget(self) -> None:
        """Discard what is left in the buffer, or the interpreter would complain at exit."""
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def patient() -> Iterator[None]:
    """Work whose result is files: it continues even if nobody reads its output."""
    output = sys.stdout
    if not isinstance(output, Output):
        yield
        return
    output.patient = True
    try:
        yield
    finally:
        output.patient = False


@contextmanager
def guarded() -> Iterator[None]:
    """Make standard output an Output, and flush it at the end."""
    before, sys.stdout = sys.stdout, Output(sys.stdout)
    try:
        try:
            yield
        except SystemExit:  # as commands end
            sys.stdout.flush()
            raise
        sys.stdout.flush()
    finally:
        sys.stdout = before


def tell_error(sentence: object) -> None:
    """Print a sentence to stderr, if that can be written."""
    with suppress(OSError, AttributeError):
        print(f"glassnet: {sentence}", file=sys.stderr, flush=True)


def quiet_others() -> None:
    """Print nothing on any rank but the first."""
    process = launched()
    if process is not None and process.rank and sys.argv[1:2] == ["train"]:
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
