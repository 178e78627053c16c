import json

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.itsm_desk.models.handling.itsm_second_repair import (
    get_second_repairs,
)

from ...tools.scoring import Figure
from ...tools.span import Spans


class VendorQualityCollector(models.AbstractModel):
    """Counts one source of figures for many contracts and periods with one query.

    A source ``x`` of a metric is a model ``vendor.quality.collector.x`` that
    inherits this one and gives :meth:`_get_counted`; the source itself is one
    more value of the metric's ``source``. The sources of this module follow below.

    The query joins and groups in the database, because 10,000 contracts with
    twelve periods and twenty metrics are 2.4 million figures ("collect all" in
    ``tests/bench``). It reads whatever the acting user may read: a score must not
    depend on who collects it.
    """

    _name = "vendor.quality.collector"
    _description = "Collector of Quality Figures"

    # Models whose pending changes the query must see.
    _counted_models = ()

    @api.model
    def _collect_metric(self, metric, spans):
        """Return ``{span key: Figure}`` of ``metric``; a key without data is left out.

        Formulas are no source: they are computed from the other figures.
        """
        if metric.source == "formula" or not spans:
            return {}
        return self.env[f"vendor.quality.collector.{metric.source}"]._collect(
            metric, spans
        )

    @api.model
    def _collect(self, metric, spans):
        """Count with the query parts of :meth:`_get_counted`."""
        for name in self._counted_models:
            self.env[name].flush_model()
        counted = self._get_counted(metric)
        rows = self.env.execute_query(
            SQL(
                """
                WITH span AS MATERIALIZED (SELECT * FROM %(span)s)
                SELECT span.key,
                       SUM(%(numerator)s)::float8,
                       SUM(%(denominator)s)::float8,
                       COUNT(*),
                       COUNT(DISTINCT %(record)s),
                       ARRAY_AGG(DISTINCT %(record)s ORDER BY %(record)s)::text,
                       (ARRAY_AGG(DISTINCT %(record)s ORDER BY %(record)s)
                           FILTER (WHERE %(failed)s))::text
                  FROM span
                  JOIN %(source)s
                 GROUP BY span.key
                """,
                span=self._get_span_table(spans),
                numerator=counted["numerator"],
                denominator=counted.get("denominator", SQL("1")),
                record=counted["record"],
                failed=counted.get("failed", SQL("FALSE")),
                source=counted["source"],
            )
        )
        model = counted["model"]
        return {
            key: Figure(
                numerator,
                denominator,
                sample,
                self._get_evidence(model, count, records, failed),
            )
            for key, numerator, denominator, sample, count, records, failed in rows
        }

    @api.model
    def _get_counted(self, metric):
        """Return the parts of the query.

        ``source`` joins the table of the source to ``span`` (``contract_id``,
        ``date_start``, ``date_end``, ``utc_start``, ``utc_end``); ``numerator``
        and ``denominator`` are summed; ``record`` is the id behind a row,
        ``failed`` tells which rows cost points, ``model`` is their model.

        :rtype: dict of SQL, with ``model`` as str
        """
        raise NotImplementedError

    @api.model
    def _get_evidence(self, model, count=0, records="{}", failed=None):
        """Return what stands behind a figure, counts and record ids, as JSON text.

        :param str records: ids as PostgreSQL prints an array, which is sorted
        :param str failed: the ids that cost points, or None
        """
        text = f'"model": "{model}", "count": {count}, "ids": [{records[1:-1]}]'
        if failed:
            text += f', "failed_ids": [{failed[1:-1]}]'
        return f"{{{text}}}"

    @api.model
    def _get_span_table(self, spans):
        return SQL(
            """UNNEST(%s::int[], %s::int[], %s::date[], %s::date[],
                      %s::timestamp[], %s::timestamp[])
               AS span(key, contract_id, date_start, date_end, utc_start, utc_end)""",
            *(spans if isinstance(spans, Spans) else Spans(spans)).columns,
        )


