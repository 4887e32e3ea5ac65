// Draws the line charts that a page carries as data; without it the page's table says the same.
"use strict";

const COLOURS = ["--line-1", "--line-2", "--line-3"];

function draw(box) {
  const columns = JSON.parse(box.dataset.chart);
  const names = Object.keys(columns).filter((name) => name !== "day");
  const times = columns.day.map((day) => Date.parse(day + "T00:00:00Z") / 1000);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule") } };
  box.textContent = "";
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: 220,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [{ ...axis }, { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en")) }],
      series: [
        { label: "day", value: (_, seconds) => (seconds == null ? "" : new Date(seconds * 1000).toISOString().slice(0, 10)) },
        ...names.map((name, i) => ({
          label: name.replaceAll("_", " "),
          stroke: colour(COLOURS[i]),
          width: 1.5,
          points: { show: false },
        })),
      ],
    },
    [times, ...names.map((name) => columns[name])],
    box,
  );
  return plot;
}

const boxes = [...document.querySelectorAll("[data-chart]")];
let plots = boxes.map(draw);
addEventListener("resize", () => plots.forEach((plot, i) => plot.setSize({ width: boxes[i].clientWidth, height: 220 })));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  plots.forEach((plot) => plot.destroy());
  plots = boxes.map(draw);
});
