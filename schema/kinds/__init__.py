"""记录类型 The record kinds the hub exchanges, one file each.

Add the next one as a file here, name it in KINDS, and give it rows in tests/spec/kinds.md.
"""

from schema.kinds.appointment import APPOINTMENT
from schema.kinds.assessment_institution import ASSESSMENT_INSTITUTION
from schema.kinds.assessment_result import ASSESSMENT_RESULT
from schema.kinds.assistant_safety_engineer import ASSISTANT_SAFETY_ENGINEER
from schema.kinds.bid import BID
from schema.kinds.certificate_action import CERTIFICATE_ACTION
from schema.kinds.construction_safety_manager import CONSTRUCTION_SAFETY_MANAGER
from schema.kinds.construction_special_operation import CONSTRUCTION_SPECIAL_OPERATION
from schema.kinds.enterprise_profile import ENTERPRISE_PROFILE
from schema.kinds.filing import FILING
from schema.kinds.hidden_danger import HIDDEN_DANGER
from schema.kinds.inspection import INSPECTION
from schema.kinds.intermediate_safety_engineer import INTERMEDIATE_SAFETY_ENGINEER
from schema.kinds.investigation import INVESTIGATION
from schema.kinds.major_hazard_source import MAJOR_HAZARD_SOURCE
from schema.kinds.parts import CertificateState, RiskBand
from schema.kinds.penalty import PENALTY
from schema.kinds.permit_action import PERMIT_ACTION
from schema.kinds.project_approval import PROJECT_APPROVAL
from schema.kinds.risk_flag import RISK_FLAG
from schema.kinds.risk_grading import RISK_GRADING
from schema.kinds.safety_management import SAFETY_MANAGEMENT
from schema.kinds.safety_production_permit import SAFETY_PRODUCTION_PERMIT
from schema.kinds.serious_dishonesty import SERIOUS_DISHONESTY
from schema.kinds.site import SITE
from schema.kinds.special_operation import SPECIAL_OPERATION
from schema.kinds.succession import SUCCESSION
from schema.kinds.training import TRAINING
from schema.record import Kind

KINDS: tuple[Kind, ...] = (
    SAFETY_MANAGEMENT,
    SPECIAL_OPERATION,
    CONSTRUCTION_SAFETY_MANAGER,
    CONSTRUCTION_SPECIAL_OPERATION,
    INTERMEDIATE_SAFETY_ENGINEER,
    ASSISTANT_SAFETY_ENGINEER,
    SAFETY_PRODUCTION_PERMIT,
    ASSESSMENT_INSTITUTION,
    RISK_GRADING,
    MAJOR_HAZARD_SOURCE,
    INSPECTION,
    RISK_FLAG,
    SERIOUS_DISHONESTY,
    HIDDEN_DANGER,
    PERMIT_ACTION,
    PENALTY,
    CERTIFICATE_ACTION,
    INVESTIGATION,
    PROJECT_APPROVAL,
    BID,
    SITE,
    FILING,
    APPOINTMENT,
    TRAINING,
    ASSESSMENT_RESULT,
    ENTERPRISE_PROFILE,
    SUCCESSION,
)

BY_NAME = {kind.name: kind for kind in KINDS}

__all__ = ["BY_NAME", "KINDS", "CertificateState", "RiskBand"]