class VendorQualityCollectorInspection(models.AbstractModel):
    """Counts inspection rounds by the day they were due."""

    _name = "vendor.quality.collector.inspection"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Inspections"

    _counted_models = ("vendor.quality.inspection", "vendor.quality.inspection.line")

    @api.model
    def _get_counted(self, metric):
        if metric.inspection_measure == "done_rate":
            return {
                "model": "vendor.quality.inspection",
                "record": SQL("round.id"),
                "numerator": SQL("(round.state IN ('done', 'verified'))::int"),
                "failed": SQL("round.state = 'missed'"),
                "source": SQL(
                    """vendor_quality_inspection AS round
                    ON round.contract_id = span.contract_id
                   AND round.date_due BETWEEN span.date_start AND span.date_end
                   AND round.state IN ('done', 'verified', 'missed')"""
                ),
            }
        return {
            "model": "vendor.quality.inspection",
            "record": SQL("round.id"),
            "numerator": SQL("(line.result = 'pass')::int"),
            "failed": SQL("line.result = 'fail'"),
            "source": SQL(
                """vendor_quality_inspection AS round
                ON round.contract_id = span.contract_id
               AND round.date_due BETWEEN span.date_start AND span.date_end
               AND round.state IN ('done', 'verified')
              JOIN vendor_quality_inspection_line AS line
                ON line.inspection_id = round.id
               AND line.result IN ('pass', 'fail')"""
            ),
        }


class VendorQualityCollectorTicketSla(models.AbstractModel):
    """Counts service level clocks of the vendor's tickets when they are decided.

    A clock is decided when it stops in time or at the moment of its breach. The measure
    ``vendor`` counts tickets that were handed to the vendor of the contract, by its
    own clock, when they are back.
    """

    _name = "vendor.quality.collector.ticket_sla"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Ticket Deadlines"

    _counted_models = ("itsm.ticket", "itsm.sla.clock", "itsm.vendor.job")

    @api.model
    def _get_counted(self, metric):
        if metric.sla_measure == "vendor":
            return self._get_counted_jobs()
        return {
            "model": "itsm.sla.clock",
            "record": SQL("clock.id"),
            "numerator": SQL("(clock.state = 'met')::int"),
            "failed": SQL("clock.state = 'breached'"),
            # The tickets of a contract are read once, not for each of its periods:
            # OFFSET keeps PostgreSQL from joining them to the spans first.
            "source": SQL(
                """(SELECT ticket.outsourcing_contract_id AS contract_id,
                           clock.id,
                           clock.state,
                           COALESCE(clock.breached_at, clock.stopped_at) AS decided_at
                      FROM itsm_ticket AS ticket
                      JOIN itsm_sla_clock AS clock
                        ON clock.ticket_id = ticket.id
                       AND clock.kind = %s
                       AND clock.state IN ('met', 'breached')
                       AND NOT COALESCE(clock.is_cancelled, FALSE)
                     WHERE ticket.outsourcing_contract_id IN (
                           SELECT contract_id FROM span)
                    OFFSET 0
                   ) AS clock
                ON clock.contract_id = span.contract_id
               AND clock.decided_at >= span.utc_start
               AND clock.decided_at < span.utc_end""",
                metric.sla_measure or "resolution",
            ),
        }

    @api.model
    def _get_counted_jobs(self):
        """Count each ticket once a period, by the last of its jobs that came back.

        The hours of all its jobs until then are added up, so that giving it back early
        starts no new clock. Only what was done is met; a ticket that was declined,
        taken back, or ended there counts where the hours were used up. It is met once
        and late once: later periods leave out what an earlier one counted, and what
        comes later changes no earlier one.
        """
        return {
            "model": "itsm.vendor.job",
            "record": SQL("handed.id"),
            "numerator": SQL("(NOT handed.is_late)::int"),
            "failed": SQL("handed.is_late"),
            # Read once, as the clocks above. worked_hours is empty where nothing of
            # the vendor's hours was worked.
            "source": SQL(
                """(SELECT summed.*,
                           MIN(returned_at) FILTER (WHERE is_late)
                               OVER ticket AS late_at,
                           MIN(returned_at) FILTER (
                               WHERE outcome = 'done' AND NOT is_late)
                               OVER ticket AS met_at
                      FROM (
                    SELECT contract.id AS contract_id,
                           job.id,
                           job.ticket_id,
                           job.outcome,
                           job.returned_at,
                           LEAD(job.returned_at) OVER jobs AS next_at,
                           BOOL_OR(COALESCE(job.is_missed, FALSE)) OVER jobs
                               OR COALESCE(
                                   ROUND(SUM(job.worked_hours) OVER jobs * 3600)
                                   > ROUND(MAX(job.target_hours) OVER jobs * 3600),
                                   FALSE)
                               AS is_late
                      FROM itsm_ticket AS ticket
                      JOIN outsourcing_contract AS contract
                        ON contract.id = ticket.outsourcing_contract_id
                      JOIN res_partner AS vendor ON vendor.id = contract.partner_id
                      JOIN itsm_vendor_job AS job
                        ON job.ticket_id = ticket.id
                       AND job.partner_id = vendor.commercial_partner_id
                       AND job.target_hours > 0
                       AND job.returned_at IS NOT NULL
                     WHERE contract.id IN (SELECT contract_id FROM span)
                    WINDOW jobs AS (
                           PARTITION BY job.ticket_id
                               ORDER BY job.returned_at, job.id)
                           ) AS summed
                    WINDOW ticket AS (PARTITION BY ticket_id)
                    OFFSET 0
                   ) AS handed
                ON handed.contract_id = span.contract_id
               AND handed.returned_at >= span.utc_start
               AND handed.returned_at < span.utc_end
               AND COALESCE(handed.next_at >= span.utc_end, TRUE)
               AND CASE WHEN handed.is_late THEN handed.late_at >= span.utc_start
                        ELSE handed.outcome = 'done' AND handed.met_at >= span.utc_start
                    END"""
            ),
        }


