import { openSocket } from "../core/socket.js";

const list = document.querySelector(".rooms");
const template = document.querySelector("#room-template");

// Each room by its id: its line, how many messages it has had, and how many are read.
const rooms = new Map();

// Numbers only grow, so it does not matter which of two frames comes first.
function update({ id, name, url, version = 0, read = 0 }) {
  const item = template.content.firstElementChild.cloneNode(true);
  const room = rooms.get(id) ?? { item, version: 0, read: 0 };
  rooms.set(id, room);
  room.version = Math.max(room.version, version);
  room.read = Math.max(room.read, read);
  const link = room.item.querySelector("a");
  link.textContent = name ?? link.textContent;
  link.href = url ?? link.href;
  const unread = room.version - room.read;
  room.item.querySelector(".unread").textContent = unread > 0 ? `${unread} unread` : "";
  return room.item;
}

// A line that is moved keeps the focus.
function keepFocus(move) {
  const focused = document.activeElement;
  move();
  if (list.contains(focused)) focused.focus();
}

function showRooms({ rooms: rows }) {
  const ids = new Set(rows.map(({ id }) => id));
  for (const id of rooms.keys()) if (!ids.has(id)) rooms.delete(id);
  const items = rows.map(update);
  keepFocus(() => list.replaceChildren(...items));
  if (items.length) document.querySelector(".empty")?.remove();
}

// Whichever room was spoken in last comes first.
function showFirst(room) {
  const item = update(room);
  keepFocus(() => list.prepend(item));
  document.querySelector(".empty")?.remove();
}

const handlers = new Map([
  ["room.list", showRooms],
  ["room.message", showFirst],
  ["room.read", (room) => rooms.has(room.id) && update(room)],
]);

openSocket("/ws/rooms/", handlers, document.querySelector("#status"), () => {});
