"""Connections that keep to time limits: uvicorn's, which by itself waits for a slow client as long as that likes."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from glassnet.serving.messages import encoded
from glassnet.serving.settings import Limits

LONGEST_HEAD = 65_536  # bytes of a request's line and headers
REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def connections_of(limits: Limits) -> type[asyncio.Protocol]:
    """The class of connections with these limits."""

    class Limited(Connection):
        """A connection with the limits of one service."""

    Limited.limits = limits
    return Limited


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """A connection that ends when a request does not come, or an answer is not taken, in time.

    It is also ended when there are too many; and a client that has said all (half-closed its side) still gets an
    answer, to a part of a request that it is not whole.
    """

    limits = Limits()
    timer: asyncio.TimerHandle | None = None
    writing: asyncio.TimerHandle | None = None
    head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client has come."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self.say(503, "too many connections: try again in a second.")
        else:
            self.timer = self.loop.call_later(self.limits.seconds, self.too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left, or was left."""
        self.stop_timer()
        self.stop_writing_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: a request must come in time as a whole, and have a short head."""
        super().data_received(data)
        between = self.cycle is None or self.cycle.response_complete
        if not between and not self.cycle.more_body:
            self.stop_timer()
            self.head = 0
            return
        self.head = self.head + len(data) if between else 0
        if self.head > LONGEST_HEAD:
            self.say(431, f"the headers have more than {LONGEST_HEAD:,} bytes.")
        elif self.timer is None and not self.transport.is_closing():
            self.timer = self.loop.call_later(self.limits.seconds, self.too_slow)

    def on_response_complete(self) -> None:
        """An answer was sent; the next request may have come in part already."""
        super().on_response_complete()
        if not self.cycle.response_complete and self.cycle.more_body and self.timer is None:
            self.timer = self.loop.call_later(self.limits.seconds, self.too_slow)

    def eof_received(self) -> bool:
        """The client will send no more: what it sent as a whole is answered, and a part of a request refused."""
        super().eof_received()
        between = self.cycle is None or self.cycle.response_complete
        whole = not between and not self.cycle.more_body
        if whole:
            self.cycle.keep_alive = False
        elif self.head if between else not self.cycle.response_started:
            self.say(400, "the connection was closed before the whole request had come.")
        return whole

    def stop_timer(self) -> None:
        """What was waited for has come."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def stop_writing_timer(self) -> None:
        """The answer was taken, or nobody is there to take it."""
        if self.writing is not None:
            self.writing.cancel()
            self.writing = None

    def too_slow(self) -> None:
        """A request did not come in time."""
        self.timer = None
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()  # it was refused, and the client has been heard out
        else:
            self.say(408, f"the request did not come within {self.limits.seconds:g} seconds.")

    def pause_writing(self) -> None:
        """The client takes its answer slowly, or not at all."""
        super().pause_writing()
        if self.writing is None:
            self.writing = self.loop.call_later(self.limits.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken its answer."""
        self.stop_writing_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing has come for a while after an answer; what the client has not taken by now it will not take."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """What came is not HTTP."""
        self.say(400, "what came is not an HTTP request.")

    def say(self, status: int, sentence: str) -> None:
        """Answer without a request that could be answered, and close."""
        if self.transport.is_closing():
            return
        body: Any = encoded({"error": sentence})
        lines = (
            f"HTTP/1.1 {status} {REASONS[status]}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        )
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        self.transport.close()
