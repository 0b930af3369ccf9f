// One WebSocket that comes back: it reconnects with growing, jittered delays.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 20_000;

// path: where the socket lives on this host; handlers: a Map from a frame's
// "type" to the function that shows it; status: the element that tells people.
export function openSocket(path, handlers, status) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket;
  let delay = FIRST_DELAY;

  function show(text, online) {
    status.textContent = text;
    status.classList.toggle("online", online);
  }

  function connect() {
    socket = new WebSocket(url);
    socket.onopen = () => {
      delay = FIRST_DELAY;
      show("Connected", true);
    };
    socket.onmessage = (event) => {
      const frame = JSON.parse(event.data);
      handlers.get(frame.type)?.(frame);
    };
    socket.onclose = () => {
      show("Offline, trying again…", false);
      setTimeout(connect, delay * (0.5 + Math.random()));
      delay = Math.min(delay * 2, LONGEST_DELAY);
    };
  }

  // Send a frame, or give false when the socket is not open: keep the text then.
  function send(frame) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  const clock = new Worker(new URL("clock.js", import.meta.url));
  clock.onmessage = () => send({ type: "ping" });
  // A browser may keep a page that one leaves, for its Back button: not its socket.
  addEventListener("pagehide", () => socket.close());

  connect();
  return send;
}
