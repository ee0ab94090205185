"""A picture in both themes; of most, `make test` draws the light one, and `make test-long` the dark one too."""

import pytest

in_both_themes = pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
