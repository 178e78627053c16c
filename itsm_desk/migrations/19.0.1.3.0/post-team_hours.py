"""Teams that worked in the hours of their company name none of their own.

They got them by default, which kept HR from changing the company's calendar. An
empty field means the same hours.
"""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE itsm_team team SET resource_calendar_id = NULL
          FROM res_company company
         WHERE company.id = team.company_id
           AND company.resource_calendar_id = team.resource_calendar_id
        """
    )
