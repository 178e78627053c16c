"""The clock of a vendor keeps the hours that were given, and whether they sufficed."""


def migrate(cr, version):
    """Fill both columns of jobs that the version before knew by their due date."""
    if not version:
        return
    cr.execute(
        """
        UPDATE itsm_vendor_job AS job
           SET target_hours = partner.itsm_target_hours,
               is_missed = job.due_at < job.returned_at
          FROM res_partner AS partner
         WHERE partner.id = job.partner_id AND job.due_at IS NOT NULL
        """
    )
