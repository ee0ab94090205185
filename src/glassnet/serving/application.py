"""The routes of a service, and the model that they answer with."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from glassnet.errors import GlassnetError, InvalidInput, brief
from glassnet.serving.explain import explained
from glassnet.serving.forecasts import ELSEWHERE, ServedForecaster
from glassnet.serving.guards import BODY, FAULT, Guards, refused_for
from glassnet.serving.messages import Answer, Received, Refused, check_fields, document, kind_of, refusal
from glassnet.serving.metrics import CONTENT_TYPE, Metrics
from glassnet.serving.openapi import openapi
from glassnet.serving.predictions import Predicted
from glassnet.serving.protocols import inference_protocol, mlflow_scoring
from glassnet.serving.protocols.binary_tensors import BinaryPart
from glassnet.serving.served import AnyServed, Served, library_version
from glassnet.serving.settings import Settings
from glassnet.serving.try_page import PAGE, PAGE_HEADERS

SMALL = 16_000  # bytes of a body that is answered at once; larger ones are computed in a thread, one at a time
MODEL = "/v2/models/{name}"

Work = Callable[[AnyServed, Received], Response]
Answering = Callable[[Received], Awaitable[Response]]


class Service:
    """What the routes answer with: the model that is served now, which is replaced as a whole."""

    def __init__(self, served: AnyServed, settings: Settings, worker: int = 0):
        self.served, self.settings, self.limits = served, settings, settings.limits
        self.metrics, self.draining = Metrics(worker), False
        self.thread = ThreadPoolExecutor(1, "glassnet-service")

    def replace(self, served: AnyServed) -> None:
        """Answer with another model from the next request on; those that are being answered keep theirs."""
        self.served = served
        self.metrics.reloads += 1

    def application(self) -> Guards:
        """The ASGI application."""
        app = Starlette(routes=self.routes(), exception_handlers=HANDLERS)
        app.router.redirect_slashes = False
        infer, ready = (f"/v2/models/{self.settings.name}{end}" for end in ("/infer", "/ready"))
        paths = {route.path for route in self.routes() if "{" not in route.path} | {infer, ready}
        return Guards(app, self.settings, self.metrics, frozenset(paths), self.answers())

    def answers(self) -> dict[str, Answering]:
        """What answers a body that is sent to a path, without any parameter in the path."""
        infer = f"/v2/models/{self.settings.name}/infer"
        works: dict[str, Work] = {"/predict": self.predict, infer: self.infer, "/invocations": self.invocations}
        found: dict[str, Answering] = {path: partial(self.answered, work) for path, work in works.items()}
        return found | {"/explain": partial(self.answered, self.explain, large=True)}

    async def answered(self, work: Work, received: Received, large: bool = False) -> Response:
        """The answer to a body, by one and the same model from beginning to end."""
        small = len(received.json) + len(received.tensors) <= SMALL and not isinstance(self.served, ServedForecaster)
        if small and not large:
            return work(self.served, received)
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, self.served, received)

    def routes(self) -> list[Route]:
        """All routes; where they take a body, `answers` comes before them."""
        return [
            *(Route(path, partial(self.of_body, answer), methods=["POST"]) for path, answer in self.answers().items()),
            *self.versions("/infer", partial(self.of_body, partial(self.answered, self.infer)), "POST"),
            *(Route(path, self.health) for path in ("/health", "/ping")),
            Route("/version", self.version),
            Route("/model", self.about),
            Route("/metrics", self.counts),
            Route("/openapi.json", self.openapi),
            Route("/", self.page),
            Route("/v2", self.server),
            *(Route(f"/v2/health/{state}", self.state(state)) for state in ("live", "ready")),
            *self.versions("/ready", self.model_ready),
            *self.versions("", self.metadata),
        ]

    def versions(self, end: str, endpoint: Callable[..., Any], method: str = "GET") -> list[Route]:
        """The routes of the Open Inference Protocol that name the model, with and without a version."""
        return [Route(f"{MODEL}{version}{end}", endpoint, methods=[method]) for version in ("", "/versions/{version}")]

    async def of_body(self, answer: Answering, request: Request) -> Response:
        """An endpoint that answers what is in the body."""
        self.check_model(request, self.served)
        return await answer(request.scope[BODY])

    def check_model(self, request: Request, served: AnyServed) -> None:
        """Refuse a path that names another model, or another version of it."""
        if given := request.path_params:
            check_named(given["name"], given.get("version"), served)

    def document(self, served: AnyServed, body: bytes, most: int | None = None) -> Any:
        """The JSON document in a body."""
        rows = self.limits.rows if most is None else most
        return document(body, self.limits.nesting, rows * served.lists_a_row)

    def predicted(self, served: Served, given: Any, coverage: Any = None) -> Predicted:
        """The predictions, which are counted."""
        found = served.predictions.predict(given, coverage)
        self.metrics.predicted(len(found.predictions), found.unusual)
        return found

    def predict(self, served: AnyServed, received: Received) -> Response:
        """POST /predict."""
        request = self.document(served, received.json)
        if isinstance(served, ServedForecaster):
            forecasts = served.predicted(request, self.limits)
            self.metrics.predicted(len(forecasts["predictions"]), ())
            return Answer(forecasts)
        rows, one, coverage = rows_of(request, ("row", "rows", "coverage"), self.limits.rows)
        answers = self.predicted(served, served.predictions.rows.of_rows(rows), coverage).answers()
        return Answer({**(answers[0] if one else {"predictions": answers}), "model": served.version})

    def explain(self, served: AnyServed, received: Received) -> Response:
        """POST /explain."""
        request = self.document(served, received.json)
        if isinstance(served, ServedForecaster):
            return Answer(served.explained(request, self.limits))
        rows, one, _ = rows_of(request, ("row", "rows"), self.limits.explained)
        found = explained(served, served.predictions.rows.of_rows(rows))
        return Answer({**(found[0] if one else {"explanations": found}), "model": served.version})

    def infer(self, served: AnyServed, received: Received) -> Response:
        """POST /v2/models/NAME/infer."""
        if isinstance(served, ServedForecaster):
            raise Refused(404, ELSEWHERE)
        request = check_fields(self.document(served, received.json), inference_protocol.REQUEST, "the body")
        check_named(request.get("model_name"), request.get("model_version"), served)
        binary = BinaryPart(received.tensors)
        given = inference_protocol.rows_of(request, served.predictions.rows, self.limits.rows, binary)
        return Answer(inference_protocol.response_of(served, request, self.predicted(served, given)))

    def invocations(self, served: AnyServed, received: Received) -> Response:
        """POST /invocations."""
        if isinstance(served, ServedForecaster):
            raise Refused(404, ELSEWHERE)
        given = mlflow_scoring.rows_of(self.document(served, received.json), served.predictions.rows, self.limits.rows)
        return Answer({"predictions": self.predicted(served, given).predictions})

    async def health(self, request: Request) -> Response:
        """Whether the service takes requests: not once it was asked to end."""
        if self.draining:
            return Answer({"status": "ending"}, 503)
        return Answer({"status": "ok"})

    def state(self, name: str) -> Callable[..., Any]:
        """An endpoint of the Open Inference Protocol that says {"live": true}, or "ready"."""

        async def endpoint(request: Request) -> Response:
            good = name == "live" or not self.draining
            return Answer({name: good}, 200 if good else 503)

        return endpoint

    async def model_ready(self, request: Request) -> Response:
        """GET /v2/models/NAME/ready."""
        self.check_model(request, self.served)
        return Answer({"name": self.served.name, "ready": not self.draining}, 503 if self.draining else 200)

    async def metadata(self, request: Request) -> Response:
        """GET /v2/models/NAME."""
        self.check_model(request, self.served)
        if isinstance(self.served, ServedForecaster):
            raise Refused(404, ELSEWHERE)
        return Answer(inference_protocol.model_metadata(self.served))

    async def server(self, request: Request) -> Response:
        """GET /v2."""
        return Answer(inference_protocol.server_metadata())

    async def version(self, request: Request) -> Response:
        """The versions of the library and the model: the hash of its weights."""
        return Answer({"glassnet": library_version(), "model": self.served.name, "weights": self.served.weights})

    async def about(self, request: Request) -> Response:
        """What the model reads and predicts."""
        return Answer(self.served.about)

    async def counts(self, request: Request) -> Response:
        """The counts of this process."""
        text = self.metrics.text(self.served.name, self.served.weights)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        return Answer(openapi(self.served, self.settings))

    async def page(self, request: Request) -> Response:
        """The page to try the model in a browser, which knows nothing of it until it asks."""
        return Response(PAGE, headers=PAGE_HEADERS)


def check_named(name: object, version: object, served: AnyServed) -> None:
    """Refuse the name of another model, or another version of it; None is any."""
    if name not in (None, served.name):
        raise Refused(404, f"there is no model {brief(name)} here; the model is {served.name!r}.")
    if version not in (None, served.version, served.weights):
        raise Refused(404, f"there is no version {brief(version)}; the version is {served.version!r}.")


def rows_of(request: object, known: tuple[str, ...], most: int) -> tuple[list[Any], bool, Any]:
    """(the rows, whether one was asked for by itself, the coverage of intervals) in a document."""
    if (isinstance(request, dict) and not {"row", "rows"} & request.keys()) or not isinstance(request, (dict, list)):
        got = (
            f"an object with {', '.join(map(repr, list(request)[:3])) or 'no fields'}"
            if isinstance(request, dict)
            else kind_of(request)
        )
        raise Refused(400, f'the body must be {{"row": …}} or {{"rows": […]}}, got {got[:200]}.')
    fields = {"rows": request} if isinstance(request, list) else check_fields(request, known, "the body")
    if "row" in fields and "rows" in fields:
        raise Refused(400, 'the body has both "row" and "rows": send one of them.')
    rows = [fields["row"]] if "row" in fields else fields["rows"]
    if not isinstance(rows, list):
        raise Refused(400, f'"rows" must be a list of rows, got {kind_of(rows)}.')
    if not rows:
        raise InvalidInput("there are no rows to predict.")
    if len(rows) > most:
        raise Refused(413, f"there are {len(rows):,} rows, expected {most:,} at most: send several requests.")
    return rows, "row" in fields, fields.get("coverage")


async def refuse(request: Request, error: Exception) -> Response:
    """One sentence for a request that no route takes, or that a route cannot answer."""
    if isinstance(error, HTTPException):
        said = SAID.get(error.status_code, str(error.detail))
        return refusal(Refused(error.status_code, said, error.headers))
    if isinstance(error, (Refused, GlassnetError)):
        return refusal(refused_for(error))
    return refusal(FAULT)  # the error goes on to the guards, which tell it


HANDLERS: dict[Any, Any] = dict.fromkeys((Refused, GlassnetError, HTTPException, Exception), refuse)
SAID = {
    404: "there is nothing at this path; /openapi.json lists what there is.",
    405: "this path takes another method: see the header Allow.",
}
