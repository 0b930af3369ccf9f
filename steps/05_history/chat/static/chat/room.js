import { openSocket } from "../core/socket.js";

const log = document.querySelector("#log");
const form = document.querySelector("#message-form");
const input = document.querySelector("#message");
const error = document.querySelector("#error");
const template = document.querySelector("#message-template");

// What was sent last, to give it back when the server refuses it.
let sent = "";

function addMessage({ user, message, timestamp = Date.now() }) {
  const item = template.content.cloneNode(true);
  item.querySelector(".user").textContent = user;
  item.querySelector(".text").textContent = message;
  const time = new Date(timestamp);
  item.querySelector("li").title = time.toLocaleString();
  item.querySelector("li").dataset.time = time.toLocaleTimeString([], {
    timeStyle: "short",
  });
  log.append(item);
  log.parentElement.scrollTop = log.scrollHeight;
}

function showList({ messages }) {
  log.replaceChildren();
  messages.forEach(addMessage);
}

function showError({ message }) {
  error.textContent = message;
  input.value ||= sent;
}

const handlers = new Map([
  ["chat.message", addMessage],
  ["message.list", showList],
  ["error", showError],
]);

const send = openSocket(
  `/ws${location.pathname}`,
  handlers,
  document.querySelector("#status"),
);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  error.textContent = "";
  if (!send({ message: input.value })) return;
  sent = input.value;
  form.reset();
});
