from . import commitment
