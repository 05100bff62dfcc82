"""One api process: the app on the socket that the head opened and all api processes share."""

import socket

import uvicorn

from api.app import create_app
from api.logs import configure
from cli.child import ChildPlan

FINISH_SECONDS = 5


def main() -> None:
    """Serve until SIGTERM; requests under way get 5 s to end."""
    plan = ChildPlan.received()
    settings = plan.settings()
    configure()
    app = create_app(settings, plan.service_url)
    uvicorn.Server(server_config(app)).run(sockets=[socket.socket(fileno=plan.socket)])


def server_config(app: object) -> uvicorn.Config:
    """Forwarded addresses are the app's business, which believes the listed proxies only (api/app.py)."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


if __name__ == "__main__":
    main()
