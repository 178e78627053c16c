from odoo import api, fields, models

from ...tools import sla_clock
from ...tools.one_record import check_one
from .itsm_sla_clock import PROVEN_FIELDS

SHOWN_PERIODS = 20


class ItsmSlaClock(models.Model):
    """Explains the figures of a clock from its events, and compares both."""

    _inherit = "itsm.sla.clock"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("event_ids", *PROVEN_FIELDS)
    def _compute_is_proven(self):
        for clock in self:
            derived = self._prepare_proven_values(clock._replay())
            clock.is_proven = all(
                clock[name] == value for name, value in derived.items()
            )

    @api.depends("event_ids", *PROVEN_FIELDS)
    @api.depends_context("lang")
    def _compute_explanation(self):
        for clock in self:
            clock.explanation = self.env["ir.qweb"]._render(
                "itsm_desk.itsm_sla_clock_explanation",
                {
                    "clock": clock,
                    "rows": clock._get_explanation_rows(),
                    "zone": clock.company_id._itsm_zone().zone,
                },
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_explain(self):
        """Open the explanation of one clock over the ticket."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _prepare_proven_values(self, state):
        """Return what the row must hold for a clock of ``tools/sla_clock.py``."""
        values = self._prepare_values(state)
        return {name: values[name] for name in PROVEN_FIELDS}

    def _get_explanation_rows(self):
        """Return one dict of texts for each event, and one for now."""
        self.ensure_one()
        records = self.event_ids.sorted("id")
        labels = dict(records._fields["kind"]._description_selection(self.env))
        steps = sla_clock.explain(records._to_clock_events())
        rows = [
            {
                **self._prepare_explanation_row(step),
                "label": labels[record.kind],
                "who": record.user_id.name,
                "why": record.reason_id.name or record.policy_line_id.display_name,
            }
            for step, record in zip(steps, records, strict=True)
        ]
        state = steps[-1].clock
        if state.phase == sla_clock.RUNNING:
            rows.append(self._prepare_now_row(state))
        return rows

    def _prepare_explanation_row(self, step):
        return {
            "at": self._format_moment(step.event.at),
            "periods": self._format_periods(step.periods),
            "worked": format_seconds(step.worked),
            "consumed": format_seconds(step.clock.consumed),
            "target": format_seconds(step.clock.target),
            "deadline": self._format_moment(step.clock.deadline),
        }

    def _prepare_now_row(self, state):
        now = max(fields.Datetime.now(), state.mark)
        worked = state.timeline.elapsed(state.mark, now)
        return {
            "at": self._format_moment(now),
            "label": self.env._("Now"),
            "periods": self._format_periods(state.timeline.periods(state.mark, now)),
            "worked": format_seconds(worked),
            "consumed": format_seconds(state.consumed + worked),
            "target": format_seconds(state.target),
            "deadline": self._format_moment(state.deadline),
        }

    def _format_periods(self, periods):
        """Return one text for each stretch; of very many, those at both ends."""
        texts = [
            f"{self._format_moment(start)} - {self._format_moment(end)}"
            for start, end in periods
        ]
        hidden = len(texts) - SHOWN_PERIODS
        if hidden <= 1:
            return texts
        half = SHOWN_PERIODS // 2
        return [
            *texts[:half],
            self.env._("... and %(count)s more stretches ...", count=hidden),
            *texts[-half:],
        ]

    def _format_moment(self, moment):
        return self.company_id._itsm_stamp(moment, is_named=False)


def format_seconds(seconds):
    """Return a duration as hours, minutes and, where there are any, seconds."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text
