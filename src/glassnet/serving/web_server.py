"""The web server below `serve` and the playground: it logs nothing, believes no proxy, and does not name itself."""

from typing import Any

import uvicorn


def quiet_config(application: Any, **more: Any) -> uvicorn.Config:
    """The settings of a server, with those that are its own."""
    return uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        **more,
    )
