"""Runs a service's processes: ``python -m plumbline.runtime.run worker|api|both SERVICE``."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn
from pydantic import ValidationError

from plumbline.runtime.api_role import refuse_a_role_that_sees_all
from plumbline.runtime.service import Service, find, load
from plumbline.runtime.settings import ConfigurationError, Settings, explain

Part = Literal["worker", "api", "both"]


def servers(service: Service, part: Part, settings: Settings) -> "list[_Server]":
    """The ASGI servers of a part: the api on the HTTP port, the worker's probes on the probe port."""
    chosen: list[tuple[Any, int]] = []
    if part in ("api", "both"):
        chosen.append((load(service.api)(), settings.http_port))
    if part in ("worker", "both"):
        chosen.append((load(service.worker)(), settings.probe_port))
    return [
        _Server(
            uvicorn.Config(
                app,
                host=settings.http_host,
                port=port,
                lifespan="on",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=20,
            )
        )
        for app, port in chosen
    ]


class _Server(uvicorn.Server):
    """A server that leaves the signals to the one place that stops all of them, and ends with its application."""

    @property
    def died(self) -> bool:
        """Whether the application ended by itself: what answers probes then does nothing else any more."""
        return self.lifespan.error_occurred

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now."""
        return await super().on_tick(counter) or self.died

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture nothing: see ``serve``."""
        yield


async def serve(service: Service, part: Part, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, or until one of the servers ends, which ends the others.

    Leaves with status 75 when an application died, for a supervisor to start it again.

    Raises:
        ConfigurationError: the api's role is one that row-level security does not hold.
    """
    running = servers(service, part, settings)
    if part != "worker":
        api: Any = running[0].config.app
        await refuse_a_role_that_sees_all(api.state.engine)
    # What was imported lives as long as the process: the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in running:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(server.serve()) for server in running]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop()
    await asyncio.gather(*tasks)
    if any(server.died for server in running):
        sys.exit(os.EX_TEMPFAIL)


def main(arguments: list[str]) -> None:
    """Start what the command line names."""
    match arguments:
        case ["worker" | "api" | "both" as part, name]:
            try:
                asyncio.run(serve(find(name), part, Settings()))
            except (ConfigurationError, ValidationError) as error:
                sys.exit(explain(error))
        case _:
            sys.exit("usage: python -m plumbline.runtime.run worker|api|both SERVICE")


if __name__ == "__main__":
    main(sys.argv[1:])
