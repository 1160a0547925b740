"""What is refused of a recognition rule (互认规则) or an agreement (互认协议). Part of ERRORS in errors.py."""

from schema.error_code import ErrorCode, error_code

RULE_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "RULE_NATION_WIDE",
        422,
        "此类证书全国通用，地方不得另行规定（{rules}）",
        "This kind is valid nation-wide; no place may narrow that ({rules})",
        "从规则中删去该类证书；对本地所发证书可用失效规则（IR）",
        "Leave the kind out; of your own certificates an IR rule may speak",
    ),
    error_code(
        "RULE_TOO_SOON",
        422,
        "规则须在生效前至少 48 小时公布，最早自 {earliest} 起生效",
        "A rule is published at least 48 hours before it counts; the earliest day is {earliest}",
        "推迟生效日",
        "Choose a later day",
    ),
    error_code(
        "RULE_TOO_EARLY",
        422,
        "认可规则至多提前 14 天公布，最迟自 {latest} 起生效",
        "A rule of acceptance is published at most 14 days ahead; the latest day is {latest}",
        "临近生效时再公布",
        "Publish it nearer to that day",
    ),
    error_code(
        "RULE_OUT_OF_LIMITS",
        422,
        "该值（{name}）须在 {least} 至 {most} 之间",
        "{name} must be {least} to {most}",
        "改为范围内的值",
        "Choose a value within these limits",
    ),
    error_code(
        "RULE_SIMULATION_TOO_LARGE",
        422,
        "规则涉及超过 {most} 本证书，不能一次推演",
        "The draft speaks of more than {most} certificates",
        "缩小发证地、证书类型或行业后分次推演",
        "Simulate it by issuing division, kind or industry",
    ),
    error_code(
        "AGREEMENT_MEMBER_UNKNOWN",
        422,
        "协议成员 {slug} 未接入，或重复列出",
        "Member {slug} is no tenant of this hub, or is named twice",
        "核对接入单位标识",
        "Check the name of the tenant",
    ),
    error_code(
        "AGREEMENT_MEMBER_DROPPED",
        422,
        "现有成员 {slug} 未列出",
        "{slug} takes part and is not named",
        "退出的成员也要列出，并注明最后一日（until）",
        "Name a member that leaves too, with its last day (until)",
    ),
    error_code(
        "AGREEMENT_FULL_FOREIGN",
        422,
        "只有监管部门能互相共享，其他单位只读",
        "Authorities alone share with each other; others read",
        "参与方式改为 READ_ONLY",
        "Let it take part as READ_ONLY",
    ),
    error_code(
        "CROSS_BORDER_PERSON",
        403,
        "境外（港澳台）接入单位只交换企业信息，不交换个人信息",
        "Across the border (Hong Kong, Macau, Taiwan) facts of enterprises are exchanged, none of persons",
        "只报送企业类记录",
        "Publish records of enterprises only",
    ),
)
