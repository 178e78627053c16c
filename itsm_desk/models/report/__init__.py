"""What is measured: definitions, nightly facts, targets and the board.

``itsm_kpi``         a figure: formula, unit, direction, source, what is left out
``itsm_kpi_day``     facts of a day, one row for each figure, team, service and person
``itsm_kpi_team_day``  their sums by team, which board and dashboard are made of
``itsm_kpi_fact_mixin``  what both are: figures of a day, and figures of their groups
``kpi_counting``     the SQL that counts a day, one function for each figure
``kpi_days``         which days are counted: the nightly job, and counting again
``itsm_kpi_target``  targets by company, team, service or person
``itsm_kpi_board``   months of figures beside their targets
``itsm_service_report``  monthly reports with frozen figures, and their schedules
``report_content``   what a report says; ``report_workbook``: the same as a workbook
"""

from . import itsm_kpi
from . import itsm_kpi_target
from . import itsm_kpi_fact_mixin
from . import itsm_kpi_day
from . import itsm_kpi_team_day
from . import itsm_kpi_board
from . import itsm_service_report
from . import itsm_service_report_xlsx
from . import ir_actions_report
