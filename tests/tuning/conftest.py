"""A PostgreSQL server for studies that workers share, as for tables."""

from tests.sources.conftest import postgresql

__all__ = ["postgresql"]
