"""Favourites of the complaint analysis by person or by moment cannot be opened now.

It names nobody and knows months (``itsm.complaint.person`` counts by person).
"""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """
        DELETE FROM ir_filters
         WHERE model_id = 'itsm.complaint.analysis'
           AND (context LIKE '%technician_id%' OR domain LIKE '%technician_id%'
                OR domain LIKE '%filed_at%' OR domain LIKE '%closed_at%')
        """
    )
