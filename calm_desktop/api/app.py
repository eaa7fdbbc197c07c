"""The REST door as an application: every call of the table, queries, logins, and the two ways to follow events."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from calm_desktop import __version__
from calm_desktop.api import handbook, logins
from calm_desktop.api.answers import Json, Reply, as_text, read_json, refusal, refused
from calm_desktop.api.calls import BASE, CALLS, Call, example, path_examples
from calm_desktop.api.cometd import Bayeux, as_message
from calm_desktop.api.gate import Gate, origin, written
from calm_desktop.api.limits import Doorway
from calm_desktop.engine.problems import Refused
from calm_desktop.services.access import Unknown
from calm_desktop.services.desk import Desk
from calm_desktop.services.records.querying import MOST_ROWS, Ask, Found, query
from calm_desktop.services.tx import Caller

OLDEST, NEWEST = 50, 67
"""The versions that are listed; any from the oldest on is spoken."""

_BEAT = 15.0
"""Seconds after which a quiet stream says that it is still there."""

_TITLE = "CALM Desktop"
_SECURED: dict[str, Any] = {"security": [{"token": []}]}


def application(desk: Desk, rate: int = 1000) -> FastAPI:
    """The application over a desk; one token may make `rate` requests a second."""
    gate = Gate(desk, rate)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        gate.hub.start()
        gate.working.start()
        yield
        await gate.working.stop()
        await gate.hub.stop()

    # FastAPI's own pages load what they need from the network.
    app = FastAPI(
        title=_TITLE, version=__version__, lifespan=running, redirect_slashes=False, docs_url=None, redoc_url=None
    )
    app.add_middleware(Doorway)
    app.exception_handler(HTTPException)(_no_such_call)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(Exception)(_mistake)
    _add_versions(app)
    _add_queries(app, gate)
    for call in CALLS:
        _add(app, gate, call)
    _add_logins(app, gate)
    _add_events(app, gate)
    _describe_tokens(app)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(handbook.page(app.openapi()))

    return app


async def _no_such_call(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "UNKNOWN_EXCEPTION")
    words = {404: "The requested resource does not exist", 405: "This resource is not called with this method"}
    return JSONResponse([{"errorCode": code, "message": words.get(status, "Not understood"), "fields": []}], status)


async def _not_understood(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [
        {"errorCode": "INVALID_PARAMETER", "message": f"{each['loc'][-1]}: {each['msg']}.", "fields": []}
        for each in error.errors()
    ]
    return JSONResponse(told, 400)


async def _mistake(_: Request, error: Exception) -> Response:
    """What a bug is answered; the server's log has its traceback."""
    words = "The program made a mistake, and nothing was changed. Its log has the details."
    return JSONResponse([{"errorCode": "UNKNOWN_EXCEPTION", "message": words, "fields": []}], 500)


def _add(app: FastAPI, gate: Gate, call: Call) -> None:
    """One call of the table as a path of the application."""

    async def answer(request: Request) -> Response:
        if not _is_version(request):
            return written(refused(refusal("NOT_FOUND", "The requested resource does not exist")))
        if call.changes:
            return await gate.act(request, call)
        return await gate.look(request, call)

    described = example(call) | _SECURED | _path_of(call.path)
    responses = described.pop("responses")
    app.add_api_route(
        call.path,
        answer,
        methods=[call.method],
        summary=call.summary,
        operation_id=call.name,
        response_class=Response,
        status_code=call.status,
        responses={**_ERRORS, **{int(status): value for status, value in responses.items()}},
        openapi_extra=described,
    )


def _path_of(path: str) -> dict[str, Any]:
    """The parts of a path, as the OpenAPI document names them."""
    return {"parameters": [_part_of_path(name) for name in re.findall(r"\{(\w+)\}", path)]}


LISTED = ("object", "action", "act", "results")
"""Parts of a path of which all that can stand there is listed."""


def _part_of_path(name: str) -> dict[str, Any]:
    shown = path_examples()[name]
    schema: dict[str, Any] = {"type": "string"}
    if name in LISTED:
        schema["enum"] = list(shown)
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": shown[0]}


_ERROR = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist", "fields": []}]
_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused; nothing was changed",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}, "example": _ERROR}},
    }
}


def _is_version(request: Request) -> bool:
    match = re.fullmatch(r"v(\d{2,3})\.\d", str(request.path_params.get("version", "v55.0")))
    return match is not None and int(match[1]) >= OLDEST


