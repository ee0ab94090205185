"""An entry for TabArena, the living benchmark of models for tables (arXiv 2506.16791)."""
