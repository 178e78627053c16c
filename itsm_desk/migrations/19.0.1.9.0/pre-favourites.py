"""Favourites of windows that are filters of another one now go on there."""

WINDOWS = {
    "itsm_ticket_action_my_work": "itsm_ticket_action_queue",
    "itsm_ticket_action_analysis": "itsm_ticket_action",
    "itsm_assessment_action_mine": "itsm_assessment_action",
    "itsm_training_reading_action_mine": "itsm_training_reading_action",
    "itsm_need_action_analysis": "itsm_need_action",
}


def migrate(cr, version):
    for old, new in WINDOWS.items():
        cr.execute(
            """
            UPDATE ir_filters favourite
               SET action_id = kept.res_id, is_default = FALSE
              FROM ir_model_data gone, ir_model_data kept
             WHERE gone.module = 'itsm_desk' AND gone.name = %s
               AND kept.module = 'itsm_desk' AND kept.name = %s
               AND favourite.action_id = gone.res_id
            """,
            (old, new),
        )
