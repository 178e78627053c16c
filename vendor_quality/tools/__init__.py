"""Pure rules. Import the module you need: some of them run without Odoo."""
