// Finds songs by words.

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Makes a function that finds the rows of songs whose artist, title, album or path hold all words,
 * whatever their case and accents.
 */
export function makeSearch(songs) {
  let texts = null; // made when somebody searches
  const describe = (row) =>
    fold(
      ["artist", "album"]
        .map((group) => songs.groups[group].names[songs.groups[group].of[row]])
        .concat(songs.titles[row], songs.paths[row])
        .join("\n"),
    );
  return (words) => {
    const wanted = fold(words).split(/\s+/).filter(Boolean);
    if (!wanted.length) return [];
    texts ??= Array.from({ length: songs.count }, (_, row) => describe(row));
    const found = [];
    for (let row = 0; row < songs.count; row++) {
      if (wanted.every((word) => texts[row].includes(word))) found.push(row);
    }
    return found;
  };
}
