"""Running a service: where it listens, its processes, and the signals that end it or replace its model."""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from types import FrameType
from typing import Any

import uvicorn

from glassnet.errors import GlassnetError, InvalidInput
from glassnet.serving.application import Service
from glassnet.serving.connections import connections_of
from glassnet.serving.served import AnyServed, load_served
from glassnet.serving.settings import Settings
from glassnet.serving.web_server import quiet_config

ENDING = ("SIGINT", "SIGTERM", "SIGBREAK")
RELOADING = "SIGHUP"
BACKLOG = 1024
TICK = 0.5  # seconds between two looks at the workers
PATIENCE = 60.0  # seconds that a worker may take to start


def serve(settings: Settings) -> None:
    """Serve a model until a signal asks for the end; all that cannot work is said before anything listens."""
    served = load_served(settings.model, settings.name)
    with listening(settings) as place:
        host, port = place.getsockname()[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if settings.workers == 1:
            work(Service(served, settings), place, lambda: tell_start(served, where))
        else:
            del served  # each worker has its own
            Workers(settings, place).run(
                lambda: tell(f"serving {settings.name} on http://{where} by {settings.workers} processes")
            )


def tell(sentence: str) -> None:
    """Say something to whoever runs the service."""
    with contextlib.suppress(OSError, AttributeError):
        print(f"glassnet: {sentence}", file=sys.stderr, flush=True)


def tell_start(served: AnyServed, where: str) -> None:
    """Say that the service listens."""
    tell(f"serving {served.name} (weights {served.version}) on http://{where}")


def listening(settings: Settings) -> socket.socket:
    """The socket on which a service listens; InvalidInput where it cannot."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise InvalidInput(
            f"cannot listen on port {settings.port} of {settings.host}: {reason}. --port takes another, or 0 for any."
        ) from None


def server_of(service: Service, started: Any = None) -> "Server":
    """The server of a service in this process."""
    limits = service.limits
    config = quiet_config(
        service.application(),
        http=connections_of(limits),
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=limits.idle,
        timeout_graceful_shutdown=limits.drain,
    )
    return Server(config, service, started)


def work(service: Service, place: socket.socket, started: Any = None) -> None:
    """Serve in this process until it is asked to end; requests that have come by then are answered."""
    server_of(service, started).run(sockets=[place])
    service.thread.shutdown(wait=False, cancel_futures=True)


class Server(uvicorn.Server):
    """Uvicorn's server, which replaces the model on SIGHUP and ends in order on SIGTERM and SIGINT."""

    def __init__(self, config: uvicorn.Config, service: Service, started: Any = None):
        super().__init__(config)
        self.service, self.begun, self.reloading = service, started, threading.Lock()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.begun is not None:
            self.begun()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear signals; those before it are heard again afterwards, and none is repeated, as the end was orderly."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with heard({**dict.fromkeys(ENDING, self.handle_exit), RELOADING: self.reload}):
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order; at once where that is asked for a second time."""
        self.force_exit = self.should_exit
        self.should_exit = self.service.draining = True

    def reload(self, sig: int = 0, frame: FrameType | None = None) -> None:
        """Replace the model, in a thread: it answers until the new one is ready, and further if that is not a model."""
        threading.Thread(target=self.replace_model, daemon=True, name="glassnet-reload").start()

    def replace_model(self) -> None:
        """Read the model file again."""
        with self.reloading:
            settings = self.service.settings
            try:
                served = load_served(settings.model, settings.name)
            except (GlassnetError, OSError, MemoryError) as error:
                tell(f"the model is not replaced: {error}")
                return
            self.service.replace(served)
            tell(f"the model is replaced (weights {served.version})")


@contextlib.contextmanager
def heard(handlers: dict[str, Any]) -> Iterator[None]:
    """Call these on signals, as far as the system has them; afterwards all is as before."""
    known = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, handler) for number, handler in known.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


class Workers:
    """Several processes that listen on one socket and share nothing else; one that dies is started again."""

    def __init__(self, settings: Settings, place: socket.socket):
        self.settings, self.place = settings, place
        self.context = multiprocessing.get_context("spawn")
        self.ending = False
        self.running: dict[int, tuple[Any, Any]] = {}

    def run(self, started: Any) -> None:
        """Run until a signal asks for the end."""
        os.environ.setdefault("GLASSNET_THREADS", "1")  # of each worker
        with heard({**dict.fromkeys(ENDING, self.end), RELOADING: self.reload}):
            for number in range(self.settings.workers):
                self.start(number)
            if self.all_ready():
                started()
            while not self.ending:
                self.look_after()
            self.stop()

    def start(self, number: int) -> None:
        """Start a worker."""
        ready = self.context.Event()
        process = self.context.Process(target=run_worker, args=(self.settings, number, self.place, ready), daemon=True)
        process.start()
        self.running[number] = process, ready

    def all_ready(self) -> bool:
        """Wait until all workers listen; InvalidInput where one cannot start."""
        end = time.monotonic() + PATIENCE
        while not self.ending and not all(ready.is_set() for _, ready in self.running.values()):
            if time.monotonic() > end or any(process.exitcode is not None for process, _ in self.running.values()):
                self.stop()
                raise InvalidInput("a process of the service could not start; what it said is above.")
            time.sleep(0.05)
        return not self.ending

    def look_after(self) -> None:
        """Start those again that have died."""
        wait([process.sentinel for process, _ in self.running.values()], TICK)
        for number, (process, _) in [*self.running.items()]:
            if not self.ending and process.exitcode is not None:
                tell(f"process {process.pid} of the service has died (status {process.exitcode}) and is started again")
                self.start(number)

    def end(self, number: int, frame: FrameType | None) -> None:
        """A signal asks for the end; a second one does not wait."""
        if self.ending:
            for process, _ in self.running.values():
                process.kill()
        self.ending = True

    def reload(self, number: int, frame: FrameType | None) -> None:
        """Let each worker replace its model; one that starts reads the new file anyway."""
        for process, ready in self.running.values():
            if process.is_alive() and ready.is_set() and process.pid is not None:
                os.kill(process.pid, number)

    def stop(self) -> None:
        """Ask all workers to end, and wait until they have."""
        for process, _ in self.running.values():
            process.terminate()
        end = time.monotonic() + self.settings.limits.drain + 5
        for process, _ in self.running.values():
            process.join(max(0.1, end - time.monotonic()))
            if process.is_alive():
                process.kill()


def run_worker(settings: Settings, number: int, place: socket.socket, ready: Any) -> None:
    """What each worker runs."""
    try:
        service = Service(load_served(settings.model, settings.name), settings, number)
    except GlassnetError as error:
        tell(str(error))
        sys.exit(1)
    threading.Thread(target=end_with_parent, daemon=True, name="glassnet-parent").start()
    work(service, place, ready.set)


def end_with_parent() -> None:
    """A worker whose parent was killed ends too, or it would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        signal.raise_signal(signal.SIGTERM)
