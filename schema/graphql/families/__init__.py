"""What no record kind can say of its GraphQL type: states computed for a day, persons and firms, reviews, filters.

A family of types is a module here; name a new special in SPECIALS, its SQL goes into exchange/engine/families.py.
"""

from collections.abc import Mapping

from schema.graphql.families.certificate import CERTIFICATE
from schema.graphql.families.flag import RISK_FLAG
from schema.graphql.families.grading import RISK_GRADING
from schema.graphql.families.permit import PERMIT
from schema.graphql.families.presence import APPOINTMENT, MATTER
from schema.graphql.families.special import Special
from schema.graphql.families.succession import SUCCESSION

SPECIALS: Mapping[str, Special] = {
    "Certificate": CERTIFICATE,
    "Appointment": APPOINTMENT,
    "RiskGrading": RISK_GRADING,
    "RiskFlag": RISK_FLAG,
    "Matter": MATTER,
    "Permit": PERMIT,
    "Succession": SUCCESSION,
}
