"""The OpenAPI document of a service: what each path takes and gives, for the columns of its model."""

from typing import Any

from glassnet.network import Network
from glassnet.serving.forecasts import ASKED, ServedForecaster
from glassnet.serving.served import AnyServed, Served, library_version
from glassnet.serving.settings import Settings

Schema = dict[str, Any]
NUMBER, TEXT = {"type": "number"}, {"type": "string"}
TYPES = {"number": ["number", "string", "boolean", "null"], "date": ["string", "null"]}
REFUSALS = {
    "400": "What came cannot be read, or does not fit the model.",
    "401": "A token is asked for.",
    "413": "The body or the number of rows is too large.",
    "415": "The body is not declared as JSON.",
    "503": "Too many requests at the same time, or the service is ending.",
}


def openapi(served: AnyServed, settings: Settings) -> Schema:
    """The whole document, OpenAPI 3.1."""
    if isinstance(served, ServedForecaster):
        paths, schemas = of_forecasts(served, settings)
    else:
        paths, schemas = of_rows(served, settings), {"Row": row_schema(served)}
    found: Schema = {
        "openapi": "3.1.0",
        "info": {"title": f"{served.name}, served by glassnet", "version": served.version},
        "paths": paths,
        "components": {"schemas": {**schemas, "Error": fields({"error": TEXT}, ["error"])}},
    }
    if settings.token is not None:
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
    return found | {"x-glassnet": library_version()}


def of_rows(served: Served, settings: Settings) -> Schema:
    """The paths of a model that predicts row by row."""
    rows, row = {"type": "array", "items": ref("Row"), "maxItems": settings.limits.rows}, ref("Row")
    one_or_many = {"anyOf": [rows, *(fields({name: kind}, [name]) for name, kind in (("row", row), ("rows", rows)))]}
    predict = {"anyOf": [rows, *(with_coverage(each) for each in one_or_many["anyOf"][1:])]}
    infer = f"/v2/models/{served.name}/infer"
    return {
        "/predict": posting("Predict one row or many.", predict, example_of(served)),
        "/explain": posting("Say what each column contributes to a prediction.", one_or_many, example_of(served)),
        infer: posting("Open Inference Protocol, version 2.", {"type": "object"}, None),
        "/invocations": posting("The scoring protocol of MLflow.", {"type": "object"}, None),
        **{path: getting(says) for path, says in GETTING.items()},
    }


def of_forecasts(served: ServedForecaster, settings: Settings) -> tuple[Schema, Schema]:
    """The paths of a forecaster, and the schemas of its rows."""
    about, most = served.about, settings.limits.rows
    lists = {name: {"type": "array", "items": ref(name.capitalize()), "maxItems": most} for name in ASKED}
    more = {"series": {"type": ["string", "number"]}, "step": {"type": "integer", "minimum": 1}}
    needed = ["future"] if about["future"] else []
    predict, explain = fields(lists, needed), fields(lists | more, needed)
    paths = {
        "/predict": posting("Forecast what follows after the rows of a history.", predict, about["example"]),
        "/explain": posting("Say what each part adds to one forecast.", explain, about["example"]),
        **{path: getting(says) for path, says in GETTING.items()},
    }
    return paths, {"History": row_of(served.history.names, about), "Future": row_of(served.future.names, about)}


def row_of(names: tuple[str, ...], about: Schema) -> Schema:
    """A row of a history or of a plan: an object with these columns."""
    of_place = {about["time"]: {"type": ["string", "integer"]}, about["series"]: {"type": ["string", "number"]}}
    number = {"type": ["number", "null"]}
    return {"type": "object", "properties": {name: of_place.get(name, number) for name in names}, "required": [*names]}


GETTING = {
    "/health": "Whether the service takes requests.",
    "/ping": "The same, as MLflow asks it.",
    "/version": "The versions of glassnet and of the model: the hash of its weights.",
    "/model": "What the model reads and predicts.",
    "/metrics": "Counts for Prometheus.",
    "/v2": "Open Inference Protocol: the server.",
    "/v2/health/live": "Open Inference Protocol: whether the server lives.",
    "/v2/health/ready": "Open Inference Protocol: whether it takes requests.",
}


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def fields(properties: Schema, required: list[str]) -> Schema:
    """The schema of an object with these fields and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def with_coverage(schema: Schema) -> Schema:
    """The schema of an object that may ask for intervals."""
    coverage = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    return {**schema, "properties": {**schema["properties"], "coverage": coverage}}


def posting(says: str, schema: Schema, example: Any) -> Schema:
    """A path that takes JSON."""
    content: Schema = {"schema": schema} if example is None else {"schema": schema, "example": example}
    refusals = {status: response(why, ref("Error")) for status, why in REFUSALS.items()}
    body = {"required": True, "content": {"application/json": content}}
    return {"post": {"summary": says, "requestBody": body, "responses": {"200": response("The answer."), **refusals}}}


def getting(says: str) -> Schema:
    """A path that takes nothing."""
    return {"get": {"summary": says, "responses": {"200": {"description": says}}}}


def response(says: str, schema: Schema | None = None) -> Schema:
    """A response of JSON."""
    return {"description": says, "content": {"application/json": {"schema": schema or {"type": "object"}}}}


def row_schema(served: Served) -> Schema:
    """A row: an object with the columns of the model, or a list in their order."""
    if isinstance(served.model, Network):
        n = served.about["input_shape"][0]
        return {"type": "array", "minItems": n, "maxItems": n}
    columns = served.about["columns"]
    names = [column["name"] for column in columns]
    by_name = {"type": "object", "properties": {c["name"]: column_schema(c) for c in columns}, "required": names}
    by_place = {"type": "array", "prefixItems": [column_schema(c) for c in columns], "minItems": len(names)}
    return {"anyOf": [by_name, {**by_place, "maxItems": len(names)}]}


def column_schema(column: Schema) -> Schema:
    """A value of a column; null is a missing one."""
    says = [f"{end} {column[key]}" for key, end in (("low", "from"), ("high", "to")) if key in column]
    if column.get("levels"):
        says.append(f"in training: {', '.join(column['levels'])}")
    types = TYPES.get(column["kind"], ["string", "number", "boolean", "null"])
    return {"type": types, **({"description": " ".join(says)} if says else {})}


def example_of(served: Served) -> Any:
    """A request that works."""
    if isinstance(served.model, Network):
        return None
    return {"row": {column["name"]: column["example"] for column in served.about["columns"]}}
