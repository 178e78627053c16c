"""Keep where the audit chains of before end."""


def migrate(cr, version):
    cr.execute(
        """
        INSERT INTO outsourcing_audit_head
               (res_model, res_id, name, company_id, steps, head, recorded_at,
                anchored_steps)
        SELECT DISTINCT ON (res_model, res_id)
               res_model, res_id, name, company_id, seq, hash, recorded_at, 0
          FROM outsourcing_audit_log
         ORDER BY res_model, res_id, seq DESC
            ON CONFLICT DO NOTHING
        """
    )
