// One WebSocket that comes back: it reconnects with growing, jittered delays.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;
const PATIENCE = 4_000;
const SESSION_ENDED = 4401;

// path: where the socket lives on this host; handlers: a Map from a frame's
// "type" to the function that shows it; status: the element that tells people.
export function openSocket(path, handlers, status) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket;
  let delay = FIRST_DELAY;
  let opened;
  let patience;

  function show(text, online) {
    status.textContent = text;
    status.classList.toggle("online", online);
  }

  // Trying again would not help: say what does.
  function end() {
    clock.terminate();
    show("Your session has ended. ", false);
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = "Log in again";
    status.append(link);
  }

  // A refused handshake has no code; a page that now leads to the login tells why.
  async function isLoggedOut() {
    if (opened) return false;
    const signal = AbortSignal.timeout(PATIENCE);
    const page = fetch(location.pathname, { method: "HEAD", signal });
    return page.then(({ redirected }) => redirected, () => false);
  }

  async function lose(code) {
    clearTimeout(patience);
    show("Offline, trying again…", false);
    if (code === SESSION_ENDED || (await isLoggedOut())) return end();
    setTimeout(connect, delay * (0.5 + Math.random()));
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }

  function connect() {
    opened = false;
    socket = new WebSocket(url);
    expectAnswer();
    socket.onopen = () => {
      clearTimeout(patience);
      opened = true;
      delay = FIRST_DELAY;
      show("Connected", true);
    };
    socket.onmessage = (event) => {
      clearTimeout(patience);
      const frame = JSON.parse(event.data);
      handlers.get(frame.type)?.(frame);
    };
    socket.onclose = ({ code }) => lose(code);
  }

  // Send a frame, or give false when the socket is not open: keep the text then.
  function send(frame) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  // Whatever arrives is an answer. After a sleep a socket may look open and be dead.
  function expectAnswer() {
    clearTimeout(patience);
    patience = setTimeout(() => {
      socket.onopen = socket.onclose = socket.onmessage = null;
      socket.close();
      lose();
    }, PATIENCE);
  }

  function ping() {
    if (send({ type: "ping" })) expectAnswer();
  }

  const clock = new Worker(new URL("clock.js", import.meta.url));
  clock.onmessage = ping;
  // The laptop wakes up, or the network is back.
  addEventListener("online", ping);
  document.addEventListener("visibilitychange", ping);
  // A browser may keep a page that one leaves, for its Back button: not its socket.
  addEventListener("pagehide", () => socket.close());

  connect();
  return send;
}