class VendorQualityCollectorTicketRating(models.AbstractModel):
    """Averages the ratings that requesters gave themselves at the sign-off."""

    _name = "vendor.quality.collector.ticket_rating"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Ticket Ratings"

    _counted_models = ("itsm.ticket",)

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "itsm.ticket",
            "record": SQL("ticket.id"),
            "numerator": SQL("ticket.rating_value"),
            "failed": SQL("ticket.rating_value <= 2"),
            "source": SQL(
                """itsm_ticket AS ticket
                ON ticket.outsourcing_contract_id = span.contract_id
               AND ticket.is_satisfaction_counted
               AND ticket.rating_value BETWEEN 1 AND 5
               AND ticket.signed_off_at >= span.utc_start
               AND ticket.signed_off_at < span.utc_end"""
            ),
        }


class VendorQualityCollectorMilestone(models.AbstractModel):
    """Counts contract milestones by their due day: submitted in time, accepted."""

    _name = "vendor.quality.collector.milestone"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Milestones"

    _counted_models = ("outsourcing.contract.milestone", "res.company")

    @api.model
    def _get_counted(self, metric):
        # The day of the company, which has 23 or 25 hours when the clock changes.
        in_time = SQL(
            "(milestone.state = 'accepted' AND (milestone.submitted_on "
            "AT TIME ZONE 'UTC' AT TIME ZONE company.outsourcing_tz)::date "
            "<= milestone.date_due)"
        )
        return {
            "model": "outsourcing.contract.milestone",
            "record": SQL("milestone.id"),
            "numerator": SQL("%s::int", in_time),
            "failed": SQL("NOT %s", in_time),
            "source": SQL(
                """outsourcing_contract_milestone AS milestone
                ON milestone.contract_id = span.contract_id
               AND milestone.date_due BETWEEN span.date_start AND span.date_end
              JOIN res_company AS company ON company.id = milestone.company_id"""
            ),
        }


class VendorQualityCollectorEvents(models.AbstractModel):
    """Counts events that should not happen; none of them is a value."""

    _name = "vendor.quality.collector.events"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Unwanted Events"

    @api.model
    def _collect(self, metric, spans):
        counted = super()._collect(metric, spans)
        none = self._get_evidence(self._get_counted(metric)["model"])
        figures = {}
        for span in spans:
            figure = counted.get(span.key)
            figures[span.key] = Figure(
                figure.numerator if figure else 0.0,
                1.0,
                # A month without any is one whole observation.
                max(figure.sample if figure else 0, metric.min_sample),
                figure.evidence_text if figure else none,
            )
        return figures


class VendorQualityCollectorFinding(models.AbstractModel):
    """Counts verified findings against the service; none found is a value."""

    _name = "vendor.quality.collector.finding"
    _inherit = "vendor.quality.collector.events"
    _description = "Collector of Findings"

    _counted_models = ("outsourcing.finding",)

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "outsourcing.finding",
            "record": SQL("finding.id"),
            "numerator": SQL("1"),
            "failed": SQL("TRUE"),
            "source": SQL(
                """outsourcing_finding AS finding
                ON finding.contract_id = span.contract_id
               AND finding.date BETWEEN span.date_start AND span.date_end
               AND finding.verified_on IS NOT NULL
               AND finding.finding_type != 'saving'"""
            ),
        }


class VendorQualityCollectorComplaint(models.AbstractModel):
    """Counts complaints that were upheld, wholly or partly, by when they were closed.

    A complaint that is open may still be found to be none. The evidence names the rows
    of the analysis, which say nothing of what a complaint says.
    """

    _name = "vendor.quality.collector.complaint"
    _inherit = "vendor.quality.collector.events"
    _description = "Collector of Complaints"

    _counted_models = ("itsm.complaint",)

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "itsm.complaint.analysis",
            "record": SQL("complaint.id"),
            "numerator": SQL("1"),
            "failed": SQL("TRUE"),
            "source": SQL(
                """itsm_complaint AS complaint
                ON complaint.outsourcing_contract_id = span.contract_id
               AND complaint.outcome IN ('upheld', 'partly')
               AND complaint.closed_at >= span.utc_start
               AND complaint.closed_at < span.utc_end"""
            ),
        }


