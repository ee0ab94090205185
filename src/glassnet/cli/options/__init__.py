"""The options of the commands, in groups: one dataclass a group, which several commands share."""
