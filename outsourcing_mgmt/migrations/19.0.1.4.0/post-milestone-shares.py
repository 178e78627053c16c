from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Let planned deliveries of one order line sum to it, and their money too."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    milestones = env["outsourcing.contract.milestone"]
    planned = milestones.search(
        [
            ("share", ">", 0),
            ("state", "=", "planned"),
            ("purchase_line_id", "!=", False),
        ]
    )
    for name in ("quantity", "amount"):
        env.add_to_compute(milestones._fields[name], planned)
    env.flush_all()
