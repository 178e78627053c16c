from odoo import api, fields, models

from ..base.grants import server_create, server_write


class OutsourcingJointMixin(models.AbstractModel):
    """A request that persons of several roles confirm together.

    requested -> confirmed; or refused, or expired without a decision. Each person gives
    the part of one role, and nobody two parts. Once all parts of one set of roles are
    given, the request is confirmed. Neither whoever asked nor the person whom it is
    about gives a part. Requests are made by the server (``request_joint``), when
    something happens that must not stand by itself, and written by nobody.

    ``_joint_roles``
        ``{role: XML id of its group}``. The model declares the fields
        ``<role>_by_id`` and ``<role>_at`` of each.
    ``_joint_sets``
        Sets of roles, one of which must be complete.
    ``_joint_activity``
        XML id of the type of activity by which persons are asked.

    A model declares ``user_id``, whom the request is about, and ``company_id``; does
    what was asked for in ``_on_enter_confirmed``; and says what is missing in
    ``_joint_get_missing_text``. For more conditions it extends
    ``_joint_get_confirm_reason`` and ``_joint_may_give``.
    """

    _name = "outsourcing.joint.mixin"
    _description = "Request Confirmed by Several Roles"
    _inherit = ["outsourcing.flow.mixin", "outsourcing.dual.head.mixin"]
    _check_company_auto = True

    _flow_transitions = {
        "requested": {"confirmed", "refused", "expired"},
        "confirmed": set(),
        "refused": set(),
        "expired": set(),
    }
    _flow_verbs = {"confirmed": "complete", "refused": "refuse", "expired": "expire"}
    # Nobody has write rights on these requests.
    _flow_step_access = "read"
    _flow_deletable_states = frozenset()
    _dual_living_states = frozenset({"requested"})
    _dual_list_states = {"requested": "submitted", "confirmed": "approved"}
    _joint_roles = {}
    _joint_sets = ()
    _joint_activity = ""

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    state = fields.Selection(
        selection=[
            ("requested", "To be confirmed"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("expired", "Expired"),
        ],
        required=True,
        default="requested",
        copy=False,
        index=True,
        tracking=True,
    )
    approved_by_id = fields.Many2one(
        string="Confirmed By", help="Who gave the last part of the confirmation."
    )
    approved_at = fields.Datetime(string="Confirmed On")
    can_confirm = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Give the part of the acting user's role; the last part confirms."""
        self.check_access("read")
        self._flow_check_can("confirm")
        # sudo: nobody has write rights on the requests; the rules judged the user.
        for request in self.sudo():
            role = request._joint_get_role()
            server_write(
                request,
                {f"{role}_by_id": self.env.uid, f"{role}_at": fields.Datetime.now()},
            )
            if any(
                all(request[f"{name}_by_id"] for name in roles)
                for roles in self._joint_sets
            ):
                confirm_joint(request)
        return True

    def action_refuse(self):
        """Refuse the requests; what they ask for does not happen."""
        return self._take_step("refused")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_confirm_reason(self):
        reasons = {}
        for request in self:
            reason = ""
            if request.state != "requested":
                reason = self.env._("it is decided already.")
            elif request._dual_is_past():
                reason = self.env._("it has expired. A new one is made on request.")
            elif self.env.user in request.requester_id | request.user_id:
                reason = self.env._(
                    "neither the person whom it is about nor whoever made the change "
                    "confirms it."
                )
            reason = reason or request._joint_get_confirm_reason()
            if not reason and not request._joint_get_role():
                reason = request._joint_get_missing_text()
            if reason:
                reasons[request.id] = reason
        return reasons

    def _get_cannot_refuse_reason(self):
        if self._flow_is_system():
            return {}
        return {
            request.id: self.env._(
                "the person whom it is about and whoever made the change do not "
                "decide on it; somebody else does."
            )
            for request in self
            if self.env.user in request._joint_get_parties()
        }

    def _get_cannot_complete_reason(self):
        if self._flow_is_system():
            return {}
        return {request.id: request._joint_get_missing_text() for request in self}

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _flow_get_system_fields(self):
        names = {"expiry_date", "reason", "requester_id", "user_id", "company_id"}
        names |= {"approved_at", "approved_by_id", "refused_at", "refused_by_id"}
        for role in self._joint_roles:
            names |= {f"{role}_by_id", f"{role}_at"}
        return super()._flow_get_system_fields() | names

    def _on_enter_refused(self, origins):
        # sudo: nobody has write rights on the requests; the step was judged before.
        server_write(
            self.sudo(),
            {"refused_by_id": self.env.uid, "refused_at": fields.Datetime.now()},
        )

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        # Rows that the server makes without a request were asked of nobody.
        if asked := self.filtered("requester_id"):
            # sudo: whoever decides need not have rights on activities.
            asked.sudo().activity_feedback([self._joint_activity])
        return result

    # ------------------------------------------------------------
    # WHO IS LEFT
    # ------------------------------------------------------------

    @api.model
    def _get_staffed_gates(self):
        return {"confirm": (self.env._("Confirmation"), [("state", "=", "requested")])}

    def _get_barred_users(self, verb):
        return self.requester_id | self.user_id

    def _get_staffed_users(self, verb, users):
        """Return who is left of those who can still complete one set of roles."""
        left = super()._get_staffed_users(verb, users)
        given = self.env["res.users"].union(
            *(self[f"{role}_by_id"] for role in self._joint_roles)
        )
        found = left.browse()
        for roles in self._joint_sets:
            missing = [role for role in roles if not self[f"{role}_by_id"]]
            people = {
                role: (left - given).filtered(
                    lambda user, role=role: user.has_group(self._joint_roles[role])
                )
                for role in missing
            }
            everybody = left.browse().union(*people.values())
            if all(people.values()) and len(everybody) >= len(missing):
                found |= everybody
        return found

    # ------------------------------------------------------------
    # RULES OF A MODEL
    # ------------------------------------------------------------

    def _joint_get_role(self):
        """Return the role whose part the acting user gives, or None."""
        self.ensure_one()
        given = [self[f"{role}_by_id"] for role in self._joint_roles]
        if self.env.user in self.env["res.users"].union(*given):
            return None
        for role, group in self._joint_roles.items():
            if self[f"{role}_by_id"] or not self._flow_user_in(group):
                continue
            if self._joint_may_give(role):
                return role
        return None

    def _joint_may_give(self, role):
        """Whether the acting user, who has the role, may give its part."""
        return True

    def _joint_get_parties(self):
        """Return who does not refuse the request (res.users)."""
        self.ensure_one()
        return self.user_id

    def _joint_get_confirm_reason(self):
        """Say what else keeps the request from being confirmed, or an empty string.

        :rtype: str
        """
        self.ensure_one()
        return ""

    def _joint_get_missing_text(self):
        """Say who confirms the request.

        :rtype: str
        """
        raise NotImplementedError


def request_joint(model, vals_list):
    """Make requests, as the server's own act.

    :param model: any recordset of the model, with sudo
    :param vals_list: values with ``requester_id`` and ``reason``
    :return: the requests
    """
    quiet = model.browse().with_context(
        mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True
    )
    return server_create(quiet, vals_list)


def confirm_joint(request):
    """Confirm a request whose parts are all given, by the acting user."""
    server_write(
        request,
        {
            "state": "confirmed",
            "approved_by_id": request.env.uid,
            "approved_at": fields.Datetime.now(),
        },
    )


def ask_joint(request, groups, prefer=None):
    """Ask one person of each group for the confirmation, by an activity.

    :param groups: XML ids of the groups
    :param res.users prefer: whom to ask where they are in a group
    """
    asked = request.env["res.users"]
    prefer = prefer or asked
    for group in groups:
        excluded = asked | request.requester_id | request.user_id
        users = request._flow_get_users_of(group, excluded)
        users = users.filtered(lambda user: not user.share)
        asked |= (prefer & users) or users[:1]
    for user in asked:
        request.activity_schedule(request._joint_activity, user_id=user.id)
