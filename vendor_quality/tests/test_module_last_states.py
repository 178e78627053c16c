from odoo.tests import TransactionCase, tagged

FLOWS = ("itsm.flow.mixin", "outsourcing.flow.mixin")
OPEN = {
    # Rules of their own, asked in write().
    "itsm.complaint": {
        *("channel", "company_id", "description", "is_anonymous"),
        *("partner_id", "subject", "ticket_id"),
    },
    "itsm.ticket": {"company_id", "email_cc", "outsourcing_contract_id"},
    # Who gets it by mail.
    "itsm.service.report": {"recipient_ids"},
    # Who looks after it, and whether it is in lists.
    "outsourcing.contract": {
        *("active", "owner_id", "vendor_quality_no_warning"),
        "vendor_quality_template_id",
    },
    "outsourcing.request": {"plan_line_id"},
    "outsourcing.tender": {"active", "user_id"},
    "outsourcing.worker": {"note", "responsible_id"},
    "vendor.quality.template": {"active", "sequence"},
}
"""What may change in a last state: it is no content, or is frozen elsewhere."""


@tagged("post_install", "-at_install")
class TestLastStates(TransactionCase):
    """What a record says in a state that nothing follows is not changed."""

    def test_nothing_is_entered_in_a_last_state(self):
        flows = tuple(self.registry[name] for name in FLOWS)
        found = {}
        for name, model in self.registry.items():
            if model._abstract or not issubclass(model, flows):
                continue
            records = self.env[name]
            last = {
                state for state, after in model._flow_transitions.items() if not after
            }
            if not last:
                continue
            kept = model._flow_system_fields | model._flow_closing_fields
            kept |= records._flow_get_system_fields() | {"state"}
            if not last & model._flow_content_states:
                kept |= model._flow_content_fields
            free = {
                field.name
                for field in model._fields.values()
                if field.store
                and not field.readonly
                and not field.related
                and field.type != "one2many"
                and not (field.compute and not field.inverse and field.readonly)
                and field.name not in kept
            }
            if free - OPEN.get(name, set()):
                found[name] = sorted(free - OPEN.get(name, set()))
        self.assertFalse(found)
