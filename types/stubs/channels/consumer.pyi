"""Consumers as this tutorial uses them, where typeshed's stubs for Channels say less.

There, a scope may lack its user and its route, although the routing and the middleware
put them in, and `path` takes no application.
"""

from typing import Any

from channels.layers import BaseChannelLayer

type _ChannelScope = dict[str, Any]  # typeshed's other stubs import this
type _ASGIApplicationProtocol = Any  # and this

class AsyncConsumer:
    scope: _ChannelScope
    channel_layer: BaseChannelLayer
    channel_name: str

    async def __call__(self, scope: _ChannelScope, receive: Any, send: Any) -> None: ...
    async def dispatch(self, message: dict[str, Any]) -> None: ...
    async def send(self, message: dict[str, Any]) -> None: ...
    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> _ASGIApplicationProtocol: ...

class SyncConsumer(AsyncConsumer):
    def send(self, message: dict[str, Any]) -> None: ...  # type: ignore[override]
