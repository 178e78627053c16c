import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.outsourcing_grant import server_create

_logger = logging.getLogger(__name__)


class OutsourcingComplianceRule(models.Model):
    """A rule that watches the chain by itself and raises events.

    A rule finds its breaches with a method ``_find_breaches_<code>()``; a rule
    without one is raised by the procedure at the moment of the breach.
    Configured by managers; the code ties the record to its method and is
    never changed.
    """

    _name = "outsourcing.compliance.rule"
    _description = "Compliance Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, help="Technical name of the rule.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Empty: the rule watches every company.",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    date_from = fields.Date(
        string="In Force From",
        required=True,
        default=fields.Date.context_today,
        help="Breaches before this day are not raised.",
    )
    description = fields.Text(translate=True)
    fine_amount = fields.Monetary(
        string="Fine", help="Proposed to HR when the event is confirmed."
    )
    event_ids = fields.One2many(
        comodel_name="outsourcing.compliance.event", inverse_name="rule_id"
    )
    event_count = fields.Integer(compute="_compute_event_count")

    _code_unique = models.Constraint(
        "UNIQUE (code)", "There is one compliance rule per code."
    )
    _fine_positive = models.Constraint(
        "CHECK (fine_amount >= 0)", "A fine cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    def _compute_event_count(self):
        counts = dict(
            self.env["outsourcing.compliance.event"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.event_count = counts.get(rule, 0)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if "code" in vals and any(rule.code != vals["code"] for rule in self):
            raise UserError(
                self.env._(
                    "The code of a compliance rule ties it to what it watches and "
                    "cannot be changed. Archive the rule instead."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_events(self):
        used = self.filtered("event_ids")
        if used:
            raise UserError(
                self.env._(
                    "%s has events and is kept. Archive it instead.",
                    ", ".join(used.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_events(self):
        """Open the events of the rule."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events"),
            "res_model": "outsourcing.compliance.event",
            "view_mode": "list,form",
            "domain": [("rule_id", "in", self.ids)],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _raise_events(self, rows):
        """Raise one event per row that has none yet.

        :param list rows: dicts with ``record``, and optionally ``employee``,
            ``user``, ``date``, ``note``
        :return: events of the rows, new and old
        """
        # Whoever takes a step need not be allowed to write events.
        Event = self.env["outsourcing.compliance.event"].sudo()
        events = Event.browse()
        for rule in self.sudo():
            known = rule._get_events(rows)
            fresh = {}
            for row in rows:
                key = (row["record"]._name, row["record"].id)
                if key in known:
                    events |= known[key]
                elif rule._is_in_force_for(row):
                    fresh[key] = rule._prepare_event(row)
            created = server_create(Event, list(fresh.values()))
            created._ask_hr()
            events |= created
        return events

    def _get_events(self, rows):
        """Return ``{(model, id): event}`` of the rule for the rows' records."""
        self.ensure_one()
        ids_by_model = {}
        for row in rows:
            ids_by_model.setdefault(row["record"]._name, []).append(row["record"].id)
        domain = Domain.OR(
            Domain("res_model", "=", model) & Domain("res_id", "in", ids)
            for model, ids in ids_by_model.items()
        )
        events = self.env["outsourcing.compliance.event"].sudo()
        events = events.search(Domain("rule_id", "=", self.id) & domain)
        return {(event.res_model, event.res_id): event for event in events}

    def _is_in_force_for(self, row):
        """Whether the rule watches the row's company on the row's day."""
        self.ensure_one()
        company = row["record"].sudo().company_id
        day = row.get("date") or company._outsourcing_today()
        return day >= self.date_from and (
            not self.company_id or self.company_id == company
        )

    def _prepare_event(self, row):
        self.ensure_one()
        record = row["record"].sudo()
        company = record.company_id
        employee = (row.get("employee") or self.env["hr.employee"]).sudo()
        user = row.get("user") or employee.user_id
        if employee.company_id != company:
            employee = employee.browse()
        return {
            "rule_id": self.id,
            "res_model": record._name,
            "res_id": record.id,
            "name": record.display_name,
            "company_id": company.id,
            "employee_id": employee.id,
            "user_id": user.id,
            "date": row.get("date") or company._outsourcing_today(),
            "note": row.get("note") or False,
            "fine_amount": self._get_fine(company),
        }

    def _get_fine(self, company):
        """Return the fine that events of the company carry; extended elsewhere."""
        self.ensure_one()
        return self.fine_amount

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_find_breaches(self):
        """Ask every rule in force for its breaches and raise their events.

        Rules stand alone: one that fails is logged and asked again the next
        time. Events are unique, so a second run raises nothing twice.
        """
        rules = self.search([("date_from", "<=", fields.Date.today())])
        for rule in rules:
            finder = getattr(rule, f"_find_breaches_{rule.code}", None)
            if finder is None:
                continue
            try:
                with self.env.cr.savepoint():
                    rule._raise_events(finder())
            except Exception:
                _logger.exception("Compliance rule %s failed", rule.code)
            self.env["ir.cron"]._commit_progress(1)
