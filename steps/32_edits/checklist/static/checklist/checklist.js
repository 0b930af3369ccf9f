import { openSocket } from "../core/socket.js";
import { Versions } from "../core/versions.js";

const newTask = document.querySelector("#new-task");
const taskList = document.querySelector("#tasks");
const newMember = document.querySelector("#new-member");
const memberList = document.querySelector("#members");
const sharing = document.querySelector("#sharing");
const me = document.body.dataset.user;
const templates = {
  member: document.querySelector("#member-template"),
  task: document.querySelector("#task-template"),
  item: document.querySelector("#item-template"),
};
// What the page shows, by the kind of row and its id: "task 7".
const rows = new Map();
// The form that something was sent from last.
let lastForm = newTask;
// The ids of the tasks in a list that arrives.
let listed;
const versions = new Versions(() => send({ type: "task.list" }));

function rowFor(entity, id, list) {
  const key = `${entity} ${id}`;
  if (!rows.has(key)) {
    const template = templates[entity].content;
    rows.set(key, template.firstElementChild.cloneNode(true));
    rows.get(key).dataset.id = id;
  }
  const row = rows.get(key);
  if (row.parentElement !== list) insert(row, list);
  return row;
}

// Rows stand in the order of their ids, also one that comes late.
function insert(row, list) {
  const isLater = ({ dataset }) => Number(dataset.id) > Number(row.dataset.id);
  const last = list.lastElementChild;
  const next = last && isLater(last) ? [...list.children].find(isLater) : null;
  list.insertBefore(row, next);
}

function removeRow(entity, id) {
  const row = rows.get(`${entity} ${id}`);
  const next = entity === "member" ? sharing : newTask.elements.name;
  if (row?.contains(document.activeElement)) next.focus();
  row?.remove();
  rows.delete(`${entity} ${id}`);
}

// Remove from a list of rows those whose ids are not in a Set.
function keepOnly(entity, list, ids) {
  for (const { dataset } of [...list.children])
    if (!ids.has(Number(dataset.id))) removeRow(entity, dataset.id);
}

// The default of an input is what the server says; what somebody is typing stays.
// `was` is the name that somebody saw before they began to type, or has sent since.
function showName(row, name) {
  const input = row.querySelector("[name=name]");
  const typing =
    input === document.activeElement && input.value !== input.defaultValue;
  input.defaultValue = name;
  if (!typing) input.value = input.dataset.was = name;
  row.querySelector("[data-type$=delete]").ariaLabel = `Delete ${name}`;
}

function showTask({ id, name, item_set }) {
  const row = rowFor("task", id, taskList);
  const ids = new Set(item_set.map((item) => item.id));
  showName(row, name);
  keepOnly("item", row.querySelector(".items"), ids);
  item_set.forEach(showItem);
}

function showItem({ id, name, task, done_at, done_by }) {
  const list = rows.get(`task ${task}`).querySelector(".items");
  const row = rowFor("item", id, list);
  const tick = row.querySelector("[name=done_at]");
  showName(row, name);
  tick.ariaLabel = `Done: ${name}`;
  tick.checked = tick.defaultChecked = done_at !== null;
  row.classList.toggle("done", tick.checked);
  row.querySelector("small").textContent = done_at
    ? `${done_by}, ${new Date(done_at).toLocaleString()}`
    : "";
}

function showMember({ id, user, role }, isOwner) {
  const row = rowFor("member", id, memberList);
  const select = row.querySelector("select");
  const button = row.querySelector("button");
  row.querySelector(".name").textContent = user;
  for (const option of select.options)
    option.selected = option.defaultSelected = option.value === role;
  select.ariaLabel = `Role of ${user}`;
  select.disabled = !isOwner;
  button.textContent = user === me ? "Leave" : "Remove";
  button.ariaLabel = user === me ? null : `Remove ${user}`;
  button.hidden = !isOwner && user !== me;
}

// Who shares the list, and whether we may change that.
function showAccess(role, members) {
  const names = members.map(({ user }) => user).join(", ");
  sharing.textContent = names ? `Shared with ${names}` : "Not shared";
  newMember.hidden = role !== "owner";
  keepOnly("member", memberList, new Set(members.map(({ id }) => id)));
  for (const member of members) showMember(member, role === "owner");
}

