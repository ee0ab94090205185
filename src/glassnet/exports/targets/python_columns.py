"""How an exported Python file reads the columns of a table, also from texts: numbers, truth values, dates, levels."""

from glassnet.exports.program import NumberInput
from glassnet.exports.texts import Reading, reading_of

NUMBERS = r'''
def number_column(name, columns, kind, pattern, thousands, decimal, pair, dates, marks, strays):
    """A column of numbers as an array (n, 1) in float64, NaN where a value is missing or infinite.

    Dates are days since 1970-01-01, times a part of a day, truth values 0 and 1; texts are read as in training.
    """
    def number_in(value):
        if value is None or type(value).__name__ in ("NAType", "NaTType"):
            return math.nan
        if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
            return days_in(value)
        if not isinstance(value, str):
            return float(value) if abs(value) < math.inf else math.nan
        text = value.strip().replace("\u2212", "-")
        if text.lower() in marks:
            return math.nan
        if kind in ("date", "time"):
            return days_of_text(text)
        if kind == "boolean" and text.lower() in pair:
            return float(pair.index(text.lower()) == 0)
        if pattern and (found := re.fullmatch(pattern, text, re.ASCII)):
            sign, later, digits = found.groups()
            number = float(sign + later + re.sub(thousands, "", digits).replace(decimal, "."))
            return number if abs(number) < math.inf else math.nan
        if text.lower() in ("true", "false"):
            return float(text.lower() == "true")
        return cannot_read(text)

    def days_of_text(text):
        for each in (*dates, *(["%Y-%m-%d"] if kind == "date" else [])):
            try:
                return days_in(datetime.datetime.strptime(text, each))
            except ValueError:
                pass
        if not re.match(r"\d{4}-\d\d-\d\d|\d\d:", text, re.ASCII):
            return cannot_read(text)
        try:
            read = datetime.time if kind == "time" else datetime.datetime
            return days_in(read.fromisoformat(text))
        except ValueError:
            return cannot_read(text)

    def days_in(value):
        if isinstance(value, datetime.time):
            value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second,
                                       microseconds=value.microsecond)
        if isinstance(value, datetime.timedelta):
            return value / datetime.timedelta(days=1)
        if not isinstance(value, datetime.datetime):
            value = datetime.datetime(value.year, value.month, value.day)
        if kind == "time":
            return days_in(value.time())
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
        return (value - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)

    def cannot_read(text):
        if strays:
            return math.nan
        raise ValueError(f"column {name!r} holds {text[:100]!r}, where a {kind} is expected.")

    return np.clip(np.array([[number_in(value)] for value in columns[name]], float).reshape(-1, 1), -1e300, 1e300)
'''

LEVELS = r'''
def level_column(name, columns, places, unknown, missing, marks):
    """A column of texts as an array (n, 1) of the places of their levels."""
    def place_of(value):
        if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
            return missing
        if isinstance(value, str):
            text = value.strip()
            return missing if text.lower() in marks else places.get(text, unknown)
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        same = [place for level, place in places.items() if means(level, value)]
        return places.get(text, same[0] if same else unknown)

    def means(level, value):
        if isinstance(value, (bool, np.bool_)):
            return level.lower() == str(value).lower()
        try:
            return float(level) == value
        except ValueError:
            return False

    return np.array([[place_of(value)] for value in columns[name]], float).reshape(-1, 1)
'''


def number_arguments(step: NumberInput) -> str:
    """How a column of numbers is read."""
    read: Reading = reading_of(step.kind, step.form)
    given = (step.kind, read.pattern, read.thousands, read.decimal, read.pair, read.dates, read.marks, read.strays)
    return ", ".join(map(repr, given))
