"""Standard output that may be closed, or full: one sentence, and the status that shells expect."""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from glassnet.errors import GlassnetError

CLOSED = (errno.EPIPE, errno.EIO)  # a pipe that nobody reads, a terminal that is gone


class CannotTell(GlassnetError):
    """Standard output takes no more; `status` is what a command ends with whose result that was."""

    def __init__(self, reason: OSError):
        closed = reason.errno in CLOSED
        super().__init__(
            "standard output was closed before all was written."
            if closed
            else f"could not write to standard output: {reason.strerror or reason}."
        )
        self.status = 128 + getattr(signal, "SIGPIPE", 13) if closed else 1


class Output:
    """A text stream whose mistakes are CannotTell; while it is `patient` it falls silent instead, and work goes on."""

    def __init__(self, stream: Any):
        self._stream, self.patient, self._silent = stream, False, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write it, as a text stream does."""
        self._do("write", text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write them one after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what is written."""
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
            tell_error(f"{CannotTell(error)} The work goes on.")

    def _forget(self) -> None:
        """What is left in the buffer goes nowhere, or the end of the interpreter would say so."""
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def patient() -> Iterator[None]:
    """Work whose result is files: it goes on where nobody reads what it says."""
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
    """Standard output is an Output, flushed at the end."""
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
    """A sentence on stderr, if anybody reads that."""
    with suppress(OSError, AttributeError):
        print(f"glassnet: {sentence}", file=sys.stderr, flush=True)
