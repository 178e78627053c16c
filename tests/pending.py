"""Known gaps while modules are being built: lists that only ever get shorter."""

# models no test names yet
UNTESTED = {
    "itsm.category",
    "itsm.escalation",
    "itsm.pending.reason",
    "itsm.priority.matrix",
    "itsm.resolution.code",
    "itsm.service",
    "itsm.team",
    "itsm.ticket",
    "outsourcing.audit.log",
    "outsourcing.bid",
    "outsourcing.bid.envelope",
    "outsourcing.bid.file",
    "outsourcing.bid.line",
    "outsourcing.category.criterion",
    "outsourcing.committee.member",
    "outsourcing.compliance.event",
    "outsourcing.compliance.rule",
    "outsourcing.contract",
    "outsourcing.contract.milestone",
    "outsourcing.criterion",
    "outsourcing.request.line",
    "outsourcing.tender",
    "outsourcing.tender.addendum",
    "outsourcing.tender.document",
    "outsourcing.tender.invitation",
    "outsourcing.tender.line",
    "outsourcing.tender.question",
    "vendor.quality.form",
    "vendor.quality.form.line",
    "vendor.quality.inspection",
    "vendor.quality.inspection.line",
    "vendor.quality.inspection.plan",
    "vendor.quality.inspection.plan.line",
    "vendor.quality.metric",
    "vendor.quality.metric.anchor",
    "vendor.quality.standing",
    "vendor.quality.template",
    "vendor.quality.template.band",
    "vendor.quality.template.deduction",
    "vendor.quality.template.line",
}
# models whose list has no search view yet
WITHOUT_SEARCH = {"itsm.ticket", "outsourcing.contract"}
# files over the limit, to be split by concern
LONG = {"vendor_quality/models/vendor_quality_form.py"}
