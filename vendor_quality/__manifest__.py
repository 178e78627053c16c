{
    "name": "Vendor Quality",
    "summary": "Service scores from evidence, and a gate on vendor bills",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Purchase",
    "website": "https://github.com/outsourcing-suite/outsourcing-suite",
    "author": "Outsourcing Suite contributors",
    "license": "AGPL-3",
    "application": True,
    "depends": [
        "outsourcing_mgmt",
        "itsm_desk",
        "account",
        "spreadsheet_dashboard",
    ],
    "data": [],
}
