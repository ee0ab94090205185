"""What a place is, what is shown of it, and what never is."""

from typing import Any

import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.sources.source import Source


@pytest.mark.parametrize(
    ("place", "shown", "secrets"),
    [
        ("houses.csv", "houses.csv", ()),
        ("-", "standard input", ()),
        ("postgresql://host/shop", "postgresql://host/shop", ()),
        ("postgresql://ada@host:5433/shop?sslmode=require", "postgresql://ada@host:5433/shop?sslmode=require", ()),
        ("postgresql://ada:p%40ss@host/shop", "postgresql://ada@host/shop", ("p%40ss", "p@ss")),
        ("postgres:///shop?user=ada&password=s3cret", "postgres:///shop?user=ada", ("password=s3cret", "s3cret")),
        ("postgresql:///?service=shop", "postgresql:///?service=shop", ()),
        ("https://host/a.csv?sig=abc#x", "https://host/a.csv", ("sig=abc#x", "abc#x")),
        ("https://ada:secret@host/a.csv", "https://ada@host/a.csv", ("secret",)),
        ("s3://bucket/data/*.parquet", "s3://bucket/data/*.parquet", ()),
    ],
)
def test_what_is_shown_holds_no_secret(place: str, shown: str, secrets: Any) -> None:
    source = Source(place)
    assert source.shown == shown and set(secrets) == set(source.secrets)
    assert not any(secret in source.without_secrets(f"{place} says {' and '.join(secrets)}") for secret in secrets)
    words = source.shown_in(["train", place, "--out", "x"])
    assert not any(secret in word for secret in secrets for word in words) and words[0] == "train"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"place": "mysql://host/shop"}, r"mysql://host/shop begins with mysql://\W.*one of s3://, "),
        ({"place": "http://[host/x.csv?key=1"}, r"^http://\[host/x\.csv is not a URL: Invalid IPv6 URL\.$"),
        ({"place": "htps://host/x.csv"}, r"begins with htps:// \(did you mean https://\?\)"),
        ({"place": "postgresql://ada:p@ss@host/shop"}, r"the password in a URL may hold no @: write %40 for it"),
        ({"place": "postgresql:///x", "query": "select 1", "table": "t"}, "--query and --table both say"),
        ({"place": "postgresql:///x", "query": " "}, "--query is empty: expected SQL such as"),
    ],
)
def test_a_place_that_cannot_be_is_refused_without_its_password(given: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        Source(**given)
    assert "ss@host" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "label"),
    [
        ("tables/houses.csv.gz", "houses"),
        (".hidden.csv", "hidden"),
        ("data/", "data"),
        ("data/*.csv", "data"),
        ("*.csv", "table"),
        ("-", "stdin"),
        ("https://host/x/houses.csv?key=1", "houses"),
        ("s3://bucket/x/**/*.parquet", "x"),
        ("postgresql://ada:secret@host/shop?sslmode=require", "shop"),
        ("postgresql://host", "table"),
    ],
)
def test_the_run_of_a_place_has_a_short_name(place: str, label: str) -> None:
    assert Source(place).label == label
