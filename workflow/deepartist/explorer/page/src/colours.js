// Colours of artists, albums, genres and folders.

/** Colours that are told apart on a dark ground; more names share them, the most frequent do not. */
export const COLOURS = [
  ...["#4e9bd8", "#f08a3c", "#5bbf6a", "#e4575c", "#a88be0", "#c58c6b", "#f29ad2", "#d6c84a"],
  ...["#46c8c8", "#98d94e", "#ff7f9e", "#7f8cff", "#2f9e8f", "#c0504d", "#b5b0ff", "#e0b080"],
];

/** Of songs without a name. */
export const OTHER = "#7d838c";

const place = (names, number) => (names[number] ? number % COLOURS.length : COLOURS.length);

/** The place of each song's colour in [...COLOURS, OTHER]. */
export const colourPlaces = ({ names, of }) => Array.from(of, (number) => place(names, number));

/** The colour of a name by its number. */
export const colourOf = ({ names }, number) => [...COLOURS, OTHER][place(names, number)];
