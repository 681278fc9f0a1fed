// Reads the songs that the page holds.

const decode = (text, type) =>
  new type(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

/**
 * The songs as arrays, one entry a song: titles, paths, x, y, duration_s; `groups`, by artist,
 * album, genre and folder, each with names and the number of each song's name; neighbours and
 * their similarity in percent, as many a song as `nNeighbours`.
 */
export function readSongs(element) {
  const data = JSON.parse(element.textContent);
  const neighbours = decode(data.neighbours, Int32Array);
  const groups = Object.fromEntries(
    Object.entries(data.groups).map(([name, group]) => [
      name,
      { names: group.names, of: decode(group.of, Int32Array) },
    ]),
  );
  return {
    ...data,
    count: data.titles.length,
    groups,
    x: decode(data.x, Float32Array),
    y: decode(data.y, Float32Array),
    duration_s: decode(data.duration_s, Float32Array),
    neighbours,
    nNeighbours: neighbours.length / data.titles.length,
    similarityPercent: decode(data.similarity_percent, Int8Array),
  };
}

/** The name of a song in a group, such as its artist; empty if it is not known. */
export const nameIn = (songs, group, row) => {
  const { names, of } = songs.groups[group];
  return names[of[row]];
};

/** Artist and title of a song. */
export const fullName = (songs, row) => {
  const artist = nameIn(songs, "artist", row);
  return artist ? `${artist} – ${songs.titles[row]}` : songs.titles[row];
};

/** The nearest songs of a song, as pairs of row and percent. */
export function nearest(songs, row) {
  const start = row * songs.nNeighbours;
  const found = [];
  for (let place = start; place < start + songs.nNeighbours; place++) {
    if (songs.neighbours[place] >= 0) {
      found.push([songs.neighbours[place], songs.similarityPercent[place]]);
    }
  }
  return found;
}

/** Where the browser finds the sound of a song. */
export function addressOf(songs, row) {
  if (songs.link === null) return `songs/${row}`;
  const path = songs.link === "." ? songs.paths[row] : `${songs.link}/${songs.paths[row]}`;
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Where the file of a song lies. */
export const pathOf = (songs, row) =>
  songs.folder === "/" ? `/${songs.paths[row]}` : `${songs.folder}/${songs.paths[row]}`;
