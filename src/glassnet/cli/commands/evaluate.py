"""The command `glassnet evaluate`: the scores of a model on a table that has the target."""

from glassnet.cli.app import app
from glassnet.cli.console import tell_numbers, tell_rows
from glassnet.cli.inputs import frames_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.tables.number_format import counted


@app.command()
@with_groups
def evaluate(model: Model, data: Data, reading: ReadingOptions) -> None:
    """Evaluate a model on a table that contains the target."""
    made = table_model(model)
    frames = frames_of(data, reading.like(made))
    truth, outputs, left_out, of_rows = made.compared(frames)
    tell_rows(made.notes_on(frames))
    without = f" ({left_out} without a {made.target_name} dropped)" if left_out else ""
    tell_numbers(f"On {counted(len(truth), 'row')}{without}", made.measured(truth, outputs, of_rows))