def _add_versions(app: FastAPI) -> None:
    @app.get("/services/data", summary="The versions that are listed", operation_id="get_versions")
    async def versions() -> list[dict[str, str]]:
        return [
            {"label": f"Version {number}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(OLDEST, NEWEST + 1)
        ]


# -- queries


def _add_queries(app: FastAPI, gate: Gate) -> None:
    async def ask(request: Request) -> Response:
        async def answer() -> Response:
            caller = await gate.caller(request)
            if not _is_version(request):
                raise refusal("NOT_FOUND", "The requested resource does not exist")
            await gate.working.settled(caller)
            locator = request.path_params.get("locator")
            prefix = f"/services/data/{request.path_params['version']}"
            if locator is None:
                text, skip = request.query_params.get("q", ""), 0
            else:
                name, _, place = str(locator).rpartition("-")
                if not place.isdigit() or len(place) > 12:
                    raise refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
                text, skip = gate.cursors.query(name, caller), int(place)
            rows = _batch_size(request.headers.get("sforce-query-options", ""))
            desk = gate.desk.acting_for(caller)
            found: Found = await gate.beside(partial(desk.ask, query, Ask(text, skip, rows)))
            if request.query_params.get("columns", "").casefold() == "true":
                return written(Reply(200, _columns(found)))
            body: dict[str, Any] = {"totalSize": found.total, "done": True, "records": found.records}
            reached = skip + len(found.records)
            if found.records and reached < found.total:
                name = gate.cursors.keep(text, caller) if locator is None else str(locator).rpartition("-")[0]
                body = {
                    "totalSize": found.total,
                    "done": False,
                    "nextRecordsUrl": f"{prefix}/query/{name}-{reached}",
                    "records": found.records,
                }
            return written(Reply(200, body), prefix)

        return await gate.guarded(request, answer)

    shown: Json = {"totalSize": 1, "done": True, "records": [{"attributes": {"type": "Account"}, "Name": "Acme"}]}
    asked = {
        "name": "q",
        "in": "query",
        "required": True,
        "schema": {"type": "string"},
        "example": "SELECT Id FROM Account",
    }
    version, more = _part_of_path("version"), _part_of_path("locator")
    for path, words, parameters in (
        ("/query", "Records that a query in SOQL asks for", [version, asked]),
        ("/queryAll", "The same: nothing is ever deleted", [version, asked]),
        ("/query/{locator}", "The next records of a query", [version, more]),
    ):
        app.add_api_route(
            BASE + path,
            ask,
            methods=["GET"],
            summary=words,
            operation_id="get_" + re.sub(r"\W+", "_", path).strip("_"),
            response_class=Response,
            responses=_ERRORS | {200: {"content": {"application/json": {"schema": {}, "example": shown}}}},
            openapi_extra={"parameters": parameters} | _SECURED,
        )


def _batch_size(options: str) -> int:
    match = re.search(r"batchSize\s*=\s*(\d{1,9})", options)
    return max(1, min(int(match[1]), MOST_ROWS)) if match else MOST_ROWS


def _columns(found: Found) -> dict[str, Any]:
    shown: list[Json] = [
        {
            "aggregate": field is None,
            "apexType": "Id" if field and field.kind.told == "id" else "String",
            "booleanType": field is not None and field.kind.told == "boolean",
            "columnName": name,
            "custom": field is not None and field.own,
            "displayName": name.rpartition(".")[2],
            "foreignKeyName": None,
            "insertable": field is not None and field.create,
            "joinColumns": [],
            "numberType": field is not None and field.kind.told in ("double", "int", "currency"),
            "textType": field is not None and field.kind.told == "string",
            "updatable": field is not None and field.update,
        }
        for name, field in found.columns
    ]
    return {
        "columnMetadata": shown,
        "entityName": found.source,
        "groupBy": False,
        "idSelected": True,
        "keyPrefix": None,
    }


# -- logins


def _add_logins(app: FastAPI, gate: Gate) -> None:
    form = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}

    @app.post(
        "/services/oauth2/token",
        summary="Log in: the token in the place of the password or of the client's secret",
        operation_id="post_oauth2_token",
        responses={400: {"description": "No login"}, "4XX": {"description": "No login"}},
        openapi_extra={"requestBody": form},
    )
    async def grant(request: Request) -> Response:
        token, error = logins.token_in_form(await request.body())
        words = {"invalid_request": "the token is missing", "unsupported_grant_type": "grant type not supported"}
        if token is not None:
            try:
                caller = await gate.caller_of(token)
            except Unknown:
                error, words = "invalid_grant", {"invalid_grant": "authentication failure"}
            except Refused as refusal_:
                return written(refused(refusal_), headers={"Retry-After": "1"})
            else:
                return JSONResponse(logins.granted(caller, token, origin(request)))
        return JSONResponse({"error": error, "error_description": words[error]}, 400)

    @app.post(
        "/services/Soap/u/{version}",
        summary="Log in over SOAP: the token in the place of the password",
        operation_id="post_soap_login",
        response_class=Response,
        responses={500: {"description": "No login, as SOAP tells faults"}},
        openapi_extra={"requestBody": {"content": {"text/xml": {"schema": {"type": "string"}}}}},
    )
    async def soap(request: Request, version: str) -> Response:
        token = logins.token_in_envelope(await request.body())
        try:
            caller = await gate.caller_of(token)
        except Unknown:
            return Response(logins.envelope_of_failure(), 500, media_type="text/xml")
        except Refused as refusal_:
            return written(refused(refusal_), headers={"Retry-After": "1"})
        return Response(logins.envelope(caller, token, origin(request), version), media_type="text/xml")

    async def who(request: Request) -> Response:
        async def answer() -> Response:
            return written(Reply(200, logins.who(await gate.caller(request), origin(request))))

        return await gate.guarded(request, answer)

    for path in ("/services/oauth2/userinfo", "/id/{organization}/{user}"):
        app.add_api_route(
            path,
            who,
            methods=["GET"],
            summary="Who the token is of",
            operation_id="get_" + re.sub(r"\W+", "_", path).strip("_"),
            response_class=Response,
            responses=_ERRORS,
            openapi_extra=_SECURED | _path_of(path),
        )


