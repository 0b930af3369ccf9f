// One WebSocket that comes back: it reconnects with growing, jittered delays.

import { Outbox, TOO_LONG, TOO_OLD } from "./outbox.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;
const PATIENCE = 4_000;
const SESSION_ENDED = 4401;
const NOT_SHARED = 4403;
const TOO_MANY_SOCKETS = 4429;
// Trying again would not help: why it ended, what does help, and where.
const ENDS = new Map([
  [SESSION_ENDED, ["Your session has ended. ", "Log in again"]],
  [NOT_SHARED, ["You may not see this any more. ", "Home", "/"]],
  [
    TOO_MANY_SOCKETS,
    ["You have too many pages open, and this was the oldest. ", "Connect it again"],
  ],
]);
const NOT_SENT = { message: "This was not sent." };
const RESTARTING = 1012;
const SPREAD = 5_000;

// path: where the socket lives on this host; handlers: a Map from a frame's
// "type" to the function that shows it, which for an answer is also given the frame
// that was answered; status: the element that tells people; showWaiting: is given
// all frames that are still to be answered.
// Gives send, for frames that may get lost, and sendOnce, for those that may not.
export function openSocket(path, handlers, status, showWaiting) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket;
  let delay = FIRST_DELAY;
  let opened;
  let patience;
  const outbox = new Outbox(path, showWaiting);
  // The frame that waited when the clock ticked last.
  let overdue;
  let later;

  function show(text, online) {
    status.textContent = text;
    status.classList.toggle("online", online);
  }

  function end(code) {
    const [text, remedy, address] = ENDS.get(code);
    clock.terminate();
    show(text, false);
    const link = document.createElement("a");
    link.href = address ?? location.pathname;
    link.textContent = remedy;
    status.append(link);
    if (code === NOT_SHARED) withdraw();
  }

  // Nothing goes from here to somebody else who has this address one day.
  function withdraw() {
    for (const { frame_id } of outbox.frames(() => true))
      handlers.get("error")(NOT_SENT, outbox.take(frame_id));
    for (const part of document.querySelectorAll("#status ~ *")) part.inert = true;
  }

  // A refused handshake has no code; where the page leads now tells why.
  async function whyRefused() {
    if (opened) return null;
    const signal = AbortSignal.timeout(PATIENCE);
    const asked = fetch(location.pathname, { method: "HEAD", signal });
    const page = await asked.catch(() => ({}));
    if (page.redirected) return SESSION_ENDED;
    return page.status === 404 ? NOT_SHARED : null;
  }

  async function lose(code) {
    clearTimeout(patience);
    show("Offline, trying again…", false);
    if (ENDS.has(code)) return end(code);
    const reason = await whyRefused();
    if (reason) return end(reason);
    // A server that restarts sends all its pages away at once: let them spread.
    const wait = code === RESTARTING ? SPREAD : delay;
    setTimeout(connect, wait * (0.5 + Math.random()));
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
      for (const frame of outbox.takeOld()) handlers.get("error")(TOO_OLD, frame);
      sendFirst();
    };
    socket.onmessage = (event) => {
      clearTimeout(patience);
      const frame = JSON.parse(event.data);
      const answered = outbox.take(frame.frame_id);
      handlers.get(frame.type)?.(frame, answered);
      if (answered) sendFirst();
      else if (frame.type === "error") sendFirstLater();
    };
    socket.onclose = ({ code }) => lose(code);
  }

  // One at a time, in order: the next one leaves when this one is answered.
  function sendFirst() {
    if (outbox.first && send(outbox.first)) expectAnswer();
  }

  // Nothing was decided, as the server is busy: ask again, but not at once.
  function sendFirstLater() {
    clearTimeout(later);
    later = setTimeout(sendFirst, LONGEST_DELAY);
  }

  // Keep a frame until it is answered, and send it again after each reconnect.
  function sendOnce(frame) {
    if (!outbox.add(frame)) return handlers.get("error")(TOO_LONG, frame);
    if (outbox.size === 1) sendFirst();
  }

  // Send a frame, or give false when the socket is not open.
  function send(frame) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  // Whatever arrives is an answer. After a sleep a socket may look open and be dead.
  function expectAnswer() {
    clearTimeout(patience);
    patience = setTimeout(giveUp, PATIENCE);
  }

  function giveUp() {
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
    lose();
  }

  function ping() {
    if (send({ type: "ping" })) expectAnswer();
  }

  // Others may be heard on a socket that carries nothing of ours any more.
  function tick() {
    const open = socket.readyState === WebSocket.OPEN;
    if (open && overdue && overdue === outbox.first) giveUp();
    else ping();
    overdue = outbox.first;
  }

  const clock = new Worker(new URL("clock.js", import.meta.url));
  clock.onmessage = tick;
  // The laptop wakes up, or the network is back.
  addEventListener("online", ping);
  document.addEventListener("visibilitychange", ping);
  // A browser may keep a page that one leaves, for its Back button: not its socket.
  addEventListener("pagehide", () => socket.close());

  connect();
  return { send, sendOnce };
}
