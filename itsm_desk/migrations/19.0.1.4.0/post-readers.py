"""Fill the table of readers, and let the record rules of before look at it.

Calls that another one followed, or that the end of the work ended, are superseded: who
was called reads the ticket no more. Then what else the columns of before did not say:
which impact was judged, and which solution was none at the first contact.
"""

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_path

RULES = {
    "itsm_rules": (
        "itsm_ticket_rule_requester",
        "itsm_ticket_rule_technician",
        "itsm_escalation_rule_technician",
    ),
    "itsm_sla_rules": ("itsm_sla_clock_rule_technician",),
    "itsm_event_rules": ("itsm_ticket_event_rule_technician",),
    "itsm_handling_rules": (
        "itsm_handling_rule_technician",
        "itsm_handling_rule_requester",
        "itsm_work_line_rule_technician",
    ),
    "itsm_rating_rules": ("rating_rating_rule_ticket",),
}


def migrate(cr, version):
    cr.execute("SELECT 1 FROM itsm_ticket_reader LIMIT 1")
    if not cr.rowcount:
        _supersede(cr)
        _fill(cr)
        _judge(cr)
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, xmlids in RULES.items():
        tree = etree.parse(file_path(f"itsm_desk/security/{name}.xml"))
        for xmlid in xmlids:
            rule = env.ref(f"itsm_desk.{xmlid}", raise_if_not_found=False)
            [field] = tree.xpath(f"//record[@id='{xmlid}']/field[@name='domain_force']")
            if rule:
                rule.domain_force = field.text


def _supersede(cr):
    cr.execute(
        """
        UPDATE itsm_escalation call
           SET state = 'superseded',
               superseded_at = COALESCE(
                   (SELECT min(later.create_date) FROM itsm_escalation later
                     WHERE later.ticket_id = call.ticket_id AND later.id > call.id),
                   ticket.write_date)
          FROM itsm_ticket ticket
         WHERE ticket.id = call.ticket_id AND call.accepted_at IS NULL
           AND (ticket.state IN ('solved', 'closed', 'refused', 'cancelled')
                OR EXISTS (SELECT FROM itsm_escalation later
                            WHERE later.ticket_id = call.ticket_id
                              AND later.id > call.id))
        """
    )


def _fill(cr):
    cr.execute(
        """
        INSERT INTO itsm_ticket_reader (ticket_id, role, partner_id, team_id)
        SELECT id, 'requester', partner_id, NULL::int4 FROM itsm_ticket
         WHERE partner_id IS NOT NULL
         UNION ALL
        SELECT id, 'team', NULL, team_id FROM itsm_ticket WHERE team_id IS NOT NULL
         UNION ALL
        SELECT ticket.id, 'owner', person.partner_id, NULL
          FROM itsm_ticket ticket JOIN res_users person ON person.id = ticket.user_id
         UNION ALL
        SELECT ticket.id, 'approver', person.partner_id, NULL
          FROM itsm_ticket ticket
          JOIN res_users person ON person.id = ticket.approver_id
         UNION ALL
        SELECT rel.ticket_id, 'collaborator', person.partner_id, NULL
          FROM itsm_ticket_collaborator_rel rel
          JOIN res_users person ON person.id = rel.user_id
         UNION ALL
        SELECT call.ticket_id, 'called', person.partner_id, NULL
          FROM itsm_escalation call JOIN res_users person ON person.id = call.to_user_id
         WHERE call.state = 'waiting'
        """
    )


def _judge(cr):
    cr.execute(
        """
        UPDATE itsm_ticket ticket SET is_judged = TRUE
         WHERE EXISTS (
               SELECT FROM mail_message message
                 JOIN mail_tracking_value value ON value.mail_message_id = message.id
                 JOIN ir_model_fields field ON field.id = value.field_id
                WHERE message.model = 'itsm.ticket' AND message.res_id = ticket.id
                  AND field.name IN ('impact', 'urgency'))
        """
    )
    cr.execute(
        """
        UPDATE itsm_ticket ticket SET is_first_contact_fix = FALSE
         WHERE is_first_contact_fix AND EXISTS (
               SELECT FROM itsm_ticket_event event
                WHERE event.ticket_id = ticket.id AND event.clock_id IS NULL
                  AND (event.kind = 'state' AND event.new_value = 'pending'
                       OR event.kind = 'message' AND event.at > first_response_at
                       OR event.kind = 'reply' AND event.at < solved_at))
        """
    )
