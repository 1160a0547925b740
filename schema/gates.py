"""准入关卡 Gates: the points where an authority or tendering body lets a firm through, and what may be answered.

The next gate is a member of Gate, named in the measures that hold it up (measures.py).
"""

from enum import Enum

from schema.fields import Coded


class Gate(Coded):
    """准入关卡 Where a firm is let through."""

    PROJECT_APPROVAL = ("项目审批", "Project approval", "", "审批", "立项")
    BID = ("投标", "Bidding", "", "招投标", "招标投标")
    FILING = ("备案", "Filing", "", "告知")
    ANNUAL_CHECK = ("年检", "Yearly check", "", "年审", "年度检查")


class GateVerdict(Enum):
    """What a gate is answered; the graver ones come later, and of several reasons the gravest decides.

    UNDETERMINED is no PASS: what is not known, not fresh or not visible to the asker is never read as good.
    """

    PASS = "未见限制情形"
    UNDETERMINED = "无法判断"
    KEY_REVIEW = "重点核查"
    BLOCKED = "依法暂停办理"

    @property
    def gravity(self) -> int:
        """Its place in the order."""
        return list(GateVerdict).index(self)
