"""Note who entered a part of each guarantee, which whoever accepts it did not.

Until now only who made the row was asked. Its chatter names who changed what is
tracked; its log who brought a document.
"""

from odoo import SUPERUSER_ID, Command, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

BATCH = 500
DOCUMENTED = ("guarantee_documented", "guarantee_extended")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    ids = env["outsourcing.contract.guarantee"].search([], order="id").ids
    for start in range(0, len(ids), BATCH):
        _note(env["outsourcing.contract.guarantee"].browse(ids[start : start + BATCH]))
        env.flush_all()
        env.invalidate_all()


def _note(guarantees):
    messages = guarantees.env["mail.message"].search(
        [
            ("model", "=", guarantees._name),
            ("res_id", "in", guarantees.ids),
            ("tracking_value_ids", "!=", False),
        ]
    )
    steps = guarantees.env["outsourcing.audit.log"].search(
        [
            ("part_model", "=", guarantees._name),
            ("part_id", "in", guarantees.ids),
            ("verb", "in", DOCUMENTED),
        ]
    )
    users = {guarantee.id: guarantee.create_uid for guarantee in guarantees}
    for message in messages:
        if any(_is_content(value) for value in message.tracking_value_ids):
            users[message.res_id] |= message.author_id.user_ids
    for step in steps:
        users[step.part_id] |= step.user_id
    for guarantee in guarantees:
        links = [Command.link(user.id) for user in users[guarantee.id]]
        server_write(guarantee, {"content_author_ids": links})


def _is_content(value):
    """Whether a tracked change is one of what the guarantee says."""
    return value.field_id.name != "state"
