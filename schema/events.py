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
    _event("hazardSource.escalated", "重大危险源登记或升级", "Major hazard source filed or graver", Audience.SUBJECT,
           "重大危险源新登记、核销后再次登记，或级别升高（一级最重）",
           "A major hazard source is filed, filed again after it was struck off, or its level becomes graver"),
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
    _event("permit.recorded", "许可登记", "Permit recorded", Audience.PARTNER,
           "首次收到企业的一张许可证或机构资质", "A permit or qualification of a firm first arrives"),
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
    _event("review.accepted", "重点核查受理", "Review accepted", Audience.OWNER,
           "承办单位受理", "The reviewing authority accepts the review"),
    _event("review.firstRead", "重点核查首次查阅", "Review first read", Audience.OWNER,
           "承办单位首次查阅尚未受理的核查", "The reviewing authority reads a review not yet accepted, the first time"),
    _event("review.assigned", "重点核查分办", "Review assigned", Audience.OWNER,
           "承办单位交由经办人办理（不含其姓名）", "The reviewing authority gives it to an officer, who is not named"),
    _event("review.handedOver", "重点核查移交", "Review handed over", Audience.OWNER,
           "承办单位移交另一管辖单位，那里另开一项", "It goes to another authority of the place, where one is opened"),
    _event("review.reminded", "重点核查催办", "Review reminded of", Audience.OWNER,
           "来源单位或上级单位催办", "The source or the superior authority reminds the reviewing one"),
    _event("review.informationRequested", "请补充情况", "Information requested", Audience.OWNER,
           "承办单位向来源单位提问", "The reviewing authority asks the source"),
    _event("review.informationGiven", "已答复", "Information given", Audience.OWNER,
           "来源单位答复", "The source answers"),
    _event("review.evidenceAttached", "已附材料", "Evidence attached", Audience.OWNER,
           "承办单位或来源单位附上材料", "One of the two attaches a file"),
    _event("review.declined", "重点核查退回", "Review declined", Audience.OWNER,
           "承办单位说明理由后退回", "The reviewing authority declines, with its reason"),
    _event("review.withdrawn", "重点核查撤回", "Review withdrawn", Audience.OWNER,
           "办结前起因已解除或作废，核查自动撤回", "Its cause was lifted or voided before a decision"),
    _event("review.corrected", "核查结论更正", "Decision of a review corrected", Audience.PARTNER,
           "核查机关更正结论；收到过原结论的各方均再次获知",
           "The reviewing authority corrects its decision; all who heard of it are told again"),
    _event("review.escalated", "核查超期上报", "Overdue review escalated", Audience.OWNER,
           "超过时限未办结：告知承办单位及其上级，上级自此可见并可催办",
           "It is overdue: told to the reviewing authority and its superior, which sees it from now on"),
    _event("record.withdrawn", "记录停止共享", "Record withdrawn", Audience.PARTNER,
           "来源机关缩小了记录的共享范围，或人员的记录不再以该企业为用人单位；收到过而今后看不到它的各方须停止使用",
           "The source narrowed who may read the record, or a person's record names another employer; "
           "those left out must stop using it"),
    _event("record.moved", "记录改属", "Record moved", Audience.PARTNER,
           "来源机关更正后，记录不属于原先所指的人员或企业；收到过的各方须停止对其使用",
           "The record turned out to be about another person or firm; "
           "all who had it must stop using it against the former one"),
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
    _event("dispute.stepped", "异议办理", "Dispute stepped", Audience.OWNER,
           "本单位在异议中办理一步（仅办理单位可见）", "A step you took in a dispute; for you alone"),
    _event("dispute.opened", "提出异议", "Dispute opened", Audience.PARTNER,
           "记录被提出异议，或异议提请上级机关；过去 12 个月查询过的也获通知",
           "A record is disputed, or the dispute is elevated; who read it in the last 12 months is told too"),
    _event("dispute.elevated", "异议提请上级", "Dispute elevated", Audience.OWNER,
           "异议提请来源机关的上级机关决定", "The superior of the source has to decide a dispute"),
    _event("dispute.ordered", "责令更正", "Correction ordered", Audience.OWNER,
           "上级机关责令来源机关更正记录", "The superior orders the source to correct a record"),
    _event("dispute.overdue", "异议逾期", "Dispute overdue", Audience.OWNER,
           "异议的下一步逾期未办：告知来源机关与提出方，已提请的告知上级机关",
           "The next step of a dispute is overdue: for the source and who disputes, or the superior whose turn it is"),
    _event("dispute.closed", "异议办结", "Dispute closed", Audience.PARTNER,
           "异议办结：维持、更正、作废或撤回；获知异议的各方均获通知",
           "A dispute ended: confirmed, upheld, corrected, voided, withdrawn; all who were told of it are told"),
    _event("tip.stepped", "举报办理", "Report stepped", Audience.OWNER,
           "本单位提交举报或办理一步（仅本单位可见）", "You handed in a report or took a step; for you alone"),
    _event("tip.received", "收到举报", "Report received", Audience.OWNER,
           "收到须由本机关受理的举报", "A report is yours to handle"),
    _event("tip.linked", "举报涉及本机关记录", "Report linked", Audience.OWNER,
           "外地受理的举报涉及本机关的证书或任职记录",
           "A report accepted elsewhere bears upon certificates or posts of yours"),
    _event("tip.progressed", "举报进展", "Report progressed", Audience.OWNER,
           "本单位提交的，或涉及本机关记录的举报有进展",
           "A report you handed in, or that bears upon your records, got on"),
    _event("tip.confirmed", "举报查实", "Report confirmed", Audience.OWNER,
           "举报查证属实；企业或人员所在的其他地方收到核查任务",
           "A report is true; places where the firm or person is present get a review"),
    _event("import.progressed", "导入进度", "Import progressed", Audience.OWNER,
           "后台导入开始、每处理一批行、结束（仅发送单位可见）",
           "An import in the background begins, gets on, or ends; for its sender alone"),
)  # fmt: skip

BY_NAME = {event.name: event for event in EVENTS}
