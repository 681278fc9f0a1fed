// The map: a point a song, drawn on the GPU.

import createScatterplot from "regl-scatterplot";

import { COLOURS, OTHER, colourPlaces } from "./colours.js";

const POINT_SIZE = { few: 9, some: 6, many: 4 }; // pixels
const pointSize = (count) =>
  count <= 500 ? POINT_SIZE.few : count <= 10_000 ? POINT_SIZE.some : POINT_SIZE.many;

const MARGIN = 0.95;

/** Moves and scales the places of songs so that they fill a window, which is 2 units high. */
function fit(songs, widthByHeight) {
  const [x, y] = [songs.x, songs.y].map((values) => {
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return { middle: (low + high) / 2, half: Math.max((high - low) / 2, 1e-6) };
  });
  const scale = MARGIN * Math.min(widthByHeight / x.half, 1 / y.half);
  return {
    x: Array.from(songs.x, (value) => (value - x.middle) * scale),
    y: Array.from(songs.y, (value) => (value - y.middle) * scale),
  };
}

/**
 * Draws the map on a canvas.
 *
 * `on` has functions that are called with rows: `over` and `out` of the song under the pointer,
 * `click`, and `lasso` with an array.
 */
export async function drawMap(canvas, songs, group, on) {
  const plot = createScatterplot({
    canvas,
    width: "auto",
    height: "auto",
    aspectRatio: 1,
    backgroundColor: "#14171c",
    pointColor: [...COLOURS, OTHER],
    pointColorActive: "#ffffff",
    pointColorHover: "#ffffff",
    lassoColor: "#ffffff",
    colorBy: "category",
    pointSize: pointSize(songs.count),
    pointSizeSelected: 4,
    opacity: 0.9,
    deselectOnDblClick: false,
    // Squares without blending: without a GPU, a quarter more frames a second.
    performanceMode: songs.count > 20_000,
  });
  let isLasso = false;
  plot.subscribe("pointover", on.over);
  plot.subscribe("pointout", on.out);
  plot.subscribe("lassoStart", () => {
    isLasso = true;
  });
  plot.subscribe("select", ({ points }) => {
    if (!isLasso && points.length === 1) on.click(points[0]);
  });
  plot.subscribe("lassoEnd", () => {
    isLasso = false;
    on.lasso([...plot.get("selectedPoints")]);
  });
  const { x, y } = fit(songs, canvas.clientWidth / canvas.clientHeight);
  const draw = (name) => plot.draw({ x, y, z: colourPlaces(songs.groups[name]) });
  await draw(group);
  return {
    plot,
    colourBy: draw,
    /** Marks songs, without any call of `on`. */
    mark: (rows) =>
      rows.length
        ? plot.select(rows, { preventEvent: true })
        : plot.deselect({ preventEvent: true }),
    showAll: () => plot.reset(),
    setLasso: (isOn) => plot.set({ mouseMode: isOn ? "lasso" : "panZoom" }),
    /** Shows a song as if the pointer were over it; none if row is undefined. */
    point: (row) => plot.hover(row),
    placeOf: (row) => plot.getScreenPosition(row),
  };
}
