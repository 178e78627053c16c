"""What each role may do with records of each model and state, as declared.

See ``attack_rights`` of ``outsourcing_mgmt`` for the words. Roles that a row does not
name have no right; nobody writes ``system`` fields, and steps are judged by the flow of
their model. ``far`` may make exceptions for bills of its own company: a copy names no
bill, so that here only the database refuses it. Metrics and templates without a company
belong to the managers of all companies.
"""

BILL_MATRIX = {
    # What is written on a posted bill is judged again by the gate, see test_gate_flow.
    ("account.move", "draft"): {
        "biller accountant": "create fields read unlink",
        "procurement": "create fields read",
    },
    ("account.move", "posted"): {
        "biller accountant procurement": "create fields read",
    },
    ("vendor.quality.decision", ""): {
        "biller accountant officer manager finance auditor": "read",
    },
    ("vendor.quality.deduction", "approved"): {
        "biller accountant officer manager finance auditor": "read",
    },
    ("vendor.quality.deduction", "computed"): {
        "biller accountant officer manager finance auditor": "read",
    },
    ("vendor.quality.exception", "approved"): {
        "biller accountant officer manager finance": "create read",
        "auditor": "read",
        "far": "create",
    },
    ("vendor.quality.exception", "draft"): {
        "biller accountant officer manager finance": "content create read unlink",
        "auditor": "read",
        "far": "create",
    },
    ("vendor.quality.exception", "refused"): {
        "biller accountant officer manager finance": "create read",
        "auditor": "read",
        "far": "create",
    },
    ("vendor.quality.exception", "submitted"): {
        "biller accountant officer manager finance": "create read",
        "auditor": "read",
        "far": "create",
    },
    ("vendor.quality.exception", "used"): {
        "biller accountant officer manager finance": "create read",
        "auditor": "read",
        "far": "create",
    },
    ("vendor.quality.hold", "active"): {
        "biller accountant officer manager auditor": "read",
        "finance": "fields read",
    },
    ("vendor.quality.hold", "released"): {
        "biller accountant officer manager auditor": "read",
        "finance": "fields read",
    },
    ("vendor.quality.identity", ""): {
        "biller accountant manager finance auditor far": "read",
    },
}

