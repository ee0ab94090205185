"""The plan, which owns the memory, and the engines that execute it."""
