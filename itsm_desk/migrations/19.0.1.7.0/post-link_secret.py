"""Links of mails are made of a secret that nobody reads; those sent before end."""

MADE = (("itsm_handling", "solved_at"), ("itsm_complaint", "answered_at"))


def migrate(cr, version):
    """Give solutions and answers of before a secret, for the mails that follow."""
    if not version:
        return
    for table, moment in MADE:
        cr.execute(
            f"""
            UPDATE {table} SET link_secret = replace(gen_random_uuid()::text, '-', '')
             WHERE link_secret IS NULL AND {moment} IS NOT NULL
            """
        )
