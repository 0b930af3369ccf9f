import { openSocket } from "../core/socket.js";

const list = document.querySelector(".rooms");
const empty = document.querySelector(".empty");
const template = document.querySelector("#room-template");

// Each room by its id: its line, how many messages it has had, and how many are read.
const rooms = new Map();
for (const item of list.children) addRoom(Number(item.dataset.id), item);

function addRoom(id, item = template.content.firstElementChild.cloneNode(true)) {
  rooms.set(id, { item, version: 0, read: 0 });
  return rooms.get(id);
}

// Numbers only grow, so it does not matter which of two frames comes first.
function update({ id, name, url, version = 0, read = 0 }) {
  const room = rooms.get(id) ?? addRoom(id);
  room.version = Math.max(room.version, version);
  room.read = Math.max(room.read, read);
  const link = room.item.querySelector("a");
  link.textContent = name ?? link.textContent;
  link.href = url ?? link.href;
  const unread = Math.max(room.version - room.read, 0);
  room.item.querySelector(".unread").textContent = unread ? `${unread} unread` : "";
  return room.item;
}

// A line that is moved keeps the focus, and what is in view stays there.
function keepFocus(move) {
  const focused = document.activeElement;
  move();
  if (list.contains(focused)) focused.focus({ preventScroll: true });
  empty.hidden = rooms.size > 0;
}

// Most lists that come with a ping change nothing: then no line is touched.
function showRooms({ rooms: rows }) {
  const ids = new Set(rows.map(({ id }) => id));
  for (const id of rooms.keys()) if (!ids.has(id)) rooms.delete(id);
  const items = rows.map(update);
  const isRight = (item, place) => item === list.children[place];
  if (items.length === list.children.length && items.every(isRight)) return;
  keepFocus(() => list.replaceChildren(...items));
}

// Whichever room was spoken in last comes first.
function showFirst(row) {
  const isNew = !rooms.has(row.id) || row.version > rooms.get(row.id).version;
  const item = update(row);
  if (isNew && item !== list.firstElementChild) keepFocus(() => list.prepend(item));
}

const handlers = new Map([
  ["room.list", showRooms],
  ["room.message", showFirst],
  ["room.read", (room) => rooms.has(room.id) && update(room)],
]);

openSocket("/ws/rooms/", handlers, document.querySelector("#status"), () => {});
