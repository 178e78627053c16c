"""What each role may do with records of each model and state, as declared.

See ``attack_rights`` for the words. Roles that a row does not name have no right;
nobody writes ``system`` fields, and steps are judged by the flow of their model.
"""

MATRIX = {
    ("outsourcing.audit.anchor", "no record"): {
        "user officer procurement hr finance manager auditor head far": "read",
    },
    ("outsourcing.audit.head", ""): {
        "user officer procurement hr finance manager auditor head": "read",
    },
    ("outsourcing.audit.log", ""): {
        "officer procurement hr finance manager auditor": "read",
    },
    ("outsourcing.award", "draft"): {
        "officer hr finance auditor": "read",
        "procurement manager": "content read",
    },
    ("outsourcing.award", "final"): {
        "user officer procurement hr finance manager auditor head": "read",
    },
    ("outsourcing.award", "notified"): {
        "user officer procurement hr finance manager auditor head": "read",
    },
    ("outsourcing.award.line", ""): {
        "officer procurement hr finance manager auditor": "read",
    },
    ("outsourcing.blacklist", "active"): {
        "officer procurement hr manager auditor": "read",
    },
    ("outsourcing.blacklist", "appealed"): {
        "officer procurement hr manager auditor": "read",
    },
    # A copy is refused: one entry at a time for a vendor.
    ("outsourcing.blacklist", "proposed"): {
        "officer procurement manager": "content read unlink",
        "hr auditor": "read",
    },
    ("outsourcing.bid", "draft"): {},
    ("outsourcing.bid", "lost"): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid", "opened"): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid", "qualified"): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid", "ranked"): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid", "sealed"): {
        "officer procurement hr finance manager auditor": "read",
    },
    ("outsourcing.bid", "won"): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid.envelope", ""): {},
    ("outsourcing.bid.file", ""): {},
    ("outsourcing.bid.hearing", "no record"): {
        (
            "stranger system plain user officer procurement hr finance manager "
            "auditor head member far"
        ): "read",
    },
    ("outsourcing.bid.hint", "open"): {"auditor member": "read"},
    ("outsourcing.bid.line", ""): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.bid.person", "confirmed"): {},
    ("outsourcing.category", ""): {
        "user officer procurement hr finance auditor head": "read",
        "manager far": "create fields read unlink",
    },
    ("outsourcing.category.criterion", ""): {
        "user officer procurement hr finance auditor head": "read",
        "manager far": "create fields read unlink",
    },
    ("outsourcing.committee.member", "appointed"): {
        "officer procurement": "create read",
        "hr finance manager auditor member": "read",
    },
    ("outsourcing.compliance.event", "confirmed"): {
        "procurement hr manager auditor": "read",
    },
    ("outsourcing.compliance.event", "new"): {
        "procurement hr manager auditor": "read",
    },
    ("outsourcing.compliance.rule", ""): {
        "user officer procurement finance auditor head": "read",
        "hr": "fields read",
        "manager": "create fields read",
        "far": "create fields read",
    },
    ("outsourcing.contract", "active"): {
        "officer": "amendment_ids milestone_ids owner_id read worker_ids",
        "procurement": "amendment_ids create guarantee_ids milestone_ids owner_id read",
        "hr finance auditor": "read",
        "manager": (
            "amendment_ids create guarantee_ids milestone_ids owner_id read worker_ids"
        ),
    },
    ("outsourcing.contract", "draft"): {
        "officer": "active content milestone_ids owner_id read",
        "procurement manager": (
            "active content create milestone_ids owner_id read unlink"
        ),
        "hr finance auditor": "read",
    },
    ("outsourcing.contract", "signed"): {
        "officer": "milestone_ids owner_id read",
        "procurement manager": "create milestone_ids owner_id read",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract", "terminated"): {
        "officer": "active amendment_ids owner_id read",
        "procurement manager": (
            "active amendment_ids create guarantee_ids owner_id read"
        ),
        "hr finance auditor": "read",
    },
    ("outsourcing.contract", "to_sign"): {
        "officer": "milestone_ids owner_id read",
        "procurement manager": "create milestone_ids owner_id read",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.amendment", "draft"): {
        "officer procurement manager": "content create read unlink",
        "hr auditor": "read",
        "finance": "content read",
    },
    ("outsourcing.contract.amendment.line", ""): {
        "officer procurement manager": "create fields read unlink",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.card", ""): {
        (
            "stranger system plain user officer procurement hr finance manager "
            "auditor head member"
        ): "read",
    },
    ("outsourcing.contract.document", "current"): {
        "officer procurement manager": "create date_expiry read sequence",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.document", "superseded"): {
        "officer procurement manager": "create read",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.exit", "open"): {
        "officer manager": "content read",
        "procurement finance auditor": "read",
    },
    ("outsourcing.contract.exit", "signed"): {
        "officer procurement finance manager auditor": "read",
    },
    ("outsourcing.contract.exit.line", ""): {
        "officer manager": "create fields read",
        "procurement finance auditor": "read",
    },
    ("outsourcing.contract.guarantee", "requested"): {
        "officer hr finance auditor": "read",
        "procurement manager": (
            "content create date_expiry date_issue document document_name issuer "
            "name read unlink"
        ),
    },
    ("outsourcing.contract.milestone", "accepted"): {
        "officer procurement manager": "create read",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.milestone", "planned"): {
        "officer procurement manager": "content create read unlink",
        "hr finance auditor": "read",
    },
    ("outsourcing.contract.milestone", "submitted"): {
        "officer procurement manager": "create read",
        "hr finance auditor": "read",
    },
    ("outsourcing.criterion", ""): {
        "user hr finance manager auditor head member": "read",
        "officer procurement": "create fields read unlink",
    },
    ("outsourcing.deputy", "no record"): {
        "user officer procurement hr finance manager head far": (
            "create read unlink write"
        ),
        "auditor": "read",
    },
    ("outsourcing.direct.reason", ""): {
        "user officer procurement hr finance auditor head": "read",
        "manager far": "create fields read unlink",
    },
    ("outsourcing.dual.request", "no record"): {
        (
            "stranger system plain user officer procurement hr finance manager "
            "auditor head member far"
        ): "read",
    },
    ("outsourcing.finding", "rejected"): {
        "plain officer hr": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.finding", "reported"): {
        "plain officer": "content create read",
        "procurement manager auditor": "read",
        "hr": "create read",
        "finance": "content read",
    },
    ("outsourcing.finding", "verified"): {
        "plain officer": "create read",
        "procurement finance manager auditor": "read",
        "hr": "create incentive_ids read",
    },
    ("outsourcing.head.fact", "no record"): {
        "officer procurement hr finance manager auditor far": "read",
    },
    ("outsourcing.incentive", "applied"): {
        "plain hr": "read",
    },
    ("outsourcing.incentive", "approved"): {
        "plain hr": "read",
    },
    ("outsourcing.incentive", "draft"): {
        "hr": "content read unlink",
    },
    ("outsourcing.incentive", "submitted"): {
        "plain hr": "read",
    },
    ("outsourcing.mail.intent", "sent"): {
        "system": "read",
    },
    ("outsourcing.number", ""): {
        "manager auditor": "read",
    },
    ("outsourcing.objection", "rejected"): {
        "officer procurement manager": "create read",
        "hr finance auditor": "read",
    },
    ("outsourcing.objection", "submitted"): {
        "officer procurement manager": "create read",
        "hr finance auditor": "read",
    },
    ("outsourcing.opening.record", ""): {
        "officer procurement hr finance manager auditor member": "read",
    },
    ("outsourcing.plan", "approved"): {
        "hr manager": "create read",
        "officer finance auditor": "read",
    },
    ("outsourcing.plan", "draft"): {
        "hr manager": "content create read unlink",
        "officer finance auditor": "read",
    },
    ("outsourcing.plan.line", "approved"): {
        "user officer procurement hr finance manager auditor head": "read",
    },
    ("outsourcing.plan.line", "draft"): {
        "hr manager": "create fields read unlink",
        "user officer procurement finance auditor head": "read",
    },
    ("outsourcing.price.fact", "no record"): {
        "officer procurement hr finance manager auditor far": "read",
    },
    ("outsourcing.price.reader", "no record"): {
        "hr finance manager auditor far": "read",
    },
    ("outsourcing.procedure", ""): {
        "user officer procurement hr finance auditor head": "read",
        "manager far": "create fields read unlink",
    },
    ("outsourcing.roster.day", "confirmed"): {
        "officer manager": "create read",
        "procurement hr finance auditor": "read",
    },
    ("outsourcing.roster.day", "planned"): {
        "officer manager": "content create read unlink",
        "procurement hr finance auditor": "read",
    },
    ("outsourcing.procurement.fact", "no record"): {
        "officer procurement hr finance manager auditor far": "read",
    },
    ("outsourcing.reference.price", "approved"): {
        "officer": "create read",
        "procurement hr finance manager auditor": "read",
    },
    ("outsourcing.reference.price", "cancelled"): {
        "officer": "create read",
        "procurement hr finance manager auditor": "read",
    },
    ("outsourcing.reference.price", "draft"): {
        "officer": "content create read unlink",
        "procurement hr manager auditor": "read",
        "finance": "content read",
    },
    ("outsourcing.reference.price", "submitted"): {
        "officer": "create read",
        "procurement hr finance manager auditor": "read",
    },
    ("outsourcing.reference.price", "used"): {
        "officer": "create read",
        "procurement hr finance manager auditor": "read",
    },
    ("outsourcing.reference.price.secret", ""): {},
    ("outsourcing.reference.price.source", ""): {
        "officer finance": "create fields read unlink",
    },
    ("outsourcing.request", "approved"): {
        "user officer hr head": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.request", "draft"): {
        "user head": "content create read unlink",
        "officer hr": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.request", "in_tender"): {
        "user officer hr head": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.request", "refused"): {
        "user officer hr head": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.request", "submitted"): {
        "user officer hr head": "create read",
        "procurement finance manager auditor": "read",
    },
    ("outsourcing.request.line", ""): {
        "user officer procurement hr finance manager auditor head": "read",
    },
    ("outsourcing.review.history", ""): {
        "officer procurement hr finance manager auditor": "read",
    },
    ("outsourcing.score", "draft"): {},
    ("outsourcing.score", "submitted"): {
        "officer procurement finance manager auditor member": "read",
    },
    ("outsourcing.tender", "award_proposed"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "awarded"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "cancelled"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "active create invitation_ids read user_id",
        "manager": "active read user_id",
    },
    ("outsourcing.tender", "closed"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "contracted"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "active addendum_ids create read user_id",
        "manager": "active read user_id",
    },
    ("outsourcing.tender", "draft"): {
        "user hr finance auditor head member": "read",
        "officer procurement": (
            "active content create document_ids invitation_ids read unlink user_id"
        ),
        "manager": "active content read user_id",
    },
    ("outsourcing.tender", "evaluation"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "failed"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "active create read user_id",
        "manager": "active read user_id",
    },
    ("outsourcing.tender", "opened"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "price_opened"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "published"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender", "standstill"): {
        "user hr finance auditor head member": "read",
        "officer procurement": "addendum_ids create read user_id",
        "manager": "read user_id",
    },
    ("outsourcing.tender.addendum", "draft"): {
        "officer procurement": "content create read unlink",
        "hr finance manager auditor member": "read",
    },
    ("outsourcing.tender.addendum.change", ""): {
        "officer procurement": "create fields read unlink",
        "hr finance manager auditor member": "read",
    },
    ("outsourcing.tender.document", "draft"): {
        "officer procurement": "content create read sequence unlink",
        "hr finance manager auditor member": "read",
    },
    ("outsourcing.tender.document", "published"): {
        "officer procurement": "read sequence",
        "hr finance manager auditor member": "read",
    },
    ("outsourcing.tender.invitation", "answered"): {
        "officer procurement": "create read",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.tender.invitation", "draft"): {
        "officer procurement": "content create read unlink",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.tender.invitation", "sent"): {
        "officer procurement": "create read",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.tender.line", ""): {
        "user hr finance manager auditor head member": "read",
        "officer procurement": "create fields read unlink",
    },
    ("outsourcing.tender.attendance", ""): {
        "officer procurement": "create fields read unlink",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.tender.meeting", "planned"): {
        "officer procurement": "content create read",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.tender.question", "new"): {
        "officer procurement": "content read",
        "hr finance manager auditor": "read",
    },
    ("outsourcing.zone.change", "no record"): {
        "system manager far": "create read write",
        "auditor": "read",
    },
    ("outsourcing.vendor.mail", ""): {},
    ("outsourcing.worker", "on_site"): {
        "officer manager": (
            "date_end date_start department_id note read responsible_id role "
            "roster_day_ids"
        ),
        "procurement hr finance auditor": "read",
    },
    ("outsourcing.worker", "planned"): {
        "officer manager": (
            "create date_end date_start department_id note read responsible_id "
            "role unlink"
        ),
        "procurement hr finance auditor": "read",
    },
}
