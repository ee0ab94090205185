"""One training on several processes, the ranks: each computes its groups of a batch, and one reduction sums them up."""
