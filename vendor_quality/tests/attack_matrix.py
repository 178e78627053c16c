"""What each role may do with records of each model and state, as declared.

See ``attack_rights`` of ``outsourcing_mgmt`` for the words. Roles that a row does not
name have no right; nobody writes ``system`` fields, and steps are judged by the flow of
their model. ``far`` may make exceptions for bills of its own company: a copy names no
bill, so that here only the database refuses it.
"""

BILL_MATRIX = {
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
