from odoo import fields, models
from odoo.tools import SQL


def get_second_repairs(condition):
    """Return the query of the second repairs whose attempt ``again`` meets a condition.

    A repair is an attempt on an incident: a request for toner or a move of the same
    printer says nothing of the last repair.
    """
    # The id joins both keys of a row: equipment below 2^21, attempts below 2^32.
    return SQL(
        """
        SELECT again.id::bigint * 2097152 + named.equipment_id AS id,
               again.begun_at AS at,
               EXTRACT(EPOCH FROM again.begun_at - first.solved_at) / 86400 AS days,
               named.equipment_id, again.ticket_id,
               first.ticket_id AS first_ticket_id,
               first.solved_at AS first_solved_at,
               first.solved_by_id AS user_id,
               (SELECT job.partner_id
                  FROM itsm_vendor_job job
                 WHERE job.ticket_id = first.ticket_id AND job.outcome = 'done'
                   AND job.returned_at <= first.solved_at
                 ORDER BY job.id DESC
                 LIMIT 1) AS vendor_partner_id,
               first.team_id, first.service_id, first.category_id,
               first.ticket_id = again.ticket_id AS is_same_ticket,
               again.company_id
          FROM (SELECT h.id, h.ticket_id, h.company_id,
                       COALESCE(h.begun_at, h.create_date) AS begun_at
                  FROM itsm_handling h
                  JOIN itsm_ticket repaired ON repaired.id = h.ticket_id
                 WHERE repaired.ticket_type = 'incident') again
          JOIN res_company company ON company.id = again.company_id
          JOIN itsm_ticket_equipment_rel named ON named.ticket_id = again.ticket_id
          JOIN LATERAL (
               SELECT h.ticket_id, h.solved_at, h.solved_by_id, earlier.team_id,
                      earlier.service_id, earlier.category_id
                 FROM itsm_ticket_equipment_rel other
                 JOIN itsm_ticket earlier ON earlier.id = other.ticket_id
                 JOIN itsm_handling h ON h.ticket_id = other.ticket_id
                WHERE other.equipment_id = named.equipment_id
                  AND earlier.ticket_type = 'incident'
                  AND h.company_id = again.company_id
                  AND h.id < again.id
                  AND h.solved_at <= again.begun_at
                ORDER BY h.solved_at DESC, h.id DESC
                LIMIT 1) first ON TRUE
         WHERE again.begun_at <= first.solved_at
               + company.itsm_second_repair_days * interval '1 day'
           AND %s
        """,
        condition,
    )


class ItsmSecondRepair(models.Model):
    """An attempt on equipment that had been repaired not long before.

    Found by a query, nobody notes it: somebody worked on an incident of the equipment
    again within the days that the company counts (``itsm_second_repair_days``) after a
    solution was told for it, in the same ticket or another one. Requests do not count.
    It counts against whoever told that solution, and the vendor that had done the work,
    not against whoever repairs again.
    """

    _name = "itsm.second.repair"
    _description = "Second Repair"
    _auto = False
    _order = "at desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "itsm.handling": ["ticket_id", "begun_at", "solved_at", "solved_by_id"],
        "itsm.ticket": [
            "equipment_ids",
            "team_id",
            "service_id",
            "category_id",
            "ticket_type",
        ],
        "itsm.vendor.job": ["outcome", "partner_id", "returned_at", "ticket_id"],
        "res.company": ["itsm_second_repair_days"],
    }

    at = fields.Datetime(string="Repaired Again on", readonly=True)
    days = fields.Float(
        string="Days after the First",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
    )
    equipment_id = fields.Many2one(comodel_name="maintenance.equipment", readonly=True)
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", string="Repaired Again in", readonly=True
    )
    first_ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", string="Repaired in", readonly=True
    )
    first_solved_at = fields.Datetime(string="Repaired on", readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Counts Against",
        readonly=True,
        help="Who told the solution that did not last.",
    )
    vendor_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        readonly=True,
        help="Which vendor had repaired it the first time.",
    )
    team_id = fields.Many2one(comodel_name="itsm.team", readonly=True)
    service_id = fields.Many2one(comodel_name="itsm.service", readonly=True)
    category_id = fields.Many2one(comodel_name="itsm.category", readonly=True)
    is_same_ticket = fields.Boolean(
        string="Refused by the Requester",
        readonly=True,
        help="The first solution was refused, and the same ticket was worked on again.",
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)

    @property
    def _table_query(self):
        return get_second_repairs(SQL("TRUE"))
