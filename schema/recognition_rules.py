"""Recognition rules that hold in the whole country, as data: no place may ask for a second examination (全国通用).

Add the next one to NATIONAL_RULES under a fresh NR number; a change of the law is a new version, never an edit.
Texts marked 待核 await a check against the official text. 初级注册安全工程师 and 安全生产知识和管理能力考核合格证 have
no nation-wide rule: there the place of use decides and publishes its own (AR-...).
"""

from datetime import date

from schema.recognition import NATIONAL, BasisType, Mode, RecognitionRule

# Hong Kong (81), Macau (82) and Taiwan (71) are left out on purpose: the mainland's rules do not bind there.
MAINLAND = (
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
)  # fmt: skip

SPECIAL_OPERATION = RecognitionRule(
    identifier="NR-000000-0001",
    version=1,
    owner_region=NATIONAL,
    kinds=("SPECIAL_OPERATION",),
    issuing_prefixes=MAINLAND,
    host_prefixes=MAINLAND,
    mode=Mode.DIRECT,
    basis_type=BasisType.NATIONAL_RULE,
    basis="《特种作业人员安全技术培训考核管理规定》（原安全监管总局令第30号）第十九条（待核）；国务院令第716号第十条",
    valid_from=date(2010, 7, 1),
    text_zh="特种作业操作证全国通用，各地不得要求重新考核",
    text_en="The special operation certificate is valid nation-wide; no place may ask for a second examination",
)

CONSTRUCTION_SAFETY_MANAGER = RecognitionRule(
    identifier="NR-000000-0002",
    version=1,
    owner_region=NATIONAL,
    kinds=("CONSTRUCTION_SAFETY_MANAGER",),
    issuing_prefixes=MAINLAND,
    host_prefixes=MAINLAND,
    mode=Mode.DIRECT,
    basis_type=BasisType.NATIONAL_RULE,
    basis="《建筑施工企业主要负责人、项目负责人和专职安全生产管理人员安全生产管理规定》（住房城乡建设部令第17号）（待核）；国务院令第716号第十条",
    requires_same_employer=True,
    valid_from=date(2014, 9, 1),
    text_zh="安管人员考核合格证书在受聘企业全国有效，与受聘企业绑定",
    text_en="The construction safety certificate is valid nation-wide with the employer it is bound to",
    follow_up_zh="同省换企业的在发证机关办理变更；到外省企业的先转出，再在转入省换发新证",
    follow_up_en="Within the province change the employer at the issuer; to another province transfer out, then in",
)

CONSTRUCTION_SAFETY_MANAGER_MOVE = RecognitionRule(
    identifier="NR-000000-0003",
    version=1,
    owner_region=NATIONAL,
    kinds=("CONSTRUCTION_SAFETY_MANAGER",),
    issuing_prefixes=MAINLAND,
    host_prefixes=MAINLAND,
    mode=Mode.TRANSFER,
    basis_type=BasisType.NATIONAL_RULE,
    basis="全国工程质量安全监管信息平台安管人员证书转出、转入业务（ZWFW C 0317-2022）；住房城乡建设部令第17号（待核）",
    for_move_only=True,
    valid_from=date(2014, 9, 1),
    text_zh="到外省企业任职的，办理转出、转入换发新证，不重新考核",
    text_en="On moving to a firm in another province the certificate is transferred and exchanged, without examination",
    follow_up_zh="在原发证省办理转出，再在转入省凭原证书编号和关联证照标识办理转入，核发新证后原证失去效力",
    follow_up_en="Transfer out where it was issued, then in at the new province with the old certificate number and "
    "identifier; the old certificate ends when the new one is issued",
)

INTERMEDIATE_SAFETY_ENGINEER = RecognitionRule(
    identifier="NR-000000-0004",
    version=1,
    owner_region=NATIONAL,
    kinds=("INTERMEDIATE_SAFETY_ENGINEER",),
    issuing_prefixes=MAINLAND,
    host_prefixes=MAINLAND,
    mode=Mode.DIRECT,
    basis_type=BasisType.NATIONAL_RULE,
    basis="《注册安全工程师职业资格制度规定》（待核）；国务院令第716号第十条",
    requires_same_employer=True,
    valid_from=date(2019, 3, 1),
    text_zh="中级注册安全工程师全国有效，在注册单位执业",
    text_en="The intermediate registered safety engineer is valid nation-wide, at the unit of registration",
    follow_up_zh="换单位的办理变更注册",
    follow_up_en="On a change of employer, change the registration",
)

CONSTRUCTION_SPECIAL_OPERATION = RecognitionRule(
    identifier="NR-000000-0005",
    version=1,
    owner_region=NATIONAL,
    kinds=("CONSTRUCTION_SPECIAL_OPERATION",),
    issuing_prefixes=MAINLAND,
    host_prefixes=MAINLAND,
    mode=Mode.DIRECT,
    basis_type=BasisType.NATIONAL_RULE,
    basis="《建筑施工特种作业人员管理规定》（建质〔2008〕75号，全国通用待核）；国务院令第716号第十条（电子证照）",
    valid_from=date(2008, 6, 1),
    text_zh="建筑施工特种作业操作资格证书全国通用，各地不得要求重新考核",
    text_en="The construction special operation certificate is valid nation-wide; no place may ask for a second exam",
)

NATIONAL_RULES: tuple[RecognitionRule, ...] = (
    SPECIAL_OPERATION,
    CONSTRUCTION_SAFETY_MANAGER,
    CONSTRUCTION_SAFETY_MANAGER_MOVE,
    INTERMEDIATE_SAFETY_ENGINEER,
    CONSTRUCTION_SPECIAL_OPERATION,
)


def governing(rule: RecognitionRule, day: date) -> tuple[RecognitionRule, ...]:
    """Nation-wide rules in force on or after a day for a kind and places this local rule speaks of (上位法)."""
    return tuple(
        one
        for one in NATIONAL_RULES
        if set(one.kinds) & set(rule.kinds)
        and (one.valid_to is None or day <= one.valid_to)
        and _meet(one.issuing_prefixes, rule.issuing_prefixes)
        and _meet(one.host_prefixes, rule.host_prefixes)
    )


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether a division may begin with a prefix of both."""
    return any(one.startswith(other) or other.startswith(one) for one in some for other in others)
