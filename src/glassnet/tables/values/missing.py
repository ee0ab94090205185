"""The marks that stand for a missing value in texts."""

UNKNOWN = ("", "nan", "nat", "<na>", "#n/a", "\\n", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!")
WORDS = ("na", "n/a", "n.a.", "null", "none", "-", "--", "?", ".", "..", "...", ":")  # SAS ., World Bank .., Eurostat :
MISSING = {  # in small letters, by the name that a model file calls them
    "marks": UNKNOWN + WORDS,
    "no words": UNKNOWN,  # of a target that is text: a class may be called None, NA or -
    "empty": ("",),  # of a categorical type, whose levels are known to be levels
}
Marks = str | tuple[str, ...]  # a name in MISSING, or the texts themselves


def marks_of(missing: Marks) -> tuple[str, ...]:
    """The texts that stand for a missing value, in small letters; an empty field always does.

    >>> marks_of("empty"), marks_of(("NA", "-9"))
    (('',), ('', 'na', '-9'))
    """
    return MISSING[missing] if isinstance(missing, str) else ("", *(mark.lower() for mark in missing))
