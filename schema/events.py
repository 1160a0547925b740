"""事件 Events: what the hub announces. Payloads hold ids, codes and dates only, never a name or a number of a person.

Add an event type to EVENTS; `audience` is the widest circle that may hear of it, the record's own may be narrower.
"""

from dataclasses import dataclass

from schema.record import Audience


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One type of announcement, `<subject>.<pastTense>`."""

    name: str
    zh: str
    en: str
    audience: Audience
    raised_zh: str
    raised_en: str


def _event(name: str, zh: str, en: str, audience: Audience, raised_zh: str, raised_en: str) -> EventType:
    return EventType(name=name, zh=zh, en=en, audience=audience, raised_zh=raised_zh, raised_en=raised_en)


EVENTS: tuple[EventType, ...] = (
    _event("credential.ingested", "证书入库", "Certificate received", Audience.SUBJECT,
           "首次收到一张证书，或其内容有变化", "A certificate arrives for the first time, or with changed content"),
    _event("credential.statusChanged", "证书状态变更", "Certificate status changed", Audience.SUBJECT,
           "发证机关报送的状态与上一次不同（暂扣、撤销、注销、吊销、转出、恢复有效等）",
           "The status reported by the issuer differs from the one before"),
    _event("credential.expired", "证书到期", "Certificate expired", Audience.SUBJECT,
           "有效期最后一日已过（当日仍有效，北京时间）",
           "The last day of validity has passed; that day itself was valid"),
    _event("credential.reviewLapsed", "逾期未复审", "Review lapsed", Audience.SUBJECT,
           "应复审日期已过而没有复审记录，证书有效期可能尚未届满",
           "The review was due and is not recorded, although the certificate may not have ended"),
    _event("riskBand.changed", "风险等级变更", "Risk band changed", Audience.SUBJECT,
           "企业安全风险等级首次评定、升级或降级", "A firm's risk band is set for the first time, raised or lowered"),
    _event("riskFlag.raised", "风险标记列入", "Risk flag raised", Audience.PARTNER,
           "认定机关发布一条风险标记（如列入严重失信主体名单）", "An authority publishes a risk flag on a firm"),
    _event("riskFlag.lifted", "风险标记移出", "Risk flag lifted", Audience.PARTNER,
           "认定机关解除风险标记；收到过列入通知的各方须停止使用",
           "The authority lifts the flag; all who heard of it must stop using it"),
    _event("adverseAction.imposed", "作出证书处理", "Action on a certificate imposed", Audience.SUBJECT,
           "处理机关暂扣、吊销或撤销一张证书（不论是否由其发证）",
           "An authority, the issuer or not, suspends, revokes or rescinds a certificate"),
    _event("adverseAction.lifted", "解除证书处理", "Action on a certificate lifted", Audience.SUBJECT,
           "处理机关发还证书或解除处理；收到过通报的各方须停止使用",
           "The authority returns the certificate or lifts the action; all who heard of it must stop using it"),
    _event("presence.recorded", "本地事项登记", "Presence recorded", Audience.SUBJECT,
           "登记企业在本地的审批、投标（仅本机关可见）、备案、场所，或人员在本地的任职",
           "A firm's approval or bid (for its owner alone), filing or site, or a person's appointment is recorded"),
    _event("review.opened", "重点核查开启", "Review opened", Audience.OWNER,
           "异地的通报触发了本机关的重点核查任务", "An announcement from elsewhere opens a review at this authority"),
    _event("review.decided", "重点核查办结", "Review decided", Audience.PARTNER,
           "核查机关作出结论并说明理由", "The reviewing authority decides, with its reason"),
    _event("review.causeLifted", "核查原因已解除", "Cause of a review lifted", Audience.OWNER,
           "触发核查的风险标记已移出，或证书处理已解除",
           "The flag, or the action on a certificate, that caused the review has been lifted"),
    _event("review.causeChanged", "核查原因有变更", "Cause of a review changed", Audience.OWNER,
           "触发核查的风险标记的严重程度已更正", "The severity of the flag that caused the review was corrected"),
    _event("review.dueChanged", "核查时限变更", "Due day of a review changed", Audience.OWNER,
           "当年节假日安排公布后，原按周一至周五推定的时限已重新计算",
           "A due day guessed Monday to Friday was counted anew once the calendar of the year was loaded"),
    _event("record.withdrawn", "记录停止共享", "Record withdrawn", Audience.PARTNER,
           "来源机关缩小了记录的共享范围；收到过而今后看不到它的各方须停止使用",
           "The source narrowed who may read the record; those left out must stop using it"),
    _event("record.revised", "记录更新", "Record revised", Audience.PARTNER,
           "来源机关更新记录，其他事件未涉及所变内容", "The source has news of a record that no other event tells"),
    _event("report.corrected", "通报更正", "Report corrected", Audience.PARTNER,
           "来源机关更正已发布的通报，被更正的内容自始不算；更正沿原通报的路径送达",
           "The source corrects a report: what it replaces never counted; told to all who had it"),
    _event("report.voided", "通报作废", "Report voided", Audience.PARTNER,
           "来源机关作废已发布的记录，或撤销整批导入；收到过的各方须停止使用",
           "The source voids a record or reverts an import; all who had it must stop using it"),
    _event("report.filedLate", "补报入档", "Report filed late", Audience.SUBJECT,
           "补报一次较早的风险评定：记入历史，现行等级不变",
           "An older assessment arrives late: it enters the history, the standing band is unchanged"),
    _event("report.followedUp", "后续处理", "Follow-up noted", Audience.PARTNER,
           "来源机关为记录补充后续处理情况", "The source notes a follow-up action beside a record"),
    _event("person.merged", "人员合并", "Persons merged", Audience.AUTHORITY,
           "机关认定两个人员标识为同一人", "An authority finds that two ids are the same person"),
    _event("person.split", "人员拆分", "Persons split", Audience.AUTHORITY,
           "机关认定此前合并的两个人员标识不是同一人", "An authority finds that ids it had merged are two persons"),
    _event("report.appealed", "提出申诉", "Appeal noted", Audience.PARTNER,
           "记录被提出申诉、复议或诉讼，或其结果", "An appeal against a record is noted, or its outcome"),
    _event("gate.checked", "准入关卡核验", "Firm checked at a gate", Audience.OWNER,
           "本单位在准入关卡核验一家企业（仅核验单位可见）",
           "A tenant checks a firm at a gate; for that tenant alone"),
    _event("repair.requested", "申请信用修复", "Repair asked for", Audience.OWNER,
           "企业就本企业的负面记录申请信用修复（仅认定机关与该企业可见）",
           "A firm asks for repair of its own record; for the authority and the firm alone"),
    _event("repair.decided", "信用修复决定", "Repair decided", Audience.OWNER,
           "认定机关准予或不予信用修复（仅认定机关与该企业可见）",
           "The authority accepts or refuses a repair; for the authority and the firm alone"),
    _event("repair.revoked", "信用修复撤销", "Repair revoked", Audience.OWNER,
           "因陈述不实撤销信用修复，记录恢复（仅认定机关与该企业可见）",
           "A repair that rested on false statements is revoked; for the authority and the firm alone"),
    _event("import.progressed", "导入进度", "Import progressed", Audience.OWNER,
           "后台导入开始、每处理一批行、结束（仅发送单位可见）",
           "An import in the background begins, gets on, or ends; for its sender alone"),
)  # fmt: skip

BY_NAME = {event.name: event for event in EVENTS}
