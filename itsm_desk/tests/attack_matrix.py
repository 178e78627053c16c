"""What each role may do with records of each model and state, as declared.

See ``attack_rights`` for the words. Roles that a row does not name have no right;
nobody writes ``system`` fields, and steps are judged by the flow of their model.
"""

MATRIX = {
    ("itsm.absence", "no record"): {
        "owner colleague outsider lead manager far": "read",
    },
    ("itsm.article", "draft"): {
        "owner colleague outsider lead reviewer": (
            "content create owner_id read review_months"
        ),
        "manager": "content create owner_id read review_months unlink",
    },
    ("itsm.article", "published"): {
        "requester stranger keeper boss quality system": "read",
        "owner manager reviewer": "create owner_id read review_months",
        "colleague outsider lead": "create read review_months",
    },
    ("itsm.article", "retired"): {
        "owner manager reviewer": "create owner_id read review_months",
        "colleague outsider lead": "create read review_months",
    },
    ("itsm.article", "review"): {
        "owner manager reviewer": "create owner_id read review_months",
        "colleague outsider lead": "create read review_months",
    },
    ("itsm.article", "stale"): {
        "requester stranger keeper boss quality system": "read",
        "owner manager reviewer": "create owner_id read review_months",
        "colleague outsider lead": "create read review_months",
    },
    ("itsm.article.check", ""): {
        "owner colleague outsider lead": "read",
        "manager reviewer": "fields read",
    },
    ("itsm.article.criterion", ""): {
        "owner colleague outsider lead reviewer": "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.article.deflection", "no record"): {
        "lead manager quality reviewer far": "read",
    },
    ("itsm.article.feedback", ""): {
        "owner colleague outsider lead manager reviewer": "read",
    },
    ("itsm.article.folder", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.article.term", ""): {},
    ("itsm.article.version", ""): {
        (
            "requester stranger boss owner colleague outsider lead manager quality "
            "keeper reviewer system portal"
        ): "read",
    },
    ("itsm.article.wanted", ""): {
        "lead manager quality reviewer": "read",
    },
    ("itsm.assessment", "acknowledged"): {
        "owner": "read",
        "lead": "create read",
        "manager": "create",
    },
    ("itsm.assessment", "appealed"): {
        "owner": "read",
        "lead manager": "create read",
    },
    ("itsm.assessment", "draft"): {
        "lead": "content create read unlink",
        "manager": "create",
    },
    ("itsm.assessment", "final"): {
        "owner": "read",
        "lead manager": "create read",
    },
    ("itsm.assessment", "released"): {
        "owner": "read",
        "lead": "create read",
        "manager": "create",
    },
    ("itsm.assessment.exclusion", ""): {"lead": "create read unlink"},
    ("itsm.assessment.line", ""): {"lead": "read"},
    ("itsm.category", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality "
            "keeper reviewer system portal"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.chat.account", "off"): {"manager": "content create read unlink"},
    ("itsm.chat.account", "on"): {"manager": "create read"},
    ("itsm.chat.bridge", ""): {
        "requester owner colleague lead manager quality": "read",
    },
    ("itsm.chat.copy", ""): {},
    ("itsm.chat.message", "done"): {"manager": "read"},
    ("itsm.chat.message", "queued"): {"manager": "read"},
    ("itsm.chat.person", ""): {"manager": "read"},
    ("itsm.complaint", "answered"): {
        "requester manager": "read",
        "quality": "create read",
    },
    ("itsm.complaint", "closed"): {
        "requester manager": "read",
        "quality": "create read",
    },
    ("itsm.complaint", "investigating"): {
        "requester manager": "read",
        "quality": "content create read",
    },
    ("itsm.complaint", "received"): {
        "requester manager": "read",
        "quality": "create read",
    },
    ("itsm.complaint.analysis", ""): {
        "lead manager quality": "read",
    },
    ("itsm.complaint.person", "no record"): {
        "lead manager quality far": "read",
    },
    ("itsm.complaint.cause", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.complaint.notice", ""): {
        "owner": "read",
    },
    ("itsm.daily.check", "open"): {
        "lead manager": "content read",
        "quality": "read",
    },
    ("itsm.daily.check", "signed"): {
        "lead manager quality": "read",
    },
    ("itsm.daily.finding", ""): {
        "lead manager": "fields read",
        "quality": "read",
    },
    ("itsm.equipment.change", ""): {
        "colleague quality": "read",
        "owner lead manager": "create fields read unlink",
    },
    ("itsm.equipment.handover", "draft"): {
        "requester keeper": "read",
        "owner colleague outsider lead manager": "content create read unlink",
    },
    ("itsm.equipment.handover", "returned"): {
        "requester keeper": "read",
        "owner colleague outsider lead manager": "create read",
    },
    ("itsm.equipment.handover", "signed"): {
        "requester keeper": "read",
        "owner colleague outsider lead manager": "create read",
    },
    ("itsm.equipment.history", ""): {
        "keeper owner colleague outsider lead manager": "read",
    },
    ("itsm.equipment.repair", "back"): {
        "owner colleague outsider lead manager": "create read",
    },
    ("itsm.equipment.repair", "sent"): {
        "owner colleague outsider lead manager": "content create read",
    },
    ("itsm.equipment.stocktake", "counting"): {
        "owner colleague outsider lead manager": "create read",
        "keeper quality": "read",
    },
    ("itsm.equipment.stocktake", "done"): {
        "owner colleague outsider lead manager": "create read",
        "keeper quality": "read",
    },
    ("itsm.equipment.stocktake", "draft"): {
        "owner colleague outsider lead manager": "content create read unlink",
        "keeper quality": "read",
    },
    ("itsm.equipment.stocktake.line", ""): {
        "owner colleague outsider lead manager": "fields read",
        "keeper quality": "read",
    },
    ("itsm.escalation", "waiting"): {
        "owner manager quality": "read",
    },
    ("itsm.form", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read",
    },
    ("itsm.form.answer", ""): {
        "requester boss owner colleague lead manager quality": "read",
    },
    ("itsm.form.option", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.form.question", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read",
    },
    ("itsm.consumable.line", "draft"): {
        "colleague quality": "read",
        "owner lead manager": "create fields read unlink",
    },
    ("itsm.handling", "draft"): {
        "requester quality": "read",
        "owner manager": "content read",
    },
    ("itsm.handling", "refused"): {
        "requester owner colleague lead manager quality": "read",
    },
    ("itsm.handling", "solved"): {
        "requester owner colleague lead manager quality": "read",
    },
    ("itsm.import.key", "no record"): {
        "manager far": "read",
    },
    ("itsm.inbound.mail", "failed"): {
        "owner colleague lead manager": "fields read",
    },
    ("itsm.kpi", ""): {
        "owner colleague outsider lead quality": "read",
        "manager far": "fields read",
    },
    ("itsm.kpi.board", "no record"): {
        "lead manager quality far": "read",
    },
    ("itsm.kpi.day", "no record"): {
        "owner colleague outsider lead manager quality far": "read",
    },
    ("itsm.kpi.team.day", "no record"): {
        "lead manager quality far": "read",
    },
    ("itsm.kpi.target", "no record"): {
        "owner colleague outsider lead quality": "read",
        "manager far": "create read unlink write",
    },
    ("itsm.mail.intent", "sent"): {
        "system": "read",
    },
    ("itsm.makeup.day", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality manager "
            "keeper reviewer"
        ): "read",
        "system": "create fields read unlink",
    },
    ("itsm.need", "answered"): {
        "requester": "read",
        "owner manager quality": "content create read",
        "colleague outsider lead": "create read",
    },
    ("itsm.need", "declined"): {
        "requester": "read",
        "owner colleague outsider lead manager quality": "create read",
    },
    ("itsm.need", "done"): {
        "requester": "read",
        "owner colleague outsider lead manager quality": "create read",
    },
    ("itsm.need", "new"): {
        "requester": "read",
        "owner": "content create read",
        "colleague outsider lead": "create read",
        "manager quality": "content create read unlink",
    },
    ("itsm.need", "planned"): {
        "requester": "read",
        "owner manager quality": "content create read",
        "colleague outsider lead": "create read",
    },
    ("itsm.pending.reason", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.priority.matrix", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.problem", "analysing"): {
        "owner lead manager": "content create read",
        "colleague outsider": "create read",
        "quality": "read",
    },
    ("itsm.problem", "closed"): {
        "owner colleague outsider lead manager": "create read",
        "quality": "read",
    },
    ("itsm.problem", "fixing"): {
        "owner lead manager": "content create read",
        "colleague outsider": "create read",
        "quality": "read",
    },
    ("itsm.problem", "known_error"): {
        "owner lead manager": "content create read",
        "colleague outsider": "create read",
        "quality": "read",
    },
    ("itsm.problem", "new"): {
        "owner lead manager": "content create read",
        "colleague outsider": "create read",
        "quality": "read",
    },
    ("itsm.redaction", "asked"): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.redaction", "done"): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.redaction.item", ""): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.resolution.code", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.rota", "no record"): {
        "owner colleague outsider": "read",
        "lead manager far": "create read unlink write",
    },
    ("itsm.search.log", ""): {
        "manager": "read",
    },
    ("itsm.second.repair", "no record"): {
        "lead manager quality far": "read",
    },
    ("itsm.service", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality "
            "keeper reviewer system portal"
        ): "read",
        "manager": "create fields read unlink",
    },
    ("itsm.service.report", "draft"): {
        "manager": "content create read recipient_ids unlink",
        "quality": "content create read recipient_ids",
    },
    ("itsm.service.report", "issued"): {
        "lead": "read",
        "manager quality": "create read recipient_ids",
    },
    ("itsm.service.report.schedule", "no record"): {
        "manager quality far": "create read unlink write",
    },
    ("itsm.sla.clock", "met"): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.sla.clock", "paused"): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.sla.clock", "running"): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.sla.policy", ""): {
        "owner colleague outsider lead": "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.sla.policy.line", ""): {
        "owner colleague outsider lead": "read",
        "manager far": "create fields read unlink",
    },
    ("itsm.survey.campaign", "done"): {
        "lead manager": "read",
        "quality": "create read",
    },
    ("itsm.survey.campaign", "draft"): {
        "lead manager": "read",
        "quality": "content create read unlink",
    },
    ("itsm.survey.campaign", "running"): {
        "lead manager": "read",
        "quality": "create read",
    },
    ("itsm.survey.invitation", ""): {},
    ("itsm.team", ""): {
        (
            "requester stranger boss owner colleague outsider lead quality reviewer "
            "keeper system"
        ): "read",
        "manager": "create fields read unlink",
    },
    ("itsm.level.stay", "no record"): {
        "owner colleague outsider lead manager quality far": "read",
    },
    ("itsm.meeting", "done"): {"owner": "read", "lead": "create read"},
    ("itsm.meeting", "planned"): {
        "owner": "content read",
        "lead": "action_ids content create read unlink",
    },
    ("itsm.meeting.action", ""): {
        "owner": "fields read",
        "lead": "create fields read unlink",
    },
    ("itsm.meeting.due", ""): {"lead": "read"},
    ("itsm.review", "done"): {
        "owner quality": "read",
        "lead manager": "create read",
    },
    ("itsm.review", "draft"): {
        "owner quality": "read",
        "lead manager": "action_ids case_ids content create read unlink",
    },
    ("itsm.review.action", ""): {
        "owner": "fields read",
        "lead": "create fields read unlink",
        "manager": "create read unlink",
        "quality": "read",
    },
    ("itsm.review.case", ""): {
        "owner": "fields read",
        "lead manager": "create fields read unlink",
        "quality": "read",
    },
    ("itsm.ticket", "assigned"): {
        "requester quality": "read",
        "owner lead manager": "content create email_cc read",
        "colleague": "create read",
        "outsider": "create",
    },
    ("itsm.ticket", "cancelled"): {
        "requester quality": "read",
        "owner colleague lead manager": "create email_cc read",
        "outsider": "create",
    },
    ("itsm.ticket", "closed"): {
        "requester quality": "read",
        "owner lead manager": "create email_cc read",
        "colleague": "create read",
        "outsider": "create",
    },
    ("itsm.ticket", "in_progress"): {
        "requester quality": "read",
        "owner lead manager": "content create email_cc read",
        "colleague": "create read",
        "outsider": "create",
    },
    ("itsm.ticket", "new"): {
        "requester quality": "read",
        "owner colleague lead": "content create email_cc read",
        "outsider": "create",
        "manager": "content create email_cc read unlink",
    },
    ("itsm.ticket", "pending"): {
        "requester quality": "read",
        "owner lead manager": "content create email_cc read",
        "colleague": "create read",
        "outsider": "create",
    },
    ("itsm.ticket", "solved"): {
        "requester quality": "read",
        "owner lead manager": "create email_cc read",
        "colleague": "create read",
        "outsider": "create",
    },
    ("itsm.ticket", "waiting_approval"): {
        "requester boss quality": "read",
        "owner colleague lead manager": "content create email_cc read",
        "outsider": "create",
    },
    ("itsm.ticket.event", ""): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.ticket.reader", ""): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.training.book", "draft"): {
        "lead manager reviewer": "content create read unlink",
    },
    ("itsm.training.book", "released"): {
        "owner colleague outsider": "read",
        "lead manager reviewer": "content create read",
    },
    ("itsm.training.book", "retired"): {
        "lead manager reviewer": "create read",
    },
    ("itsm.training.line", ""): {
        "lead manager reviewer": "create fields read unlink",
    },
    ("itsm.training.option", ""): {
        "lead manager reviewer": "create fields read unlink",
    },
    ("itsm.training.reading", "dropped"): {
        "colleague lead manager reviewer": "read",
    },
    ("itsm.training.reading", "open"): {
        "owner lead manager reviewer": "read",
    },
    ("itsm.training.reading", "read"): {
        "owner lead manager reviewer": "read",
    },
    ("itsm.ticket.text", ""): {},
    ("itsm.vendor.job", ""): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.work.line", ""): {
        "owner colleague lead manager quality": "read",
    },
    ("itsm.work.timeline", ""): {
        "owner colleague outsider lead manager": "read",
    },
}
