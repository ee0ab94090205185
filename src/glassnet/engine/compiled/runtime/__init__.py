"""What runs inside of compiled code: the interpreter, its tasks, rows, and threads."""
