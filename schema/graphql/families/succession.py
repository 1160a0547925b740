"""企业沿革: the firm before, with what stands against it."""

from schema.graphql.families.special import ENTERPRISE, Special
from schema.graphql.parts import one, text

SUCCESSION = Special(
    description=text(
        "企业沿革：经人工核实，原企业变更为现企业", "Succession between firms, confirmed by a person at an authority."
    ),
    fields=lambda: {"predecessor": one(ENTERPRISE, "原企业（其标记、处罚等仍记在其名下）", "The firm before")},
)
