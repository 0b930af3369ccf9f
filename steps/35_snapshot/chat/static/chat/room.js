import { openSocket } from "../core/socket.js";
import { Versions } from "../core/versions.js";

const log = document.querySelector("#log");
const form = document.querySelector("#message-form");
const input = document.querySelector("#message");
const error = document.querySelector("#error");
const usersList = document.querySelector("#users");
const waiting = document.querySelector("#waiting");
const speaking = document.querySelector("#speaking");
const template = document.querySelector("#message-template");
const past = document.querySelector("#past");
const older = document.querySelector("#older");

// The names of all who are in the room.
let here = new Set();
const versions = new Versions((after) => send({ type: "message.list", after }));
// The cursor of the messages before the first one in the log; null if there are none.
let cursor = null;
// The socket that our last question is answered by.
let asking;
// The answers that are not complete yet, each with its line and a timer, by their ids.
const answers = new Map();
// After so long the server that answered must be gone.
const SILENCE = 60_000;

// How far the server knows that this person has read, and a timer to tell it more.
let read = 0;
let marking;

function showEnd() {
  log.parentElement.scrollTop = log.parentElement.scrollHeight;
}

// Add something below: whoever reads further up stays there. The end counts as in view
// if only a few lines are missing, since the log shrinks when more people are here.
function addBelow(add) {
  const atEnd = showsEnd();
  add();
  if (atEnd) showEnd();
  markRead();
}

function showsEnd() {
  const { scrollHeight, scrollTop, clientHeight } = log.parentElement;
  return scrollHeight - scrollTop - clientHeight < 100;
}

// Read is what is in view, in a tab that somebody sees: told twice a second at most.
function markRead() {
  marking ??= setTimeout(() => {
    marking = null;
    if (document.hidden || !showsEnd() || versions.shown <= read) return;
    if (send({ type: "message.read", version: versions.shown })) read = versions.shown;
  }, 500);
}

function newLine({ user, message, timestamp = Date.now() }) {
  const item = template.content.cloneNode(true);
  item.querySelector(".user").textContent = user;
  item.querySelector(".text").textContent = message;
  const time = new Date(timestamp);
  item.querySelector("li").title = time.toLocaleString();
  const isToday = time.toDateString() === new Date().toDateString();
  item.querySelector("li").dataset.time = time.toLocaleString([], {
    dateStyle: isToday ? undefined : "short",
    timeStyle: "short",
  });
  return item;
}

function addMessage(message) {
  addBelow(() => log.append(newLine(message)));
}

// The last messages, or those that the page has missed; some may have come meanwhile.
function showList({ messages, version, after, earlier }) {
  if (after === null) {
    past.replaceChildren();
    log.replaceChildren();
    showCursor(earlier);
  }
  const isNew = (message) => after === null || message.version > versions.shown;
  messages.filter(isNew).forEach(addMessage);
  versions.reach(version);
  read = 0; // the last mark may have been lost with the socket
  markRead();
}

function showCursor(earlier) {
  cursor = earlier;
  if (cursor === null && document.activeElement === older) past.parentElement.focus();
  older.hidden = cursor === null;
}

// What is being read stays where it is, while the messages before it come above.
function showOlder({ messages, before, earlier }) {
  if (before !== cursor) return; // a second answer, or one from before it began anew
  const { scrollHeight, scrollTop } = past.parentElement;
  past.prepend(...messages.map(newLine));
  const grown = past.parentElement.scrollHeight - scrollHeight;
  past.parentElement.scrollTop = scrollTop + grown;
  showCursor(earlier);
}

function askForOlder() {
  send({ type: "message.older", before: cursor });
}

function showPong(frame) {
  versions.comparePong(frame);
  markRead();
}

function addNote(text) {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = text;
  addBelow(() => log.append(item));
}

function showUsers({ users }) {
  here = new Set(users);
  const items = [...here].sort().map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  });
  usersList.replaceChildren(...items);
}

function addUser({ user }) {
  if (!here.has(user)) addNote(`${user} joined`);
  showUsers({ users: here.add(user) });
}

function removeUser({ user }) {
  if (here.delete(user)) addNote(`${user} left`);
  showUsers({ users: here });
}

function addPrivate(text) {
  addNote(text);
  log.lastElementChild.classList.add("private");
}

function showWaiting(frames) {
  const items = frames.map(({ message }) => {
    const item = document.createElement("li");
    item.textContent = `${message} (sending…)`;
    return item;
  });
  addBelow(() => waiting.replaceChildren(...items));
}

// What is refused comes back, unless something else is being typed by now.
function showError({ message, request }, frame) {
  if (!frame) read = 0; // maybe it was our mark: the next pong sends it again
  if (request === "message.read") return;
  error.textContent = message;
  if (!frame) return;
  if (input.value) addNote(`Not sent: ${frame.message}`);
  else input.value = frame.message;
}

// A question is saved: it is answered for as long as this socket is open.
function ask(frame, { message } = {}) {
  if (!message?.trim().startsWith("/ask ")) return;
  asking?.close();
  const url = new URL(`/ws${location.pathname}answer/`, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  asking = new WebSocket(url);
  asking.onerror = () => {
    error.textContent = "Your question is saved, and nobody could be asked.";
  };
}

// Each frame has all that has been said, so it does not matter if one gets lost.
function showAnswer({ id, text }) {
  const line = answers.get(id)?.line ?? document.createElement("li");
  clearTimeout(answers.get(id)?.timer);
  const timer = setTimeout(endAnswer, SILENCE, { id, error: "No more is heard." });
  answers.set(id, { line, timer });
  addBelow(() => {
    line.textContent = `${text} …`;
    speaking.append(line);
  });
}

function endAnswer({ id, error }) {
  const answer = answers.get(id);
  answers.delete(id);
  clearTimeout(answer?.timer);
  answer?.line.remove();
  if (error) addNote(`${answer?.line.textContent ?? ""} (${error})`);
}

const handlers = new Map([
  ["ok", ask],
  ["answer.text", showAnswer],
  ["answer.end", endAnswer],
  ["chat.message", versions.inOrder(addMessage)],
  ["message.list", showList],
  ["message.older", showOlder],
  ["user.list", showUsers],
  ["user.join", addUser],
  ["user.leave", removeUser],
  [
    "private.message",
    ({ user, message }) => addPrivate(`${user} to you: ${message}`),
  ],
  [
    "private.message.delivered",
    ({ target, message }) => addPrivate(`you to ${target}: ${message}`),
  ],
  ["pong", showPong],
  ["error", showError],
  ["saved", showError],
]);

const { send, sendOnce } = openSocket(
  `/ws${location.pathname}`,
  handlers,
  document.querySelector("#status"),
  showWaiting,
);

log.parentElement.addEventListener("scroll", ({ target }) => {
  if (target.scrollTop <= 0 && cursor !== null) askForOlder();
  markRead();
});

document.addEventListener("visibilitychange", markRead);

older.addEventListener("click", askForOlder);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  error.textContent = "";
  showEnd();
  const message = input.value;
  form.reset();
  sendOnce({ message });
});
