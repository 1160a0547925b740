"""The same questions the usual way: graphene resolvers, DataLoaders, parsed and validated documents cached.

It is held to what the hub does: the token is checked, a transaction of its own sets who asks for row security, states
heed what any authority did, looking a person up by number is refused to guessers and written down. It is spared the
limits on documents. A new question needs its fields here.
"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Any

import graphene
import orjson
from graphql import DocumentNode, execute, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.engine.filters import person_in_number
from schema.regions import cities_within
from tests.bench.loaders import Context


def status_on(row: Mapping[str, Any], befallen: Mapping[str, Any], day: date) -> str:
    """A certificate's state on a day."""
    reported, due, reviewed = row["reported_status"], row["review_due_on"], row["reviewed_on"]
    if reported not in (None, "VALID", "LAPSED", "TRANSFERRING_OUT"):
        return str(reported)
    if befallen["measure"]:
        return str(befallen["measure"])
    if befallen["is_exchanged"]:
        return "TRANSFERRED_OUT"
    if reported == "TRANSFERRING_OUT":
        return str(reported)
    if row["valid_to"] < day or reported == "LAPSED":
        return "EXPIRED"
    if due and due < day and (reviewed is None or reviewed > day or (due - reviewed).days > 180):
        return "REVIEW_LAPSED"
    return "NOT_YET_VALID" if row["valid_from"] and row["valid_from"] > day else "VALID"


def _column(name: str, sort: Any = graphene.String) -> Any:
    return graphene.Field(sort, resolver=lambda row, _: row[name])


def _loaded(sort: Any, loader: str, column: str) -> Any:
    return graphene.Field(sort, resolver=lambda row, info: getattr(info.context, loader).load(row[column]))


class Named(graphene.ObjectType):
    """An authority."""

    name = _column("name")


class Holder(graphene.ObjectType):
    """A person as printed."""

    name = graphene.String()
    name_masked = _column("name_shown")
    id_number_masked = _column("id_shown")

    def resolve_name(row: Any, info: Any) -> Any:
        """Personal: whose name was read is noted."""
        info.context.note("Holder.name", row["person_id"])
        return row["name"]


class Flag(graphene.ObjectType):
    """A risk flag."""

    category = _column("category")
    severity = _column("band")
    effective_on = _column("effective_on", graphene.Date)
    decision_number = _column("decision_number")
    owner = _loaded(Named, "authorities", "owner_id")


class Grading(graphene.ObjectType):
    """A risk grading."""

    band = _column("band")
    assessed_on = _column("effective_on", graphene.Date)
    legal_basis = _column("legal_basis")
    owner = _loaded(Named, "authorities", "owner_id")


class Flags(graphene.ObjectType):
    """A page of flags."""

    nodes = graphene.List(Flag)


class Enterprise(graphene.ObjectType):
    """A firm."""

    credit_code = _column("credit_code")
    name = _column("name")
    grading = _loaded(Grading, "gradings", "credit_code")
    flags = graphene.Field(Flags, is_current=graphene.Boolean(), first=graphene.Int(required=True))

    async def resolve_flags(row: Any, info: Any, first: int, is_current: bool | None = None) -> Any:
        """Flags, those that stand or all."""
        found = await info.context.flags.load(row["credit_code"])
        day = info.context.day
        standing = [
            one
            for one in found
            if is_current is None or (one["lifted_on"] is None or one["lifted_on"] > day) is is_current
        ]
        return {"nodes": standing[:first]}


class Certificate(graphene.ObjectType):
    """A certificate."""

    kind = _column("kind")
    number = _column("number_shown")
    status = graphene.String()
    valid_to = _column("valid_to", graphene.Date)
    issuer_name = _column("issuer_name")
    employer_name = _column("employer_name")
    holder = graphene.Field(Holder, resolver=lambda row, _: row)
    employer = _loaded(Enterprise, "enterprises", "credit_code")
    owner = _loaded(Named, "authorities", "owner_id")

    async def resolve_status(row: Any, info: Any) -> str:
        """With what was done to it."""
        return status_on(row, await info.context.befallen.load(row["record_id"]), info.context.day)


class PageInfo(graphene.ObjectType):
    """Where a page ends."""

    has_next_page = _column("has_next_page", graphene.Boolean)
    end_cursor = _column("end_cursor")


class Certificates(graphene.ObjectType):
    """A page of certificates."""

    nodes = graphene.List(Certificate)
    page_info = graphene.Field(PageInfo)


