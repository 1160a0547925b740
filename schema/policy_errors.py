"""Refusals of local policies and their simulation. Add the next one here; schema/errors.py takes them all."""

from schema.error_code import ErrorCode, error_code

POLICY_ERRORS: tuple[ErrorCode, ...] = (
    error_code(
        "POLICY_MUST_STANDS",
        422,
        "规则 {rule} 的核查是必须的，本地政策不能关闭，也不能降低优先级或处置要求",
        "Reviews of {rule} must be done: a local policy neither drops nor lowers them",
        "去掉该项；只想关闭递进而来的，加上 isByPath: true",
        "Leave it out; to drop only what a path of steps leads to, add isByPath: true",
    ),
    error_code(
        "POLICY_CONDITION_IDLE",
        422,
        "规则 {rule} 不会遇到该条件（{value}），本条永不适用",
        "Rule {rule} never meets this condition ({value}); the term would never apply",
        "去掉该条件，或改用：{known}",
        "Leave the condition out, or use: {known}",
    ),
    error_code(
        "POLICY_TERM_UNREACHED",
        422,
        "第 {earlier} 条在前且已包括本条，本条永不适用",
        "Term {earlier} comes before and covers this one, which would never apply",
        "把条件具体的一条移到前面",
        "Move the more particular term before it",
    ),
    error_code(
        "POLICY_REGION_FOREIGN",
        422,
        "区划 {region} 不在本单位辖区内",
        "Division {region} lies outside your jurisdiction",
        "填写辖区内的行政区划代码或其前几位（2 至 6 位）",
        "Use a division within it, or its first digits (2 to 6)",
    ),
    error_code(
        "POLICY_OUT_OF_LIMITS",
        422,
        "该值（{name}）须在 {least} 至 {most} 之间",
        "{name} must be {least} to {most}",
        "改为范围内的值",
        "Choose a value within these limits",
    ),
    error_code(
        "POLICY_BACKDATED",
        422,
        "政策不能自 {day} 以前起施行",
        "A policy cannot take effect before {day}",
        "生效日填今天或以后；想知道过去会怎样，用 policySimulation",
        "Let it begin today or later; to see what it would have done, use policySimulation",
    ),
    error_code(
        "SIMULATION_TOO_LARGE",
        422,
        "所选月份内有超过 {most} 件待推演",
        "There are more than {most} findings in these months",
        "减少月数后重试",
        "Choose fewer months",
    ),
)