function showList({ tasks, version, role, members, part = 1, parts = 1 }) {
  document.querySelector("#list").disabled = role === "reader";
  showAccess(role, members);
  if (part === 1) listed = new Set();
  for (const task of tasks) {
    listed.add(task.id);
    showTask(task);
  }
  if (part < parts) return;
  keepOnly("task", taskList, listed);
  versions.reach(version);
}

function showReason(form, message, errors = {}) {
  form.querySelector("[role=alert]").textContent = message;
  for (const input of form.querySelectorAll("input, select"))
    input.ariaInvalid = input.name in errors;
}

// The form that a frame was sent from; its row may be gone by now.
function formOf({ type, id, task }) {
  if (type === "item.create")
    return rows.get(`task ${task}`)?.querySelector(".new-item") ?? newTask;
  if (type === "member.create") return newMember;
  const row = rows.get(`${type.split(".")[0]} ${id}`);
  return row?.querySelector("form") ?? newTask;
}

// What is refused comes back, unless something else is being typed by now.
function showError({ message, errors }, frame) {
  if (!frame) return showReason(newTask, message);
  const form = formOf(frame);
  const input = form.elements.name ?? form.elements.user;
  const text = frame.name ?? frame.user;
  if (frame.role) form.elements.role.value = frame.role;
  if (!("id" in frame) && !input.value) input.value = text;
  else if (text) message += ` Not saved: ${text}`;
  if ("id" in frame) takeBack(form);
  showReason(form, message, errors);
}

function showSaved({ message }) {
  showReason(lastForm, message);
}

// Each form shows what it sent and is not confirmed yet.
function showWaiting(frames) {
  for (const note of document.querySelectorAll(".waiting")) note.remove();
  for (const frame of frames) {
    const note = document.createElement("p");
    note.className = "waiting";
    note.textContent = `${frame.name ?? frame.user ?? ""} (sending…)`;
    formOf(frame).append(note);
  }
}

const handlers = new Map([
  ["task.list", showList],
  ["task.create", versions.inOrder(showTask)],
  ["task.update", versions.inOrder(showTask)],
  ["task.delete", versions.inOrder(({ id }) => removeRow("task", id))],
  ["item.create", versions.inOrder(showItem)],
  ["item.update", versions.inOrder(showItem)],
  ["item.delete", versions.inOrder(({ id }) => removeRow("item", id))],
  ["pong", (frame) => versions.comparePong(frame)],
  ["error", showError],
  ["saved", showSaved],
]);

const { send, sendOnce } = openSocket(
  `/ws${location.pathname}`,
  handlers,
  document.querySelector("#status"),
  showWaiting,
);

function sendFrom(form, type, data) {
  showReason(form, "");
  lastForm = form;
  sendOnce({ type, ...data });
}

// A new row: empty the form, and keep the name in case it is refused.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.type) return;
  event.preventDefault();
  if (!form.dataset.type.endsWith(".create")) return;
  const data = Object.fromEntries(new FormData(form));
  form.reset();
  const card = form.closest("[data-id]");
  if (card) data.task = Number(card.dataset.id);
  sendFrom(form, form.dataset.type, data);
});

// A row that is there: send what has changed.
function sendChange({ target }) {
  const type = target.form.dataset.type;
  if (type.endsWith(".create")) return;
  const data = { id: Number(target.closest("[data-id]").dataset.id) };
  if (target.name === "name") rename(target, data);
  else if (target.name === "role") data.role = target.value;
  else data.done_at = target.checked ? new Date().toISOString() : null;
  sendFrom(target.form, type, data);
}

function rename(input, data) {
  data.name = input.value = input.value.trim();
  data.was = { name: input.dataset.was };
  // The next frame comes after this one, which is refused if it is empty.
  if (data.name) input.dataset.was = data.name;
}

// The old value comes back.
function takeBack(form) {
  form.reset();
  const { name } = form.elements;
  if (name) name.dataset.was = name.defaultValue;
}

function sendClick({ target }) {
  if (!target.matches("button[data-type]")) return;
  const data = { id: Number(target.closest("[data-id]").dataset.id) };
  const { name } = target.form.elements;
  if (name) data.was = { name: name.dataset.was };
  sendFrom(target.form, target.dataset.type, data);
}

for (const list of [taskList, memberList]) {
  list.addEventListener("change", sendChange);
  list.addEventListener("click", sendClick);
}

taskList.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape") takeBack(target.form);
});
