"""待办: how the list of reviews is narrowed. The next way is an argument here and a line of REVIEWS in
exchange/engine/filters.py.
"""

import graphene

from schema.graphql.enums import ReviewPriority, ReviewState
from schema.graphql.parts import string, text


def _whether(zh: str, en: str) -> graphene.Boolean:
    return graphene.Boolean(description=text(zh, en))


DESK = {
    "is_open": _whether("只要未办结（或已办结）的", "Only open (or only decided) ones"),
    "is_overdue": _whether("只要超期（或未超期）的", "Only overdue (or only other) ones"),
    "mine": _whether("只要本单位承办（或他人承办）的", "Only those on your desk (or only others)"),
    "caused_by_me": _whether("只要因本单位记录而起（或其他）的", "Only those your records caused (or only others)"),
    "asks_me": _whether(
        "只要有提问待本单位答复（或没有）的", "Only those with a question you have not answered (or only others)"
    ),
    "state": graphene.List(
        graphene.NonNull(ReviewState), description=text("只要这些状态的", "Only those in these states")
    ),
    "priority": graphene.Argument(ReviewPriority, description=text("优先级", "Priority")),
    "rule": string("触发规则（triggerRules 列出）", "Trigger rule, as triggerRules lists them"),
    "assignee": string("经办人账号", "Officer it is assigned to"),
    "credit_code": string("统一社会信用代码", "Unified social credit code"),
    "decision_number": string(
        "起因的决定书文号（空格、全半角与括号写法不限）",
        "Decision number of a cause, compared without blanks, width or sort of brackets",
    ),
}
