"""Let menus be shown to the roles that their files name now, and to no other.

Files of menus add groups and take none away. Groups of other modules stay as somebody
set them.
"""

OURS = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")


def migrate(cr, version):
    cr.execute(
        """
        DELETE FROM ir_ui_menu_group_rel shown
         USING ir_model_data menu, ir_model_data role
         WHERE menu.model = 'ir.ui.menu' AND menu.module = %s
           AND menu.res_id = shown.menu_id
           AND role.model = 'res.groups' AND role.module IN %s
           AND role.res_id = shown.gid
        """,
        ["vendor_quality", OURS],
    )
