// The page: what the map, the lists and the player do with each other.

import { colourOf } from "./colours.js";
import { addressOf, fullName, nameIn, nearest, readSongs } from "./data.js";
import { drawMap } from "./map.js";
import { playlistOf, saveText } from "./playlist.js";
import { makeSearch } from "./search.js";

const MOST_LISTED = 200;
const byId = (id) => document.getElementById(id);

const songs = readSongs(byId("songs"));
const search = makeSearch(songs);
const played = new Set();
let playlist = [];
let current = null; // the row of the song that plays
let map = null;

/** Makes an element with text; texts of songs never become HTML. */
function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Fills a list with songs that are played when they are clicked. */
function listSongs(list, rows, beforeName) {
  const items = rows.slice(0, MOST_LISTED).map((row, place) => {
    const item = element("li");
    const button = element("button", undefined, "song");
    if (beforeName) button.append(element("span", beforeName(place), "similarity"));
    button.append(element("span", fullName(songs, row)));
    button.dataset.row = row;
    button.addEventListener("click", () => play(row));
    button.addEventListener("pointerenter", () => map?.point(row));
    button.addEventListener("pointerleave", () => map?.point());
    item.append(button);
    return item;
  });
  if (rows.length > MOST_LISTED) {
    items.push(element("li", `and ${rows.length - MOST_LISTED} more`, "note"));
  }
  list.replaceChildren(...items);
}

/** Plays a song, marks it on the map and lists its nearest. */
function play(row) {
  current = row;
  played.add(row);
  map?.mark([row]);
  byId("now").hidden = false;
  byId("now-title").textContent = songs.titles[row];
  byId("now-artist").textContent = nameIn(songs, "artist", row) || "unknown artist";
  byId("now-album").textContent = nameIn(songs, "album", row);
  const found = nearest(songs, row);
  listSongs(
    byId("nearest"),
    found.map(([other]) => other),
    (place) => `${found[place][1]} %`,
  );
  byId("player-error").hidden = true;
  const player = byId("player");
  player.src = addressOf(songs, row);
  player.play().catch(() => {}); // its error event says why
}

/** Goes on from the song that has ended to its nearest one that was not played yet. */
function walkOn() {
  if (!byId("walk").checked) return;
  const next = nearest(songs, current).find(([row]) => !played.has(row));
  if (next) play(next[0]);
}

function setPlaylist(rows) {
  playlist = rows;
  listSongs(byId("playlist"), rows);
  byId("playlist-count").textContent = rows.length ? `(${rows.length})` : "";
  byId("save").disabled = byId("clear").disabled = !rows.length;
}

function showFound(words) {
  const rows = search(words);
  const isAsked = words.trim() !== "";
  byId("found").hidden = !isAsked;
  byId("found-count").textContent = isAsked ? `${rows.length} found` : "";
  listSongs(byId("found-list"), rows);
  map?.mark(rows);
  return rows;
}

function showLegend(name) {
  const group = songs.groups[name];
  const rows = group.names.map(() => []);
  group.of.forEach((number, row) => rows[number].push(row));
  const items = group.names.slice(0, MOST_LISTED).map((text, number) => {
    const item = element("li");
    const button = element("button", undefined, "name");
    const colour = element("span", undefined, "colour");
    colour.style.background = colourOf(group, number);
    button.append(colour, element("span", text || `no ${name}`));
    button.append(element("span", String(rows[number].length), "count"));
    button.addEventListener("click", () => {
      map.mark(rows[number]);
      byId("found").hidden = false;
      byId("found-count").textContent = `${rows[number].length} of ${text || `no ${name}`}`;
      listSongs(byId("found-list"), rows[number]);
    });
    item.append(button);
    return item;
  });
  if (group.names.length > MOST_LISTED) {
    items.push(element("li", `and ${group.names.length - MOST_LISTED} more`, "note"));
  }
  byId("legend").replaceChildren(...items);
}

function showTip(row) {
  const tip = byId("tip");
  const [x, y] = map.placeOf(row);
  const album = nameIn(songs, "album", row);
  tip.replaceChildren(element("strong", fullName(songs, row)));
  if (album) tip.append(element("br"), element("span", album));
  tip.hidden = false;
  tip.style.left = `${Math.min(x + 12, byId("map").clientWidth - tip.offsetWidth - 4)}px`;
  tip.style.top = `${Math.max(4, y - tip.offsetHeight - 8)}px`;
}

function setLasso(isOn) {
  byId("lasso").setAttribute("aria-pressed", String(isOn));
  map.setLasso(isOn);
}

async function start() {
  byId("count").textContent = `${songs.count} ${songs.count === 1 ? "song" : "songs"}`;
  setPlaylist([]);
  showLegend(byId("group").value);
  try {
    map = await drawMap(byId("canvas"), songs, byId("group").value, {
      over: showTip,
      out: () => {
        byId("tip").hidden = true;
      },
      click: play,
      lasso: (rows) => {
        setPlaylist(rows);
        setLasso(false);
      },
    });
  } catch (error) {
    byId("map-error").hidden = false; // lists and player work all the same
    byId("map-error").textContent = `This browser cannot draw the map: ${error.message}`;
    return;
  }
  byId("group").addEventListener("change", (event) => {
    showLegend(event.target.value);
    map.colourBy(event.target.value);
  });
  byId("lasso").addEventListener("click", () => {
    setLasso(byId("lasso").getAttribute("aria-pressed") !== "true");
  });
  byId("all").addEventListener("click", () => map.showAll());
  globalThis.explorer = { songs, map }; // for the browser's console, and for tests
  document.body.dataset.isReady = "true";
}

byId("search").addEventListener("input", (event) => showFound(event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const [first] = showFound(event.target.value);
  if (first !== undefined) play(first);
});
byId("add").addEventListener("click", () => {
  if (!playlist.includes(current)) setPlaylist([...playlist, current]);
});
byId("clear").addEventListener("click", () => setPlaylist([]));
byId("save").addEventListener("click", () =>
  saveText(playlistOf(songs, playlist), "playlist.m3u8"),
);
byId("player").addEventListener("ended", walkOn);
byId("player").addEventListener("error", () => {
  byId("player-error").hidden = false;
});

start();
