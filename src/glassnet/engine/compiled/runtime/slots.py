"""What stands where in the table that a call of the interpreter works on, and in what each kernel is called with."""

# Of a program: program k begins at k * PROGRAM.
PROGRAM = 16
N_KERNELS, ADDRESSES, ARRAYS, MOST_ARRAYS, INTS, MOST_INTS, SETTINGS, MOST_SETTINGS, TASKS, STAGES, PARTS = range(11)
GRADIENT, UPDATES = 0, 1  # the programs
COPY, ADD, SUM, UPDATE, FLUSH = range(
    5
)  # the parts of the updates; the first three sum up the gradients of tiles or groups

# Of the data: where rows come from and go to, for each array, and whether a number has eight bytes.
N_SOURCES, SOURCES, TARGETS, WIDTHS, WIDE, ORDER = range(2 * PROGRAM, 2 * PROGRAM + 6)
# Of the results: outputs, gradients of workers, and of groups (0: there are none); whether a group has its own tile.
OUT_SOURCES, OUT_TARGET, OUT_WIDTH, GRADIENTS, SUMS, N_PARAMETERS, LOSSES, LIVE, OWN = range(40, 49)
# How a batch is cut and what its loss is divided by; the keys for random numbers and where they come from: the next of
# those that were drawn ahead, or where that is 0, a generator.
TILE, GROUPS, SPAN_STEP, MEAN, VALUES_A_ROW, KEYS, N_KEYS, DRAW, DRAW_STATE, AHEAD = range(50, 60)
# What the tasks of the present stage are, and the address of the function that does one.
TASK, KIND, WHICH, FIRST_TASK, FIRST, N_ROWS, SPAN, PLACE, N_TILES, N_GROUPS, N_STEPS = range(60, 71)
IN_GROUPS, KERNELS, GATHER = range(3)  # kinds
# What changes from step to step: how many cells, their addresses, for each its column of `CHANGES` (steps, columns).
N_CELLS, CELLS, COLUMNS, CHANGES, N_CHANGING = range(72, 77)
ACCUMULATE = 77  # batches an update
WEIGHED_STEPS = 71  # how many steps have weights, where what follows the last that counts is left out; else 0
# How rows are mixed: the shares and shifts of batches (0: not mixed), for each array the columns that are, the batch.
SHARES, SHIFTS, MIXED, SHIFT, BATCH_END, BATCH_ROWS = range(78, 84)
FLUSH_EVERY = 84  # steps after which what fades is set to 0
# Of several passes: by how many bytes the numbers that change and the outputs move on; of the rows held out the table,
# how many there are, and where their losses go; twice a vector, where its copies go, and its words of four bytes.
CHANGES_STEP, OUT_STEP, HELD, HELD_ROWS, HELD_LOSSES, COPIED = range(85, 91)
SLOTS = COPIED + 6

# Of the numbers at LIVE: what residuals are multiplied by, the learning rate, the step; the sum of the loss over the
# epoch, what a mean divides it by, the loss of this update; the sums of groups, whether they are added to a gradient
# or make one; the share by which rows are mixed.
SCALE, RATE, STEP, TOTAL, DIVISOR, LOSS, SUMMANDS, ADDED, SHARE = range(9)
LIVE_SLOTS = 9
# Of the whole numbers of a kernel: its units, two of its own, the units from LOW to HIGH of a slice, and how many of
# them a step of a sequence has.
WIDTH, FLAG, INPUTS, LOW, HIGH, A_STEP = range(6)
INT_SLOTS = 6
ALL_STEPS = NO_STEPS = 1 << 31  # where steps are not counted, and units a step of a kernel that has none
# What functions are called with: Numba compiles a function once more for a number that is written out in a call.
ZERO, ONE, YES = 0, 1, True
TICKET, DONE, YIELD = 0, 8, 16  # of a queue: what is given out, what is done, the address of the system's function
CLOSED = -(1 << 62)
# Of a worker's mailbox: what it does, and what it was asked for; YIELD as in a queue.
STATE, MAIL_TABLE, MAIL_QUEUE, MAIL_WORKER = range(4)
ASLEEP, LOOKING, ASKED = range(3)
