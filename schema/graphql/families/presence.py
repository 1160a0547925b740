"""在本地的事项: appointments of persons, matters of firms."""

from collections.abc import Mapping
from typing import Any

from schema.graphql.families.special import Special, employed
from schema.graphql.parties import Holder
from schema.graphql.parts import string, text


def _appointment() -> Mapping[str, Any]:
    return {**employed(Holder, "任职人员", "The person appointed"), "post": string("岗位", "Post")}


APPOINTMENT = Special(
    description=text("任职", "A person's appointment to a post at a firm."),
    fields=_appointment,
)
MATTER = Special(
    description=text(
        "项目审批事项",
        "A matter of an enterprise at an authority: the presence that makes flags elsewhere count here.",
    ),
    required=frozenset({"creditCode"}),
)
