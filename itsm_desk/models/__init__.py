from . import itsm_flow_mixin
