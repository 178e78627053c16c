from . import vendor_quality_go_live