QUALITY_MATRIX = {
    ("itsm.service", ""): {
        "inspector officer manager finance auditor procurement owner": "read",
        "plain verifier user biller vendor rival system far": "read",
        "desk": "create fields read unlink",
    },
    ("outsourcing.category", ""): {
        "inspector officer manager finance auditor procurement verifier user": "read",
        "owner far": "create fields read unlink",
    },
    ("outsourcing.contract", "active"): {
        "inspector officer manager finance auditor verifier desk biller": "read",
        "procurement owner": "create read vendor_quality_no_warning",
    },
    ("outsourcing.contract", "terminated"): {
        "inspector officer manager finance auditor verifier desk biller": "read",
        "procurement owner": "create read vendor_quality_no_warning",
    },
    ("vendor.quality.backtest", "done"): {
        "officer finance auditor": "read",
        "manager": "create read",
    },
    ("vendor.quality.backtest", "draft"): {
        "officer finance auditor": "read",
        "manager": "content create read unlink",
    },
    ("vendor.quality.backtest.bill", "no record"): {
        "officer manager finance auditor far": "read",
    },
    ("vendor.quality.backtest.line", ""): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.dispute", "rejected"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.dispute", "submitted"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.forecast", ""): {
        "inspector officer manager finance auditor verifier": "read",
    },
    ("vendor.quality.form", "approved"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.form", "collected"): {
        "officer manager": "content read",
        "finance auditor": "read",
    },
    ("vendor.quality.form", "draft"): {
        "officer manager": "content read unlink",
        "finance auditor": "read",
    },
    ("vendor.quality.form", "review"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.form", "superseded"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.form", "vendor_review"): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.form.line", ""): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.gate.change", "draft"): {
        "manager": "content create read unlink",
        "finance": "content read",
        "auditor": "read",
    },
    ("vendor.quality.gate.change", "refused"): {
        "manager": "create read",
        "finance auditor": "read",
    },
    ("vendor.quality.gate.change", "submitted"): {
        "manager": "create read",
        "finance auditor": "read",
    },
    ("vendor.quality.hold.analysis", "no record"): {
        "officer manager finance auditor biller far": "read",
    },
    ("vendor.quality.improvement.plan", "closed"): {
        "officer manager": "create read",
        "finance auditor": "read",
    },
    ("vendor.quality.improvement.plan", "in_progress"): {
        "officer manager": "content create read",
        "finance auditor": "read",
    },
    ("vendor.quality.improvement.plan", "open"): {
        "officer manager": "content create read",
        "finance auditor": "read",
    },
    ("vendor.quality.improvement.plan", "verify"): {
        "officer manager": "create read",
        "finance auditor": "read",
    },
    ("vendor.quality.improvement.plan.target", ""): {
        "officer manager": "create fields read",
        "finance auditor": "read",
    },
    ("vendor.quality.inspection", "done"): {
        "inspector finance auditor verifier": "read",
        "officer manager": "create read",
    },
    ("vendor.quality.inspection", "missed"): {
        "inspector finance auditor verifier": "read",
        "officer manager": "create read",
    },
    ("vendor.quality.inspection", "planned"): {
        "inspector verifier": "content read",
        "officer manager": "content create read",
        "finance auditor": "read",
    },
    ("vendor.quality.inspection", "verified"): {
        "inspector finance auditor verifier": "read",
        "officer manager": "create read",
    },
    ("vendor.quality.inspection", "waived"): {
        "inspector finance auditor verifier": "read",
        "officer manager": "create read",
    },
    ("vendor.quality.inspection.line", ""): {
        "inspector officer manager verifier": "create fields read",
        "auditor": "read",
    },
    ("vendor.quality.inspection.plan", ""): {
        "inspector auditor verifier": "read",
        "officer manager": "create fields read unlink",
    },
    ("vendor.quality.inspection.plan.line", ""): {
        "inspector auditor verifier": "read",
        "officer manager": "create fields read unlink",
    },
    ("vendor.quality.metric", ""): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "create fields read",
    },
    ("vendor.quality.metric.anchor", ""): {
        (
            "inspector officer manager finance auditor procurement owner verifier "
            "user far"
        ): "read",
    },
    ("vendor.quality.metric.trend", ""): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.ranking", ""): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.recompute", ""): {
        "officer manager auditor": "read",
    },
    ("vendor.quality.standing", ""): {
        "inspector officer manager finance auditor procurement verifier": "read",
    },
    ("vendor.quality.template", "active"): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "active create description read sequence",
    },
    ("vendor.quality.template", "draft"): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager": "active backtest_ids content create description read sequence",
        "far": "active content create description read sequence",
    },
    ("vendor.quality.template", "retired"): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "active create read sequence",
    },
    ("vendor.quality.template.band", ""): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "create fields read unlink",
    },
    ("vendor.quality.template.credit", "no record"): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "create read unlink write",
    },
    ("vendor.quality.template.deduction", ""): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "create fields read unlink",
    },
    ("vendor.quality.template.line", ""): {
        "inspector officer finance auditor procurement owner verifier user": "read",
        "manager far": "create fields read unlink",
    },
    ("vendor.quality.trend", ""): {
        "officer manager finance auditor": "read",
    },
    ("vendor.quality.waiver", "approved"): {
        "officer finance auditor procurement": "read",
        "manager": "create read",
    },
    ("vendor.quality.waiver", "draft"): {
        "officer auditor procurement": "read",
        "manager": "content create read unlink",
        "finance": "content read",
    },
    ("vendor.quality.waiver", "submitted"): {
        "officer finance auditor procurement": "read",
        "manager": "create read",
    },
    ("vendor.quality.waiver", "void"): {
        "officer finance auditor procurement": "read",
        "manager": "create read",
    },
}
