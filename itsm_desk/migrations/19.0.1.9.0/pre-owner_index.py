def migrate(cr, version):
    """Drop the index of owners, which one with the order of the lists replaces."""
    cr.execute("DROP INDEX IF EXISTS itsm_ticket__user_id_index")
