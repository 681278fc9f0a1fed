// Writes playlists in extended M3U.

import { fullName, pathOf } from "./data.js";

const oneLine = (text) => text.split(/\s+/).filter(Boolean).join(" ");

/** The text of a playlist of songs, with absolute paths. */
export function playlistOf(songs, rows) {
  const lines = ["#EXTM3U"];
  for (const row of rows) {
    const seconds = Math.round(songs.duration_s[row]) || -1;
    lines.push(`#EXTINF:${seconds},${oneLine(fullName(songs, row))}`, pathOf(songs, row));
  }
  return `${lines.join("\n")}\n`;
}

/** Lets the user save a text as a file. */
export function saveText(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "audio/x-mpegurl" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
