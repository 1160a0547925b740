"""记录类型 The record kinds the hub exchanges, one file each.

Add the next one as a file here, name it in KINDS, and give it rows in tests/spec/kinds.md.
"""

from schema.kinds.appointment import APPOINTMENT
from schema.kinds.assistant_safety_engineer import ASSISTANT_SAFETY_ENGINEER
from schema.kinds.construction_safety_manager import CONSTRUCTION_SAFETY_MANAGER
from schema.kinds.parts import CertificateState, RiskBand
from schema.kinds.project_approval import PROJECT_APPROVAL
from schema.kinds.risk_flag import RISK_FLAG
from schema.kinds.risk_grading import RISK_GRADING
from schema.kinds.safety_management import SAFETY_MANAGEMENT
from schema.kinds.special_operation import SPECIAL_OPERATION
from schema.record import Kind

KINDS: tuple[Kind, ...] = (
    SAFETY_MANAGEMENT,
    SPECIAL_OPERATION,
    CONSTRUCTION_SAFETY_MANAGER,
    ASSISTANT_SAFETY_ENGINEER,
    RISK_GRADING,
    RISK_FLAG,
    PROJECT_APPROVAL,
    APPOINTMENT,
)

BY_NAME = {kind.name: kind for kind in KINDS}

__all__ = ["BY_NAME", "KINDS", "CertificateState", "RiskBand"]
