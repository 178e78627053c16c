from . import outsourcing_incentive_list_xlsx
