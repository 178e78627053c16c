"""A call for another level keeps its own moment, beside that of its row."""


def migrate(cr, version):
    """Fill the moment of calls that were made before."""
    if not version:
        return
    cr.execute(
        """
        UPDATE itsm_escalation SET called_at = date_trunc('second', create_date)
         WHERE called_at IS NULL
        """
    )
