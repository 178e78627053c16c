from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_list

from ..base.groups import AUDITOR, MANAGER

REVIEW_TYPES = ("group", "individual")


class OutsourcingGateStaffing(models.TransientModel):
    """Who is left to act at one gate in one company, as of the moment it is asked.

    A gate is a tier definition of a hardened document or of a two-person request, or
    such a document without any definition, for which the manager group decides; or a
    verb that only persons of a group take who had no part in what it is about, such as
    filing a contract, verifying a round or deciding a dispute. Counted are the persons
    whom the tier or the verb names, and the deputies of reviewers of today; where
    documents wait at the gate, the fewest that are left for one of them after its
    author, editor, requesters and the person concerned fall away.
    """

    _name = "outsourcing.gate.staffing"
    _description = "Who Can Act"
    _order = "person_count, id"
    _rec_name = "gate"

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    document = fields.Char(readonly=True)
    gate = fields.Char(readonly=True)
    definition_id = fields.Many2one(
        comodel_name="tier.definition", readonly=True, ondelete="cascade"
    )
    user_ids = fields.Many2many(
        comodel_name="res.users", string="Reviewers", readonly=True
    )
    deputy_text = fields.Char(string="Deputies Today", readonly=True)
    person_count = fields.Integer(string="Persons", readonly=True, aggregator=None)
    waiting_count = fields.Integer(string="Waiting", readonly=True)
    least_count = fields.Integer(
        string="Fewest Left",
        readonly=True,
        aggregator=None,
        help="Persons left for that waiting document which has the fewest.",
    )
    fallback_text = fields.Char(
        string="If Nobody Is Left",
        readonly=True,
        help="The manager group, and after it the two persons of the settings.",
    )
    level = fields.Selection(
        selection=[
            ("none", "Nobody left"),
            ("one", "One person left"),
            ("enough", "Two or more"),
        ],
        readonly=True,
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    def action_show(self):
        """Count anew for the companies that the user works in, and show the page."""
        if not self._may_show():
            raise AccessError(
                self.env._(
                    "Who can act at which gate is shown to outsourcing managers and "
                    "auditors."
                )
            )
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        rows = [
            row
            for company in self.env.companies
            for row in self._prepare_all_rows(company)
        ]
        self.create(rows)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "outsourcing_mgmt.outsourcing_gate_staffing_action"
            ),
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _may_show(self):
        return any(self.env.user.has_group(group) for group in (MANAGER, AUDITOR))

    @api.model
    def _prepare_all_rows(self, company):
        """Return the values of all gates in ``company``: reviews, then verbs."""
        rows = [
            row
            for name in self.env["tier.review"]._tier_hardened_models()
            for row in self._prepare_rows(name, company)
        ]
        mixin = self.env.registry["outsourcing.flow.mixin"]
        for name, model in self.env.registry.items():
            if issubclass(model, mixin) and not model._abstract:
                for verb, gate in self.env[name]._get_staffed_gates().items():
                    rows.append(self._prepare_verb_row(name, company, verb, *gate))
        return rows

    @api.model
    def _prepare_verb_row(self, name, company, verb, label, domain):
        """Return the values of the gate at which ``verb`` is taken.

        :param str label: name of the gate
        :param domain: what waits there
        """
        # sudo: auditors read neither all documents nor who is in a group.
        Model = self.env[name].sudo().with_company(company)
        users = self.env["res.users"].sudo()  # sudo: as above
        for xmlid in Model._get_staffed_groups(verb):
            # sudo: as above.
            users |= self.env.ref(xmlid).sudo().all_user_ids
        users = self._filter_users(users, company)
        waiting = Model.search(Domain(domain) & Domain("company_id", "=", company.id))
        counts = [len(item._get_staffed_users(verb, users)) for item in waiting]
        return {
            "company_id": company.id,
            "document": self.env["ir.model"]._get(name).name,
            "gate": label,
            "user_ids": [Command.set(users.ids)],
            "person_count": len(users),
            "waiting_count": len(counts),
            "least_count": min(counts, default=0),
            "fallback_text": self._get_fallback_text(users.browse(), company)
            if verb in Model._staffed_joint_verbs
            else "",
            "level": self._get_level(min([len(users), *counts])),
        }

    @api.model
    def _get_level(self, count):
        return ("none", "one", "enough")[min(count, 2)]

    @api.model
    def _prepare_rows(self, name, company):
        """Return the values of the gates of the document ``name`` in ``company``."""
        # sudo: auditors read neither all tiers nor who is in a group.
        Definition = self.env["tier.definition"].sudo()
        definitions = Definition.search(
            [("model", "=", name), ("company_id", "in", [False, company.id])],
            order="sequence desc, id",
        )
        if not definitions:
            return [self._prepare_row(name, company, definitions)]
        return [self._prepare_row(name, company, item) for item in definitions]

    @api.model
    def _prepare_row(self, name, company, definition):
        # sudo: as above.
        Model = self.env[name].sudo()
        # sudo: as above.
        group = self.env.ref(Model._tier_manager_group).sudo()
        managers = self._filter_users(group.all_user_ids, company)
        if not definition:
            users = managers
        elif definition.review_type == "group":
            users = definition.reviewer_group_id.all_user_ids
        else:
            users = definition.reviewer_id
        users = self._filter_users(users, company)
        deputies = self._get_deputies(Model, users, company)
        people = users | users.browse(deputies)
        counts = self._get_counts(name, company, definition)
        is_counted = not definition or definition.review_type in REVIEW_TYPES
        least = min([len(people) if is_counted else 2, *counts])
        return {
            "company_id": company.id,
            "document": self.env["ir.model"]._get(name).name,
            "gate": definition.name
            or self.env._("No review is defined: the manager group decides"),
            "definition_id": definition.id,
            "user_ids": [Command.set(users.ids)],
            "deputy_text": format_list(
                self.env, [self._get_pair(*pair) for pair in deputies.items()]
            )
            if deputies
            else "",
            "person_count": len(people),
            "waiting_count": len(counts),
            "least_count": min(counts, default=0),
            "fallback_text": self._get_fallback_text(managers - users, company),
            "level": self._get_level(least),
        }

    @api.model
    def _filter_users(self, users, company):
        return users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )

    @api.model
    def _get_deputies(self, Model, users, company):
        """Return ``{deputy id: approver id}`` of today."""
        living = {
            item.deputy_id: item.user_id
            for item in self.env["outsourcing.deputy"]._get_living(company)
            if item.user_id in users.ids and item.deputy_id not in users.ids
        }
        deputies = self._filter_users(users.browse(living), company).filtered(
            lambda user: Model.with_user(user).browse().has_access("read")
        )
        return {user.id: living[user.id] for user in deputies}

    @api.model
    def _get_pair(self, deputy, user):
        # sudo: names of colleagues of several companies.
        users = self.env["res.users"].sudo()
        return self.env._(
            "%(deputy)s for %(approver)s",
            deputy=users.browse(deputy).name,
            approver=users.browse(user).name,
        )

    @api.model
    def _get_counts(self, name, company, definition):
        """Return how many persons are left for each waiting document of the gate."""
        if not definition:
            return []
        # sudo: an auditor counts also what only its readers see; no name is shown.
        Review = self.env["tier.review"].sudo()
        reviews = Review.search(
            [
                ("model", "=", name),
                ("definition_id", "=", definition.id),
                ("status", "in", ("waiting", "pending")),
            ]
        )
        documents = reviews.env[name].browse(reviews.mapped("res_id")).exists()
        ids = {
            document.id for document in documents if document._get_company() == company
        }
        return [
            # Two persons who decide together are one decision.
            len(review._get_reviewers()) if review._tier_get_own_reviewers() else 0
            for review in reviews
            if review.res_id in ids
        ]

    @api.model
    def _get_fallback_text(self, managers, company):
        names = managers.mapped("name")
        texts = []
        if names:
            texts.append(self.env._("Managers: %s", format_list(self.env, names)))
        named = company._outsourcing_get_named()
        if len(named) == 2:
            texts.append(
                self.env._("Together: %s", format_list(self.env, named.mapped("name")))
            )
        return "; ".join(texts)
