{
    "name": "Outsourcing Management",
    "summary": "Requests, reference prices, sealed tenders, contracts and rewards",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Purchase",
    "website": "https://github.com/outsourcing-suite/outsourcing-suite",
    "author": "Outsourcing Suite contributors",
    "license": "AGPL-3",
    "application": True,
    "depends": [
        "purchase_requisition",
        "hr",
        "portal",
        "calendar",
        "base_tier_validation",
        "report_xlsx",
    ],
    "data": [
        "security/outsourcing_groups.xml",
        "security/ir.model.access.csv",
        "security/outsourcing_rules.xml",
        "views/outsourcing_menus.xml",
    ],
}