# -- events


def _add_events(app: FastAPI, gate: Gate) -> None:
    bayeux = Bayeux(gate.hub)

    async def cometd(request: Request) -> Response:
        async def answer() -> Response:
            caller = await gate.caller(request)
            messages = read_json(await request.body())
            if isinstance(messages, dict):
                messages = [messages]
            if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
                raise refusal("JSON_PARSER_ERROR", "Send a JSON array of Bayeux messages.")
            return written(Reply(200, await bayeux.answer(messages, caller)))

        return await gate.guarded(request, answer)

    sent = [{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]
    body = {"content": {"application/json": {"schema": {"type": "array"}, "example": sent}}}
    for number, path in enumerate(("/cometd/{version}", "/cometd/{version}/{word}")):
        app.add_api_route(
            path,
            cometd,
            methods=["POST"],
            summary="Subscribe to events over CometD",
            operation_id=f"post_cometd_{number}",
            response_class=Response,
            responses=_ERRORS,
            openapi_extra={"requestBody": body} | _SECURED | _path_of(path),
        )

    async def stream(request: Request, after: Annotated[int | None, Query(ge=-2)] = None) -> Response:
        async def answer() -> Response:
            caller = await gate.caller(request)
            seen = request.headers.get("last-event-id", "")
            wanted = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
            place = await gate.hub.place_after(-1 if wanted is None else wanted)
            return StreamingResponse(_lines(gate, request, caller, place), media_type="text/event-stream")

        return await gate.guarded(request, answer)

    app.add_api_route(
        "/events",
        stream,
        methods=["GET"],
        summary="Events as a stream, from a replay id on",
        operation_id="get_events",
        response_class=StreamingResponse,
        responses=_ERRORS | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
        openapi_extra=_SECURED,
    )


async def _lines(gate: Gate, request: Request, caller: Caller, place: int) -> AsyncIterator[str]:
    """Events as lines of a stream; it ends when the token opens nothing any more."""
    yield ": events\n\n"
    while True:
        mark = gate.hub.mark
        found = await gate.hub.after(place, caller=caller)
        for event in found:
            place = event.replay_id
            text = as_text(as_message(event)["data"])
            yield f"id: {place}\nevent: {event.name}\ndata: {text}\n\n"
        if not found:
            await gate.hub.news(mark, _BEAT)
            try:
                await gate.caller(request)
            except Refused:
                return
            yield ": still here\n\n"


def _describe_tokens(app: FastAPI) -> None:
    """Say in the OpenAPI document how callers show who they are."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        document.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        return document

    app.openapi = described  # type: ignore[method-assign]
