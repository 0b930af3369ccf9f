from .consumers import TeamConsumer

websocket_urlpatterns.append(path("ws/team/", TeamConsumer.as_asgi()))
