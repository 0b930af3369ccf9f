"""The same work on several servers, side by side, over real sockets: `nox -s bench`."""
