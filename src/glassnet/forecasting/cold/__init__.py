"""Series that have no past: forecast from columns that never change, as series like them are."""
