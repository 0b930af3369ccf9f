import { openSocket } from "../core/socket.js";

const log = document.querySelector("#log");
const form = document.querySelector("#message-form");
const input = document.querySelector("#message");
const template = document.querySelector("#message-template");

function addMessage({ message }) {
  const item = template.content.cloneNode(true);
  item.querySelector(".text").textContent = message;
  log.append(item);
  log.parentElement.scrollTop = log.scrollHeight;
}

const handlers = new Map([["chat.message", addMessage]]);

const send = openSocket(
  `/ws${location.pathname}`,
  handlers,
  document.querySelector("#status"),
);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (send({ message: input.value })) form.reset();
});