class Appointment(graphene.ObjectType):
    """A post."""

    post = _column("post")
    employer_name = _column("employer_name")
    appointed_on = _column("valid_from", graphene.Date)
    owner = _loaded(Named, "authorities", "owner_id")


class Appointments(graphene.ObjectType):
    """A page of posts."""

    nodes = graphene.List(Appointment)


class Person(graphene.ObjectType):
    """A person's file."""

    name_masked = _column("name_shown")
    id_number_masked = _column("id_shown")
    certificates = graphene.Field(Certificates, first=graphene.Int(required=True))
    appointments = graphene.Field(Appointments, first=graphene.Int(required=True))

    async def resolve_certificates(row: Any, info: Any, first: int) -> Any:
        """The person's certificates."""
        return {"nodes": (await info.context.certificates.load(tuple(row["ids"])))[:first]}

    async def resolve_appointments(row: Any, info: Any, first: int) -> Any:
        """The person's posts."""
        return {"nodes": (await info.context.appointments.load(tuple(row["ids"])))[:first]}


class CertificateBy(graphene.InputObjectType):
    """How to name a certificate."""

    number = graphene.String()


class PersonBy(graphene.InputObjectType):
    """How to name a person."""

    id = graphene.ID()


class Query(graphene.ObjectType):
    """What can be asked."""

    certificate = graphene.Field(Certificate, by=CertificateBy(required=True))
    person = graphene.Field(Person, by=PersonBy(required=True))
    enterprise = graphene.Field(Enterprise, credit_code=graphene.String(required=True))
    certificates = graphene.Field(
        Certificates,
        region=graphene.String(required=True),
        expiring_within_days=graphene.Int(required=True),
        first=graphene.Int(required=True),
    )

    async def resolve_certificate(root: Any, info: Any, by: Any) -> Any:
        """By number; a personal query where the number is a person's own."""
        context = info.context
        sought = person_in_number(by["number"], context.keys)
        if sought:
            await context.refuse_guessing()
        rows = await context.rows("certificate", context.keys.join_hash("number", by["number"]))
        if sought:
            context.note("Certificate.id", *(row["person_id"] for row in rows), sought=None if rows else sought)
        return dict(rows[0]) if rows else None

    async def resolve_person(root: Any, info: Any, by: Any) -> Any:
        """By id; a personal query."""
        rows = await info.context.rows("person", by["id"])
        info.context.note("Person.id", *(row["person_id"] for row in rows))
        return dict(rows[0]) if rows else None

    async def resolve_enterprise(root: Any, info: Any, credit_code: str) -> Any:
        """By credit code."""
        return await info.context.enterprises.load(credit_code)

    async def resolve_certificates(root: Any, info: Any, region: str, expiring_within_days: int, first: int) -> Any:
        """A page, by end day."""
        context, cities = info.context, list(cities_within(region))
        rows = await context.rows("certificates", cities, context.day, expiring_within_days, first + 1)
        nodes = [dict(row) for row in rows[:first]]
        return {"nodes": nodes, "page_info": {"has_next_page": len(rows) > first, "end_cursor": _cursor(nodes)}}


def _cursor(nodes: list[dict[str, Any]]) -> str | None:
    if not nodes:
        return None
    return base64.b64encode(json.dumps([str(nodes[-1]["valid_to"]), str(nodes[-1]["record_id"])]).encode()).decode()


Opening = Callable[[str, Mapping[str, Any]], AbstractAsyncContextManager[Context]]


def build_usual(opened: Opening) -> Starlette:
    """The application; `opened` makes a request's context from its Authorization header and its extensions."""
    schema: Any = graphene.Schema(query=Query).graphql_schema
    known: dict[str, DocumentNode] = {}

    async def answer(request: Request) -> Response:
        sent = orjson.loads(await request.body())
        document = known.get(sent["query"])
        if document is None:
            document = parse(sent["query"])
            if errors := validate(schema, document):
                return Response(
                    orjson.dumps({"errors": [error.message for error in errors]}), media_type="application/json"
                )
            known[sent["query"]] = document
        async with opened(request.headers["authorization"], sent.get("extensions") or {}) as shared:
            result = execute(schema, document, context_value=shared, variable_values=sent.get("variables"))
            found = await result if isinstance(result, Awaitable) else result
            await shared.write_down()
        broken = {"errors": [str(error) for error in found.errors]} if found.errors else {}
        return Response(orjson.dumps({"data": found.data, **broken}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
