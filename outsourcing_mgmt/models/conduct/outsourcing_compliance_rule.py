import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_list

from ...tools import deadline
from ...tools.apart import run_apart
from ..audit.rule_changes import find_changes, is_set_up, log_changes, read_rules
from ..base.grants import is_evaluated_code_running, server_create
from ..base.groups import HR, MANAGER
from ..base.uninstall import guards_deletion
from ..messages.telling import get_requests
from . import breach_domains

_logger = logging.getLogger(__name__)

RECORD_DAYS = 30
"""How long a record of the outsourcing department shows that it knew of faults."""
BATCH = 100
RATES = frozenset({"demerit_points", "fine_amount"})
"""What a breach costs; HR changes it, as the rates of the company."""
TERMS = frozenset({"active", "company_id", "date_from", "responsible_role"})
"""What decides whether a breach is raised, and who answers for it."""
SUBMITTED_BIDS = ("opened", "qualified", "disqualified", "ranked", "won", "lost")


class OutsourcingComplianceRule(models.Model):
    """A rule of the procedure whose breaches raise events.

    Every night a rule finds its breaches with the method ``_find_breaches_<code>()``,
    which returns rows for :meth:`_raise_events`; records that have their event are
    left out. A rule without that method is raised by the procedure at the moment of
    the breach. Configured by managers, but for fine and points, which HR sets; each
    change of what it says is a step of the audit log. The code names the method and is
    never changed, and a rule that was in force is kept.
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
        help="Empty: the rule checks every company.",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    date_from = fields.Date(
        string="In Force From",
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        help="Breaches before this day are not raised.",
    )
    description = fields.Text(translate=True)
    fine_amount = fields.Monetary(
        string="Fine", help="Proposed to HR when the event is confirmed."
    )
    demerit_points = fields.Integer(
        help="Proposed to HR together with the fine, in the same penalty."
    )
    responsible_role = fields.Selection(
        selection=[
            ("actor", "Whoever acted"),
            ("procurement_head", "Heads of procurement and of the department"),
            ("outsourcing_head", "Head of the outsourcing department"),
        ],
        string="Who Answers",
        default="actor",
        required=True,
        help="The heads of the departments that the settings name. Where none is "
        "named, the head of whoever acted.",
    )
    event_ids = fields.One2many(
        comodel_name="outsourcing.compliance.event", inverse_name="rule_id"
    )
    event_count = fields.Integer(compute="_compute_event_count")
    can_set_rates = fields.Boolean(compute="_compute_can_set")
    can_set_terms = fields.Boolean(compute="_compute_can_set")

    _code_unique = models.Constraint(
        "UNIQUE (code)", "There is one compliance rule per code."
    )
    _fine_positive = models.Constraint(
        "CHECK (fine_amount >= 0 AND demerit_points >= 0)",
        "Fine and demerit points cannot be negative.",
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

    @api.depends_context("uid")
    def _compute_can_set(self):
        for rule in self:
            rule.can_set_rates = self.env.user.has_group(HR)
            rule.can_set_terms = self.env.user.has_group(MANAGER)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        for rule in rules:
            rule._judge_change({"demerit_points": 0, "fine_amount": 0})
        return rules

    def write(self, vals):
        if "code" in vals and any(rule.code != vals["code"] for rule in self):
            raise UserError(
                self.env._(
                    "The code of a compliance rule ties it to what it watches and "
                    "cannot be changed. Archive the rule instead."
                )
            )
        if not RATES.issuperset(vals):
            self._check_manager()
        names = (RATES | TERMS).intersection(vals)
        before = {rule: read_rules(rule, names) for rule in self}
        result = super().write(vals)
        for rule, terms in before.items():
            rule._judge_change(terms)
        return result

    @guards_deletion
    def _unlink_except_set_up(self):
        """The server itself takes along rules without events, of a module that goes."""
        kept = self.filtered("event_ids") if is_set_up(self.env) else self
        if kept:
            raise UserError(
                self.env._(
                    "%s: a compliance rule is kept, with its events and what was "
                    "changed in it. Archive it instead.",
                    format_list(self.env, kept.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_events(self):
        """Open the events of the rule."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events"),
            "res_model": "outsourcing.compliance.event",
            "view_mode": "list,form",
            "domain": [("rule_id", "in", self.ids)],
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_find_breaches(self):
        """Ask every rule in force for its breaches and raise their events.

        A rule or an event that fails is logged, does not stop the others, and is
        asked for again the next time. Events are unique, so a second run raises
        nothing twice, and one that is killed goes on after the batches that it
        finished.
        """
        Cron = self.env["ir.cron"]
        for rule in self.search([("active", "=", True)]):
            if rule.date_from > rule._get_latest_today():
                continue
            finder = getattr(rule, f"_find_breaches_{rule.code}", None)
            if finder is None:
                continue
            try:
                with self.env.cr.savepoint():
                    rows = finder()
            except Exception:
                _logger.exception("Compliance rule %s failed", rule.code)
                continue
            tell = partial(_logger.exception, "Rule %s failed for %s", rule.code)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                run_apart(batch, rule._raise_events, self.env.cr.savepoint, tell)
                Cron._commit_progress(len(batch))
            # What was read for one rule is not kept for the next.
            self.env.invalidate_all()

    # ------------------------------------------------------------
    # FINDING BREACHES
    # ------------------------------------------------------------

    def _find_breaches_no_request(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", breach_domains.without_request()
        ):
            missing = not tender.request_ids or any(
                not request.approved_date or request.approved_date > tender.publish_date
                for request in tender.request_ids
            )
            if missing:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.published_by_id,
                        tender.publish_date,
                        self.env._("Published without an approved request."),
                    )
                )
        return rows

    def _find_breaches_late_reference_price(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", breach_domains.without_price()
        ):
            price = tender.reference_price_id
            # A later price came with an addendum, and was approved before that.
            taken = tender.addendum_ids.filtered(
                lambda item, price=price: item.reference_price_id == price
            ).mapped("published_at")
            approved = price.approved_date
            if not approved or approved > max(
                filter(None, [tender.publish_date, *taken])
            ):
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.published_by_id,
                        tender.publish_date,
                        self.env._(
                            "Published without a reference price approved before."
                        ),
                    )
                )
        return rows

    def _find_breaches_too_few_bidders(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", breach_domains.with_few_bids(SUBMITTED_BIDS)
        ):
            bids = tender.bid_ids.filtered(lambda bid: bid.state in SUBMITTED_BIDS)
            if len(bids) < tender.min_bidders:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.opened_by_id,
                        tender.opened_date,
                        self.env._(
                            "%(count)s bids were opened; the procedure asks for "
                            "%(least)s.",
                            count=len(bids),
                            least=tender.min_bidders,
                        ),
                    )
                )
        return rows

    def _find_breaches_opened_early(self):
        rows = []
        for tender in self._search_unraised(
            "outsourcing.tender", breach_domains.opened_early()
        ):
            due = max(filter(None, (tender.bid_deadline, tender.opening_date)))
            if tender.opened_date < due:
                rows.append(
                    self._prepare_tender_row(
                        tender,
                        tender.opened_by_id,
                        tender.opened_date,
                        self.env._(
                            "Opened before %s.",
                            tender.company_id._outsourcing_format_moment(due),
                        ),
                    )
                )
        return rows

    def _find_breaches_signed_late(self):
        rows = []
        for award in self._search_unraised(
            "outsourcing.award", breach_domains.signed_late()
        ):
            company = award.company_id
            final = company._outsourcing_date(award.final_date)
            due = deadline.add_days(final, award.tender_id._get_rule("sign_days"))
            signed = award.contract_id.signed_date
            late = deadline.days_late(due, signed, company._outsourcing_today())
            if late:
                rows.append(
                    self._prepare_row(
                        award,
                        award.user_id,
                        signed or company._outsourcing_today(),
                        self.env._(
                            "The contract was to be signed by %(date)s; days late: "
                            "%(days)s.",
                            date=format_date(self.env, due),
                            days=late,
                        ),
                    )
                )
        return rows

    def _find_breaches_filed_late(self):
        contracts = self._search_unraised(
            "outsourcing.contract",
            [
                ("signed_date", "!=", False),
                "|",
                ("is_filed_late", "=", True),
                "&",
                ("filed_date", "=", False),
                ("filing_deadline", "<", self._get_latest_today()),
            ],
        )
        rows = [contract._prepare_filing_breach() for contract in contracts]
        return [row for row in rows if row]

    def _find_breaches_renewed_unforeseen(self):
        contracts = self._search_unraised(
            "outsourcing.contract", breach_domains.renewed_unforeseen()
        )
        return [
            self._prepare_row(
                contract,
                contract.signed_by_id,
                contract.signed_date,
                self.env._(
                    "Renewal %(number)s; %(foreseen)s were announced in the tender.",
                    number=contract.renewal_number,
                    foreseen=contract.predecessor_id.renewals_foreseen,
                ),
            )
            for contract in contracts
            if contract.renewal_number > contract.predecessor_id.renewals_foreseen
        ]

    def _find_breaches_found_elsewhere(self):
        """Faults that another department found and the outsourcing department had not.

        Source: rule 8 of the regulation on outsourcing.
        """
        return self._prepare_found_elsewhere(
            self._search_unraised(
                "outsourcing.finding",
                [("verified_on", "!=", False), ("contract_id", "!=", False)],
            )
        )

    def _prepare_found_elsewhere(self, findings):
        """Return the rows of findings that the outsourcing department had not."""
        return [
            self._prepare_row(
                finding,
                finding.contract_id.owner_id,
                finding.date,
                self.env._(
                    "%(finding)s was reported by %(department)s; the outsourcing "
                    "department had recorded nothing on %(contract)s in the %(days)s "
                    "days before.",
                    finding=finding.display_name,
                    department=finding.reporter_department_id.name
                    or finding.reporter_id.name,
                    contract=finding.contract_id.name,
                    days=RECORD_DAYS,
                ),
            )
            for finding in findings
            if not finding._is_of_outsourcing()
            and not finding._has_own_record(finding.date - timedelta(days=RECORD_DAYS))
        ]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_manager(self):
        """Keep HR, which may write rules, to fine and points."""
        if not is_set_up(self.env) and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "%s: an outsourcing manager changes what a compliance rule "
                    "watches; HR changes its fine and its demerit points.",
                    format_list(self.env, self.mapped("name")),
                )
            )

    def _judge_change(self, before):
        """Refuse a change of rates by others than HR, and log each change.

        :param dict before: ``{field: value}``, see :func:`read_rules`
        """
        self.ensure_one()
        if is_set_up(self.env):
            return
        changed = find_changes(self, before)
        is_hr = self.env.user.has_group(HR) and not is_evaluated_code_running()
        if not RATES.isdisjoint(changed) and not is_hr:
            raise AccessError(
                self.env._(
                    "%s: HR changes the fine and the demerit points of a compliance "
                    "rule, under Outsourcing, Configuration, Compliance Rules.",
                    self.display_name,
                )
            )
        log_changes(self, changed)

    def _raise_events(self, rows):
        """Raise one event per row that has none yet.

        :param list rows: dicts with ``record``, and optionally ``employee``,
            ``user``, ``date``, ``note``
        :return: events of the rows, new and old
        """
        # sudo: whoever takes a step need not be allowed to write events.
        Event = self.env["outsourcing.compliance.event"].sudo()
        events = Event.browse()
        # sudo: as above, for the rules.
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
        # sudo: events that the acting user may not read are raised already, too.
        events = self.env["outsourcing.compliance.event"].sudo()
        events = events.search(Domain("rule_id", "=", self.id) & domain)
        return {(event.res_model, event.res_id): event for event in events}

    def _is_in_force_for(self, row):
        """Whether the rule watches the row's company on the row's day."""
        self.ensure_one()
        # sudo: whoever takes a step need not read the document in breach.
        company = row["record"].sudo().company_id
        day = row.get("date") or company._outsourcing_today()
        return day >= self.date_from and (
            not self.company_id or self.company_id == company
        )

    def _prepare_event(self, row):
        self.ensure_one()
        # sudo: as above, for its name.
        record = row["record"].sudo()
        company = record.company_id
        # sudo: the user behind an employee is hidden from other employees.
        employee = (row.get("employee") or self.env["hr.employee"]).sudo()
        actor = row.get("user") or employee.user_id
        if employee.company_id != company:
            employee = employee.browse()
        employee, second = self._get_responsible(record, employee)
        user = employee.user_id or actor
        return {
            "rule_id": self.id,
            "res_model": record._name,
            "res_id": record.id,
            "name": record.display_name,
            "company_id": company.id,
            "employee_id": employee.id,
            "user_id": user.id,
            "second_employee_id": second.id,
            "actor_user_id": actor.id,
            "points": self.demerit_points,
            "date": row.get("date") or company._outsourcing_today(),
            "note": row.get("note") or False,
            "fine_amount": self._get_fine(company),
        }

    def _get_responsible(self, record, employee):
        """Return who answers for a breach, as the regulation says.

        :param record: the document in breach, with sudo
        :param employee: who acted (hr.employee), or none
        :return: two employees; the second may be none
        """
        self.ensure_one()
        company, nobody = record.company_id, employee.browse()
        role = self.responsible_role
        if role == "actor":
            return employee, nobody
        own = employee.department_id.manager_id
        department = (
            company.outsourcing_procurement_department_id
            if role == "procurement_head"
            else company.outsourcing_department_id
        )
        first = department.manager_id or own or employee
        second = nobody
        if role == "procurement_head":
            heads = self._get_related_departments(record).manager_id - first
            second = heads[:1]
        return tuple(
            head if head.company_id == company else nobody for head in (first, second)
        )

    @api.model
    def _get_related_departments(self, record):
        """Return the departments that applied for what a document is about."""
        return get_requests(record).department_id

    def _get_fine(self, company):
        """Return the fine that events of the company carry; extended elsewhere."""
        self.ensure_one()
        return self.fine_amount

    def _get_latest_today(self):
        """Return the latest date of today among the companies that the rule watches."""
        self.ensure_one()
        # sudo: the rule watches every company, whoever started the search.
        companies = self.company_id or self.env["res.company"].sudo().search(
            [("active", "=", True)]
        )
        return max(company._outsourcing_today() for company in companies)

    def _search_unraised(self, model, domain):
        """Return the records of ``model`` that the rule watches, without event.

        Archived records are watched too.
        """
        self.ensure_one()
        # sudo: the rule watches every document, whoever started the search.
        raised = self.env["outsourcing.compliance.event"].sudo()
        query = raised._search([("rule_id", "=", self.id), ("res_model", "=", model)])
        # sudo: as above.
        documents = self.env[model].sudo().with_context(active_test=False)
        domain = Domain(domain) & Domain("id", "not in", query.subselect("res_id"))
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        return documents.search(domain)

    def _prepare_tender_row(self, tender, user, moment, note):
        day = tender.company_id._outsourcing_date(moment)
        return self._prepare_row(tender, user, day, note)

    def _prepare_row(self, record, user, day, note):
        """Return a row with the employee whom the user is in the company."""
        # sudo: the person responsible is named on the event, no more is read.
        employee = user.sudo().with_company(record.company_id).employee_id
        return {
            "record": record,
            "user": user,
            "employee": employee,
            "date": day,
            "note": note,
        }