class VendorQualityCollectorSecondRepair(models.AbstractModel):
    """Counts repairs under the contract that did not last, by when they were repeated.

    The evidence names the tickets of the repairs that did not last.
    """

    _name = "vendor.quality.collector.second_repair"
    _inherit = "vendor.quality.collector.events"
    _description = "Collector of Second Repairs"

    _counted_models = ("itsm.ticket", "itsm.handling", "itsm.vendor.job")

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "itsm.ticket",
            "record": SQL("repaired.id"),
            "numerator": SQL("1"),
            "failed": SQL("TRUE"),
            "source": SQL(
                """(SELECT ticket.outsourcing_contract_id AS contract_id,
                           ticket.id,
                           repair.at
                      FROM (%s) AS repair
                      JOIN itsm_ticket AS ticket ON ticket.id = repair.first_ticket_id
                     WHERE ticket.outsourcing_contract_id IN (
                           SELECT contract_id FROM span)
                    OFFSET 0
                   ) AS repaired
                ON repaired.contract_id = span.contract_id
               AND repaired.at >= span.utc_start
               AND repaired.at < span.utc_end""",
                get_second_repairs(
                    SQL(
                        "again.begun_at >= (SELECT MIN(utc_start) FROM span)"
                        " AND again.begun_at < (SELECT MAX(utc_end) FROM span)"
                    )
                ),
            ),
        }


class VendorQualityCollectorContractDuty(models.AbstractModel):
    """Counts duties of the vendor that the contract's own records can prove.

    A guarantee must have been handed in and be valid until the end of the period
    or of the contract. Staff must be on site that was to begin in the period.
    """

    _name = "vendor.quality.collector.contract_duty"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Contract Duties"

    _counted_models = (
        "outsourcing.contract",
        "outsourcing.contract.guarantee",
        "outsourcing.worker",
    )

    @api.model
    def _get_counted(self, metric):
        if metric.duty_measure == "worker":
            return self._get_counted_workers()
        return self._get_counted_guarantees()

    @api.model
    def _get_counted_guarantees(self):
        kept = SQL(
            """(duty.state != 'requested'
                AND COALESCE(duty.date_issue, span.date_start) <= span.date_end
                AND COALESCE(duty.date_expiry >= LEAST(span.date_end,
                    contract.termination_date, contract.date_end), FALSE))"""
        )
        return {
            "model": "outsourcing.contract.guarantee",
            "record": SQL("duty.id"),
            "numerator": SQL("%s::int", kept),
            "failed": SQL("NOT %s", kept),
            "source": SQL(
                """outsourcing_contract_guarantee AS duty
                ON duty.contract_id = span.contract_id
               AND duty.guarantee_type != 'bid'
               AND COALESCE(duty.date_issue <= span.date_end,
                            duty.create_date < span.utc_end)
               AND COALESCE(duty.closed_on >= span.date_start, TRUE)
              JOIN outsourcing_contract AS contract ON contract.id = duty.contract_id"""
            ),
        }

    @api.model
    def _get_counted_workers(self):
        return {
            "model": "outsourcing.worker",
            "record": SQL("duty.id"),
            # Leaving does not mean that somebody came.
            "numerator": SQL("(duty.came_on IS NOT NULL)::int"),
            "failed": SQL("duty.came_on IS NULL"),
            "source": SQL(
                """outsourcing_worker AS duty
                ON duty.contract_id = span.contract_id
               AND duty.date_start BETWEEN span.date_start AND span.date_end
               AND duty.continues_id IS NULL
              JOIN outsourcing_contract AS contract
                ON contract.id = duty.contract_id
               AND duty.date_start <= COALESCE(
                   contract.termination_date, contract.date_end, duty.date_start)"""
            ),
        }


class VendorQualityCollectorManual(models.AbstractModel):
    """Takes the value that an officer entered together with its basis."""

    _name = "vendor.quality.collector.manual"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Entered Values"

    @api.model
    def _collect(self, metric, spans):
        scale = 100 if metric.unit == "percent" else 1
        figures = {}
        for span in spans:
            value, note = span.entered.get(metric.id, (0.0, ""))
            if note:
                basis = json.dumps({"entered": value, "note": note})
                figures[span.key] = Figure(value, scale, metric.min_sample, basis)
        return figures
