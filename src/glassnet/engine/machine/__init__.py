"""What the machine gives: memory, processors, threads, BLAS."""
