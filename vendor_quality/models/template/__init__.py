"""Templates: what is measured, how it becomes a score, and what follows from it.

- ``vendor_quality_metric``: metrics and their anchors, which turn values into points
- ``vendor_quality_metric_preview``: what the editor of a metric shows
- ``vendor_quality_template``: fields, rights and flow of a template version
- ``vendor_quality_template_activation``: what is missing before it is put in force,
  with the recent back-test that this needs
- ``vendor_quality_template_version``: versions, and which one rules a day
- ``vendor_quality_template_rules``: the content as plain data, to freeze and compare
- ``vendor_quality_template_part``: its lines: metrics, grades, deductions, credits
- ``outsourcing_category``: the template that is proposed for a category
"""

from . import vendor_quality_metric
from . import vendor_quality_metric_preview
from . import vendor_quality_template
from . import vendor_quality_template_activation
from . import vendor_quality_template_version
from . import vendor_quality_template_rules
from . import vendor_quality_template_part
from . import outsourcing_category
