"""What is written by hand for an object type, beside the fields its kinds have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import graphene

from schema.graphql.enums import Handling
from schema.graphql.parts import listed, one, text

ENTERPRISE = "schema.graphql.dossiers.Enterprise"  # named by place: these types know each other
REVIEWS = "schema.graphql.reviews.ReviewConnection"


def nothing() -> Mapping[str, Any]:
    """No fields, no filters."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Special:
    """Fields and filters are made where they are used, because graphene keeps them in the order of their making.

    A field named like one of the kinds' replaces it. `required` never is empty where all kinds require it.
    """

    description: str
    order: str = "新的在前"
    order_en: str = "latest first"
    fields: Callable[[], Mapping[str, Any]] = nothing
    required: frozenset[str] = frozenset()
    filters: Callable[[], Mapping[str, Any]] = nothing


def employed(holder: Any, zh: str, en: str) -> dict[str, Any]:
    """The person a record is always about, and the firm as employer."""
    return {"holder": one(holder, zh, en, required=True), "employer": one(ENTERPRISE, "聘用企业", "Employer")}


def handling() -> graphene.Argument:
    """Which reviews by what is asked."""
    return graphene.Argument(Handling, description=text("只要这种处置要求的", "Only those that ask for this"))


def review_list(zh: str, en: str) -> graphene.Field:
    """A list of reviews."""
    open_only = graphene.Boolean(description=text("只要未办结（或已办结）的", "Only open (or only decided) ones"))
    return listed(REVIEWS, zh, en, is_open=open_only, handling=handling())
