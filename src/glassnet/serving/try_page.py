"""The page on which a model is tried in a browser: one file without further ones, which asks /model what it reads."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

PAGE = files("glassnet.serving").joinpath("try_page.html").read_text(encoding="utf-8")


def source_of(tag: str) -> str:
    """The source list of a policy for the only script or style of the page: its hash.

    >>> source_of("style")[:8]
    "'sha256-"
    """
    inside = PAGE.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return f"'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; script-src {source_of('script')}; style-src {source_of('style')}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
