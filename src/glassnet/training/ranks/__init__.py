"""A training on several ranks: MPI's processes, what they must agree on, and how all end where one fails."""
